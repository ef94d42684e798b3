/* SPDX-License-Identifier: MIT */
/* A program that exits well, in another directory and in a group of its own, limited and nice. */
#include "probe.h"

#include <sys/resource.h>

static int run(const char *child, struct brood_result *result, struct brood_error *error)
{
	const struct brood_rlimit two[] = { { RLIMIT_NOFILE, 0, 8, 8 }, { RLIMIT_CORE, 0, 0, 0 } };
	const struct brood_limits limits = { .size = sizeof limits,
		.flags = BROOD_SET_NICE,
		.rlimits = two,
		.n_rlimits = 2,
		.nice = 19 };
	const struct brood_credentials credentials = {
		.size = sizeof credentials, .flags = BROOD_SET_UMASK, .umask = 077
	};
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(child, "exit"), .dir = "/",
		.limits = &limits, .credentials = &credentials);
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_NEW_GROUP,
		.timeout = 10 * BROOD_SECOND);
	return brood_run(&cmd, &options, result, error);
}

int main(int argc, char **argv)
{
	return probe_main(&(struct probe){ .call = run, .how = BROOD_EXITED }, argc, argv);
}
