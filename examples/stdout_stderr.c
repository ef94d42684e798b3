/* SPDX-License-Identifier: MIT */
/*
 * Get standard output and standard error, each by itself.
 *
 * Both are read at the same time, so neither can fill up and stop the child: see also
 * pitfall_stderr.c.
 */

#include <brood/brood.h>
#include <stdio.h>

int main(void)
{
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("sh", "-c",
						 "echo a result; echo a warning >&2; echo more"));
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	char text[256];

	/* 0: the default limit of 64 MiB for each. */
	cmd.out = brood_capture(0, 0);
	cmd.err = brood_capture(0, 0);

	int r = brood_run(&cmd, NULL, &result, &error);
	printf("standard output:\n%s", result.out.data ? result.out.data : "");
	printf("standard error:\n%s", result.err.data ? result.err.data : "");
	if (r < 0)
		fprintf(stderr, "%s\n", brood_explain(r, &result, &error, text, sizeof text));

	brood_result_done(&result);
	return r < 0 ? 1 : 0;
}
