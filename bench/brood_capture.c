/* SPDX-License-Identifier: MIT */
/*
 * Capturing: brood_output() without a limit.
 *
 *	brood_capture PROGRAM [ARGUMENT...]
 */
#include "subject.h"

#include <brood/brood.h>
#include <errno.h>

static int64_t capture(char **args)
{
	struct brood_cmd cmd = BROOD_CMD(.argv = args, .out = brood_capture(BROOD_UNLIMITED, 0));
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	char text[256];
	int r = brood_output(&cmd, NULL, &result, &error);
	errno = 0;
	if (r < 0)
		bench_die(brood_explain(r, &result, &error, text, sizeof text));
	size_t length = result.out.length;
	int64_t check = (int64_t)length + (length > 0 && result.out.data[length - 1] == 'x');
	brood_result_done(&result);
	return check;
}

int main(int argc, char **argv)
{
	return bench_serve(argc, argv, capture);
}
