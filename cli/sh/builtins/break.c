/* SPDX-License-Identifier: MIT */
#include "sh/builtins/list.h"

#include <limits.h>
#include <string.h>

/* The operand: how many loops. Returns 0 or an exit status. */
static int leave(
	struct shell *sh, int argc, char **argv, enum control wanted, enum control *control)
{
	int i = argc > 1 && strcmp(argv[1], "--") == 0 ? 2 : 1;
	long n = 1;

	if (i < argc && builtin_number(argv[i], 1, LONG_MAX, &n) < 0)
		return builtin_usage_at(sh, argv[i], "%s: is no number of loops", argv[i]);
	if (i + 1 < argc)
		return builtin_usage_at(sh, argv[i + 1], "too many operands");
	if (sh->loops == 0)
		return 0;
	/* Not those of the parent, unless there are no others: then the subshell ends. */
	int around = sh->loops > sh->loops_outside ? sh->loops - sh->loops_outside : sh->loops;
	sh->control_levels = n < around ? (int)n : around;
	*control = wanted;
	return 0;
}

int builtin_break(struct shell *sh, int argc, char **argv, enum control *control)
{
	return leave(sh, argc, argv, CONTROL_BREAK, control);
}

int builtin_continue(struct shell *sh, int argc, char **argv, enum control *control)
{
	return leave(sh, argc, argv, CONTROL_CONTINUE, control);
}
