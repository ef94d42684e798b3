/* SPDX-License-Identifier: MIT */
/* A start that fails at its very end, in execve, with everything made that a start can need. */
#include "probe.h"

#include <errno.h>
#include <signal.h>

static int start(const char *child, struct brood_result *result, struct brood_error *error)
{
	struct brood_signals signals = { .size = sizeof signals };
	sigemptyset(&signals.ignore);
	sigemptyset(&signals.reset);
	sigaddset(&signals.ignore, SIGHUP);
	sigaddset(&signals.reset, SIGPIPE);
	struct brood_fd_map fds[] = { { .parent_fd = 2, .child_fd = 5 } };
	struct brood_cmd cmd = BROOD_CMD(.path = "/nonexistent/program", .dir = "/",
		.argv = BROOD_ARGV(child, "exit"), .in = brood_text("hello\n"), .out = brood_pipe(),
		.err = brood_capture(0, 0), .fds = fds, .n_fds = 1, .signals = &signals);
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_NEW_SESSION);
	struct brood_job *job = NULL;
	(void)result;
	int code = brood_start(&job, &cmd, 1, &options, error);
	brood_job_free(job);
	return code;
}

int main(int argc, char **argv)
{
	struct probe probe = {
		.call = start, .expected_code = -ENOENT, .expected_step = BROOD_STEP_EXEC
	};
	return probe_main(&probe, argc, argv);
}
