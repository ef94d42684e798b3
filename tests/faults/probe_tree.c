/* SPDX-License-Identifier: MIT */
/* A program below a guard, with everything that a guard is told. */
#include "probe.h"

#include <signal.h>
#include <sys/resource.h>

static int run(const char *child, struct brood_result *result, struct brood_error *error)
{
	const struct brood_rlimit two[] = { { RLIMIT_NOFILE, 0, 16, 16 },
		{ RLIMIT_CORE, 0, 0, 0 } };
	const struct brood_limits limits = {
		.size = sizeof limits, .rlimits = two, .n_rlimits = 2
	};
	const struct brood_stop steps[] = { { SIGTERM, 0, BROOD_SECOND } };
	struct brood_fd_map fds[] = { { .parent_fd = 2, .child_fd = 5 } };
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(child, "echo"), .dir = "/",
		.flags = BROOD_EXEC_SHELL_FALLBACK, .limits = &limits, .in = brood_text("hello\n"),
		.out = brood_capture(0, 0), .err = brood_capture(0, 0), .fds = fds, .n_fds = 1);
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_NEW_GROUP | BROOD_KILL_TREE |
							      BROOD_MEASURE_TREE,
		.timeout = 10 * BROOD_SECOND, .stop = steps, .n_stop = 1);
	return brood_run(&cmd, &options, result, error);
}

int main(int argc, char **argv)
{
	return probe_main(
		&(struct probe){
			.call = run, .how = BROOD_EXITED, .out = "hello\n", .err = "complaint\n" },
		argc, argv);
}
