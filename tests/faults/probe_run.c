/* SPDX-License-Identifier: MIT */
/* A program that exits well, in another directory and in a group of its own. */
#include "probe.h"

static int run(const char *child, struct brood_result *result, struct brood_error *error)
{
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(child, "exit"), .dir = "/");
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_NEW_GROUP,
		.timeout = 10 * BROOD_SECOND);
	return brood_run(&cmd, &options, result, error);
}

int main(int argc, char **argv)
{
	return probe_main(&(struct probe){ .call = run, .how = BROOD_EXITED }, argc, argv);
}
