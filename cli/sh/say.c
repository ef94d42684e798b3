/* SPDX-License-Identifier: MIT */
/* The shell's words on standard error. */
#include "common/message.h"
#include "common/text.h"
#include "sh/say_line.h"
#include "sh/shell.h"
#include "sh/simple.h"
#include "sh/undo.h"

#include <unistd.h>

/* Of texts within texts (an eval in an eval) the outermost is named, and so many of the inner. */
#define MOST_INNER 2

/* ---- where ---- */

static void add_place(
	struct text *text, const struct shell *sh, const struct source *source, struct place place)
{
	bool is_typed = !source || source->kind == SOURCE_TERMINAL;
	const char *own_name = sh->name ? sh->name : "sh";

	text_string(text, is_typed ? own_name : source->name);
	if (!is_typed && place.line > 0) {
		bool is_inner = source->kind == SOURCE_EVAL;
		text_format(text, ":%u",
			(unsigned)place.line - (is_inner ? source->first_line - 1 : 0));
		if (place.column > 0)
			text_format(text, ":%u", (unsigned)place.column);
	}
	text_string(text, ": ");
}

static void add_places(
	struct text *text, const struct shell *sh, const struct source *source, struct place place)
{
	const struct source *outermost = source;
	struct place outermost_place = place;
	size_t n_inner = 0;

	for (; outermost && outermost->outer; outermost = outermost->outer) {
		outermost_place = outermost->outer_place;
		n_inner++;
	}
	add_place(text, sh, outermost, outermost_place);
	if (n_inner > MOST_INNER)
		text_string(text, "...: ");
	for (size_t n = n_inner < MOST_INNER ? n_inner : MOST_INNER; n > 0; n--) {
		const struct source *at = source;
		struct place at_place = place;
		for (size_t i = 1; i < n; i++) {
			at_place = at->outer_place;
			at = at->outer;
		}
		add_place(text, sh, at, at_place);
	}
}

/* That the line just typed begins with what is wrong needs no telling. */
static bool is_obvious(const struct source *source, struct place place)
{
	return source->kind == SOURCE_TERMINAL && place.column == 1 &&
	       place.line == source->first_line;
}

/* ---- messages ---- */

static void say(struct shell *sh, const struct source *source, struct place place,
	const char *builtin, const char *format, va_list arguments)
{
	struct text words = { 0 }, text = { 0 };

	text_format_list(&words, format, arguments);
	add_places(&text, sh, source, place);
	if (builtin)
		text_format(&text, "%s: ", builtin);
	text_safe(&text, words.bytes ? words.bytes : "", words.length);
	text_string(&text, "\n");
	if (source && place.line > 0 && place.column > 0 && !is_obvious(source, place) && isatty(2))
		say_line(&text, source, sh->program, place);
	/* There is nobody to tell if that cannot be written. */
	(void)!write_all(2, text.bytes, text.length);
	text_done(&words);
	text_done(&text);
}

void shell_error_at(
	struct shell *sh, const struct source *source, struct place place, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(sh, source, place, NULL, format, arguments);
	va_end(arguments);
}

void shell_error(struct shell *sh, struct place place, const char *format, ...)
{
	va_list arguments;

	(void)output_flush(sh);
	va_start(arguments, format);
	say(sh, sh->frame.source, place.line ? place : sh->frame.place, NULL, format, arguments);
	va_end(arguments);
}

static void say_builtin(struct shell *sh, struct place place, const char *format, va_list arguments)
{
	const char *name = sh->frame.call ? sh->frame.call->argv[0] : NULL;

	(void)output_flush(sh);
	say(sh, sh->frame.source, place, name, format, arguments);
}

int builtin_error(struct shell *sh, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say_builtin(sh, sh->frame.place, format, arguments);
	va_end(arguments);
	return 1;
}

int builtin_usage(struct shell *sh, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say_builtin(sh, sh->frame.place, format, arguments);
	va_end(arguments);
	return 2;
}

int builtin_error_at(struct shell *sh, const char *word, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say_builtin(sh, builtin_place(sh, word), format, arguments);
	va_end(arguments);
	return 1;
}

int builtin_usage_at(struct shell *sh, const char *word, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say_builtin(sh, builtin_place(sh, word), format, arguments);
	va_end(arguments);
	return 2;
}

enum control shell_abort(struct shell *sh)
{
	if (sh->status == 0)
		sh->status = 1;
	return sh->is_interactive && !sh->is_forked && undo_level(sh) == 0 ? CONTROL_ABORT
									   : CONTROL_EXIT;
}
