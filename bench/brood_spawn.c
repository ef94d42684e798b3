/* SPDX-License-Identifier: MIT */
/*
 * Starting and waiting: the default brood_run().
 *
 *	brood_spawn [--heap MIB] [--fds N] PROGRAM [ARGUMENT...]
 */
#include "subject.h"

#include <brood/brood.h>
#include <errno.h>

static int64_t start_and_wait(char **args)
{
	struct brood_cmd cmd = BROOD_CMD(.argv = args);
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	char text[256];
	int r = brood_run(&cmd, NULL, &result, &error);
	errno = 0;
	if (r < 0)
		bench_die(brood_explain(r, &result, &error, text, sizeof text));
	brood_result_done(&result);
	return 1;
}

int main(int argc, char **argv)
{
	return bench_serve(argc, argv, start_and_wait);
}
