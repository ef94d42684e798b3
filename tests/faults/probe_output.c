/* SPDX-License-Identifier: MIT */
/* A program that gets its input from memory and has both outputs captured. */
#include "probe.h"

static int output(const char *child, struct brood_result *result, struct brood_error *error)
{
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(child, "echo"),
		.in = brood_text("hello\n"), .err = brood_capture(0, 0));
	struct brood_options options = BROOD_OPTIONS(.timeout = 10 * BROOD_SECOND);
	return brood_output(&cmd, &options, result, error);
}

int main(int argc, char **argv)
{
	struct probe probe = {
		.call = output, .how = BROOD_EXITED, .out = "hello\n", .err = "complaint\n"
	};
	return probe_main(&probe, argc, argv);
}
