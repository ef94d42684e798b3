/* SPDX-License-Identifier: MIT */
#include "common/exit_code.h"
#include "sh/advice.h"
#include "sh/builtins/list.h"
#include "sh/interp.h"

#include <string.h>

/* Its redirections are carried out, for good, before it is called. */
/* NOLINTNEXTLINE(readability-non-const-parameter): all built-ins look alike */
int builtin_exec(struct shell *sh, int argc, char **argv, enum control *control)
{
	int i = argc > 1 && strcmp(argv[1], "--") == 0 ? 2 : 1;
	const char *path = NULL;

	if (i >= argc)
		return 0;
	int status = command_find(sh, argv[i], 0, &path);
	if (status == 0)
		status = command_exec(sh, path, argv + i, variables_environment(sh));
	else
		(void)builtin_error_at(sh, argv[i], "%s: %s", argv[i],
			status == EXIT_CANNOT ? "cannot be executed: Permission denied"
					      : advice_not_found(argv[i]));
	/* With `command` in front as well, as in every other shell. */
	if (!sh->is_interactive || sh->is_forked)
		*control = CONTROL_EXIT;
	return status;
}
