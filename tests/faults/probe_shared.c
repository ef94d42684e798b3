/* SPDX-License-Identifier: MIT */
/* A program with those attributes that it gets in the memory of its parent. */
#include "probe.h"

#include <sched.h>

static int run(const char *child, struct brood_result *result, struct brood_error *error)
{
	const unsigned long mask = ~0UL;
	const struct brood_limits limits = { .size = sizeof limits,
		.flags = BROOD_SET_SCHEDULER | BROOD_SET_IO_PRIORITY | BROOD_SET_OOM_SCORE,
		.affinity = &mask,
		.affinity_size = sizeof mask,
		.scheduler = SCHED_BATCH,
		.io_priority = 2 << 13 | 4,
		.oom_score_adj = 1000 };
	const struct brood_session session = { .size = sizeof session, .parent_death_signal = 15 };
	const struct brood_sandbox sandbox = { .size = sizeof sandbox,
		.flags = BROOD_NO_NEW_PRIVS };
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(child, "exit"), .limits = &limits,
		.session = &session, .sandbox = &sandbox);
	return brood_run(&cmd, NULL, result, error);
}

int main(int argc, char **argv)
{
	return probe_main(&(struct probe){ .call = run, .how = BROOD_EXITED }, argc, argv);
}
