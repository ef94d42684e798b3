/* SPDX-License-Identifier: MIT */
/* exit and return */
#include "sh/builtins/list.h"
#include "sh/jobs.h"
#include "sh/traps.h"

#include <limits.h>
#include <string.h>

/* The operand, or what the status is without one. Returns 0, or a status after having said what is
   wrong. */
static int wanted_status(struct shell *sh, int argc, char **argv, int *ret_status)
{
	int i = argc > 1 && strcmp(argv[1], "--") == 0 ? 2 : 1;
	int before_trap = traps_exit_status(sh);
	long n = before_trap >= 0 ? before_trap : sh->status;

	if (i < argc && builtin_number(argv[i], 0, LONG_MAX, &n) < 0)
		return builtin_usage_at(sh, argv[i], "%s: is no exit status", argv[i]);
	if (i + 1 < argc)
		return builtin_usage_at(sh, argv[i + 1], "too many operands");
	*ret_status = (int)(n & 0xff);
	return 0;
}

int builtin_exit(struct shell *sh, int argc, char **argv, enum control *control)
{
	int status = 0;
	int r = wanted_status(sh, argc, argv, &status);

	if (r != 0)
		return r;
	if (jobs_hold_back(sh, false))
		return builtin_error(sh, "there are stopped jobs (exit again to leave them)");
	*control = CONTROL_EXIT;
	return status;
}

int builtin_return(struct shell *sh, int argc, char **argv, enum control *control)
{
	int status = 0;
	int r = wanted_status(sh, argc, argv, &status);

	if (r != 0)
		return r;
	*control = CONTROL_RETURN;
	return status;
}
