/* SPDX-License-Identifier: MIT */
/*
 * Limit what a command may use: resource limits, nice value, umask. All of it holds in the child
 * and in what it starts; nothing of the caller is changed.
 */

#include <brood/brood.h>
#include <stdio.h>
#include <sys/resource.h>

int main(void)
{
	const struct brood_rlimit rlimits[] = {
		{ .resource = RLIMIT_CPU, .soft = 10, .hard = 10 },
		{ .resource = RLIMIT_FSIZE, .soft = 4096, .hard = 4096 },
	};
	struct brood_limits limits = { .size = sizeof limits, .rlimits = rlimits, .n_rlimits = 2 };
	limits.flags = BROOD_SET_NICE;
	limits.nice = 19;
	struct brood_credentials credentials = { .size = sizeof credentials };
	credentials.flags = BROOD_SET_UMASK;
	credentials.umask = 077;

	struct brood_cmd cmd = BROOD_CMD(.limits = &limits, .credentials = &credentials);
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	char text[256];

	/* What it sees. */
	cmd.argv = BROOD_ARGV("sh", "-c", "echo $(ulimit -t) s of processor, umask $(umask); nice");
	int r = brood_output(&cmd, NULL, &result, &error);
	if (r < 0) {
		fprintf(stderr, "%s\n", brood_explain(r, &result, &error, text, sizeof text));
		return 1;
	}
	printf("%s", result.out.data);

	/* What becomes of one that wants more: it has been killed, and the result says by what. */
	cmd.argv = BROOD_ARGV("head", "-c", "100000", "/dev/zero");
	cmd.out = brood_file("zeros", 0, 0);
	r = brood_run(&cmd, NULL, &result, &error);
	if (r != BROOD_EEXIT)
		return 1;
	printf("a larger file: %s\n", brood_signal_name(result.stages[0].signal));

	/* What nobody may have makes the start fail, and the error names it. */
	const struct brood_rlimit too_many = {
		.resource = RLIMIT_NOFILE, .soft = 64, .hard = UINT64_MAX
	};
	limits.rlimits = &too_many;
	limits.n_rlimits = 1;
	r = brood_run(&cmd, NULL, &result, &error);
	printf("without end: %s at step %s: %s\n", brood_code_name(r), brood_step_name(error.step),
		error.subject);
	brood_result_done(&result);
	return r < 0 ? 0 : 1;
}
