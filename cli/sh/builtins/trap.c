/* SPDX-License-Identifier: MIT */
#include "common/message.h"
#include "sh/builtins/list.h"
#include "sh/print.h"
#include "sh/traps.h"

#include <string.h>

static void show(struct shell *sh, int number, bool has_default)
{
	const char *action = traps_get(sh, number);
	struct text line = { 0 };

	if (!action && !has_default)
		return;
	text_string(&line, "trap -- ");
	if (action)
		print_always_quoted(&line, action);
	else
		text_string(&line, "-");
	text_format(&line, " %s\n", traps_name(number));
	output_bytes(sh, line.bytes, line.length);
	text_done(&line);
}

static bool is_shown_by_default(int number)
{
	return number == 0 || (number < 32 && number != SIGKILL && number != SIGSTOP);
}

static int show_named(struct shell *sh, int argc, char **argv, int first)
{
	int status = 0;

	for (int i = first; i < argc; i++) {
		int number = traps_number(argv[i]);
		if (number < 0)
			status = builtin_error_at(sh, argv[i], "%s: is no signal", argv[i]);
		else
			show(sh, number, true);
	}
	return status;
}

static bool is_number(const char *word)
{
	return *word != '\0' && word[strspn(word, "0123456789")] == '\0';
}

static int set(struct shell *sh, const char *condition, const char *action, struct place place)
{
	int number = traps_number(condition);

	if (number < 0)
		return builtin_error_at(
			sh, condition, "%s: is no signal", *condition ? condition : "\"\"");
	int r = traps_set(sh, number, action, place);
	return r < 0 ? builtin_error_at(sh, condition, "%s: %s", condition, message_errno(-r)) : 0;
}

int builtin_trap(struct shell *sh, int argc, char **argv, enum control *control)
{
	struct builtin_options options = { .next = 1 };
	bool is_shown = false;
	int letter, status = 0;

	(void)control;
	while ((letter = builtin_option(sh, argc, argv, "p", &options)) != -1) {
		if (letter == '?')
			return -2;
		is_shown = true;
	}
	int first = options.next;
	if (is_shown && first < argc)
		return show_named(sh, argc, argv, first);
	if (first == argc) {
		for (int i = 0; i < TRAPS_SIGNALS; i++)
			show(sh, i, is_shown && is_shown_by_default(i));
		return 0;
	}
	/* A number first, or a single word: all are conditions, and go back to the default. */
	bool has_action = !is_number(argv[first]) && argc - first > 1;
	const char *action = has_action ? argv[first++] : "-";
	struct place place = builtin_place(sh, action);
	for (int i = first; i < argc; i++)
		status |= set(sh, argv[i], strcmp(action, "-") == 0 ? NULL : action, place);
	return status;
}
