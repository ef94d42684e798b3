/* SPDX-License-Identifier: MIT */
/* Those that do nothing. */
#include "sh/builtins/list.h"

/* NOLINTBEGIN(readability-non-const-parameter): all built-ins look alike */

int builtin_colon(struct shell *sh, int argc, char **argv, enum control *control)
{
	(void)sh;
	(void)argc;
	(void)argv;
	(void)control;
	return 0;
}

int builtin_true(struct shell *sh, int argc, char **argv, enum control *control)
{
	(void)sh;
	(void)argc;
	(void)argv;
	(void)control;
	return 0;
}

int builtin_false(struct shell *sh, int argc, char **argv, enum control *control)
{
	(void)sh;
	(void)argc;
	(void)argv;
	(void)control;
	return 1;
}

/* NOLINTEND(readability-non-const-parameter) */
