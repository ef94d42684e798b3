/* SPDX-License-Identifier: MIT */
/* The shell's words on standard error. */
#include "common/message.h"
#include "common/text.h"
#include "sh/shell.h"
#include "sh/undo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CARET_COLUMNS 120 /* no longer line is shown */

/* ---- the line with a caret ---- */

static const char *line_of_text(const struct source *source, uint32_t line, size_t *ret_length)
{
	const char *at = source->text, *end = source->text + source->length;

	for (uint32_t i = source->first_line; at && i < line; i++) {
		at = memchr(at, '\n', (size_t)(end - at));
		at = at ? at + 1 : NULL;
	}
	if (!at || at >= end || line < source->first_line)
		return NULL;
	const char *newline = memchr(at, '\n', (size_t)(end - at));
	*ret_length = (size_t)((newline ? newline : end) - at);
	return at;
}

/* Reads the line of a file again; the caller frees it. */
static char *line_of_file(const char *path, uint32_t line, size_t *ret_length)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;
	ssize_t n = -1;

	if (!file)
		return NULL;
	for (uint32_t i = 0; i < line; i++) {
		n = getline(&text, &size, file);
		if (n < 0)
			break;
	}
	(void)!fclose(file);
	if (n < 0) {
		free(text);
		return NULL;
	}
	*ret_length = (size_t)n - (n > 0 && text[n - 1] == '\n');
	return text;
}

/* Tabs stay, as they do in front of the caret. */
static void add_safe(struct text *text, const char *line, size_t length)
{
	const char *tab;

	while ((tab = memchr(line, '\t', length)) != NULL) {
		size_t part = (size_t)(tab - line);
		text_safe(text, line, part);
		text_string(text, "\t");
		line += part + 1;
		length -= part + 1;
	}
	text_safe(text, line, length);
}

static void add_caret(struct text *text, const char *line, size_t length, uint32_t column)
{
	if (length > CARET_COLUMNS || column == 0 || column > length + 1)
		return;
	text_string(text, "    ");
	add_safe(text, line, length);
	text_string(text, "\n    ");
	for (size_t i = 0; i + 1 < column; i++) {
		bool is_inside = ((unsigned char)line[i] & 0xc0) == 0x80;
		if (!is_inside)
			text_add(text, line[i] == '\t' ? "\t" : " ", 1);
	}
	text_string(text, "^\n");
}

static void add_line(struct text *text, const struct source *source, struct place place)
{
	size_t length = 0;

	if (source->text) {
		const char *line = line_of_text(source, place.line, &length);
		if (line)
			add_caret(text, line, length, place.column);
	} else if (source->kind == SOURCE_FILE) {
		char *line = line_of_file(source->name, place.line, &length);
		if (line)
			add_caret(text, line, length, place.column);
		free(line);
	}
}

/* ---- messages ---- */

static void say(struct shell *sh, const struct source *source, struct place place,
	const char *builtin, const char *format, va_list arguments)
{
	struct text words = { 0 }, text = { 0 };
	bool has_place = source && place.line > 0 && source->kind != SOURCE_TERMINAL;

	text_format_list(&words, format, arguments);
	text_string(&text, source && source->kind != SOURCE_TERMINAL ? source->name
			   : sh->name                                ? sh->name
								     : "sh");
	if (has_place)
		text_format(&text, ":%u", (unsigned)place.line);
	if (has_place && place.column > 0)
		text_format(&text, ":%u", (unsigned)place.column);
	text_string(&text, ": ");
	if (builtin)
		text_format(&text, "%s: ", builtin);
	text_safe(&text, words.bytes ? words.bytes : "", words.length);
	text_string(&text, "\n");
	if (has_place && place.column > 0 && isatty(2))
		add_line(&text, source, place);
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

static void say_builtin(struct shell *sh, const char *format, va_list arguments)
{
	struct place place = { sh->frame.place.line, 0 };

	(void)output_flush(sh);
	say(sh, sh->frame.source, place, sh->frame.builtin, format, arguments);
}

int builtin_error(struct shell *sh, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say_builtin(sh, format, arguments);
	va_end(arguments);
	return 1;
}

int builtin_usage(struct shell *sh, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say_builtin(sh, format, arguments);
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
