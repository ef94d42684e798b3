/* SPDX-License-Identifier: MIT */
#include "sh/builtins/escape.h"
#include "sh/builtins/list.h"

#include <string.h>

/* As the XSI option wants it: escapes mean something; -n, which every shell takes, too. */
int builtin_echo(struct shell *sh, int argc, char **argv, enum control *control)
{
	int first = argc > 1 && strcmp(argv[1], "-n") == 0 ? 2 : 1;

	(void)control;
	for (int i = first; i < argc; i++) {
		if (i > first)
			output_character(sh, ' ');
		if (!strchr(argv[i], '\\'))
			output_string(sh, argv[i]);
		else if (escape_output(sh, argv[i], ESCAPE_ECHO) == ESCAPE_STOP)
			return 0;
	}
	if (first == 1)
		output_character(sh, '\n');
	return 0;
}
