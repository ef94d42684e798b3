/* SPDX-License-Identifier: MIT */
/*
 * Get standard output and standard error together, in the order in which they were written.
 *
 * The child has one pipe for both, so the order is its own. (A program that keeps its output back
 * in a buffer of its own, as most do when no terminal is there, still writes late.)
 */

#include <brood/brood.h>
#include <stdio.h>

int main(void)
{
	const char *script = "echo 1 to stdout; echo 2 to stderr >&2; echo 3 to stdout; exit 4";
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("sh", "-c", script));
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	char text[256];

	int r = brood_combined_output(&cmd, NULL, &result, &error);

	/* What came before a failure is never thrown away. */
	printf("%s", result.out.data ? result.out.data : "");
	if (r < 0)
		printf("%s\n", brood_explain(r, &result, &error, text, sizeof text));

	brood_result_done(&result);
	return r == BROOD_EEXIT ? 0 : 1;
}
