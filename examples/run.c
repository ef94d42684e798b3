/* SPDX-License-Identifier: MIT */
/*
 * Run a program and check how it ended.
 *
 * The child shares our standard output and standard error and reads from /dev/null: these are the
 * defaults of a command that says nothing else.
 */

#include <brood/brood.h>
#include <stdio.h>

static int complain(int r, const struct brood_result *result, const struct brood_error *error)
{
	char text[256];

	fprintf(stderr, "%s\n", brood_explain(r, result, error, text, sizeof text));
	return 1;
}

int main(void)
{
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;

	/* What printf() has not written yet would otherwise come after the child's words. */
	printf("before\n");
	fflush(stdout);

	struct brood_cmd echo = BROOD_CMD(.argv = BROOD_ARGV("echo", "words", "of the child"));
	int r = brood_run(&echo, NULL, &result, &error);
	if (r < 0)
		return complain(r, &result, &error);
	printf("after\n");

	/* A program that ran and did not exit with 0 is a failure too, so a lazy `r < 0` is right.
	 */
	struct brood_cmd test = BROOD_CMD(.argv = BROOD_ARGV("test", "-d", "/no/such/directory"));
	r = brood_run(&test, NULL, &result, &error);
	if (r == BROOD_EEXIT)
		printf("test: exit code %d\n", result.stages[0].exit_code);
	else
		return complain(r, &result, &error);

	/* The result was used twice: each call clears it first. Its end is ours. */
	brood_result_done(&result);
	return 0;
}
