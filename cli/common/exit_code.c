/* SPDX-License-Identifier: MIT */
#include "common/exit_code.h"

#include <errno.h>

static int exit_code_of_start(int code, const struct brood_error *error)
{
	if (code == BROOD_ENOTFOUND)
		return error->os_errno == EACCES ? EXIT_CANNOT : EXIT_NOT_FOUND;
	if (error->step != BROOD_STEP_LOOKUP && error->step != BROOD_STEP_EXEC)
		return EXIT_BROOD;
	return code == -ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT;
}

int exit_code_of(int code, const struct brood_status *status, const struct brood_error *error)
{
	if (code == BROOD_ETIMEOUT)
		return EXIT_TIMEOUT;
	/* It has failed since our guard was killed: not its own doing. */
	if (code == -EOWNERDEAD)
		return EXIT_BROOD;
	if (status && status->how == BROOD_EXITED)
		return status->exit_code;
	if (status && status->how == BROOD_SIGNALED)
		return EXIT_SIGNAL + status->signal;
	return code == 0 ? 0 : exit_code_of_start(code, error);
}
