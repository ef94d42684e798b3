/* SPDX-License-Identifier: MIT */
/*
 * A program that gets every attribute that this user may have, in memory of its own: ids, limits,
 * capabilities, namespaces with their maps, a filter.
 */
#include "probe.h"

#include <sched.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* struct sock_filter of the kernel: everything is allowed. */
static const struct {
	uint16_t code;
	uint8_t jt, jf;
	uint32_t k;
} allow_all[] = { { 0x06, 0, 0, 0x7fff0000u } };

static int run(const char *child, struct brood_result *result, struct brood_error *error)
{
	const struct brood_id_map uid = { 0, geteuid(), 1 };
	const struct brood_id_map gid = { 0, getegid(), 1 };
	const unsigned long mask[2] = { ~0UL, ~0UL };
	const struct brood_rlimit core = { 4, 0, 0, 0 };
	const struct brood_credentials credentials = { .size = sizeof credentials,
		.flags = BROOD_SET_UID | BROOD_SET_GID | BROOD_SET_GROUPS | BROOD_SET_UMASK,
		.umask = 077 };
	const struct brood_limits limits = { .size = sizeof limits,
		.flags = BROOD_SET_NICE | BROOD_SET_SCHEDULER | BROOD_SET_IO_PRIORITY |
			 BROOD_SET_OOM_SCORE,
		.rlimits = &core,
		.n_rlimits = 1,
		.affinity = mask,
		.affinity_size = sizeof mask,
		.scheduler = SCHED_BATCH,
		.io_priority = 2 << 13 | 4,
		.oom_score_adj = 1000,
		.nice = 19 };
	const struct brood_session session = { .size = sizeof session, .parent_death_signal = 15 };
	const struct brood_sandbox sandbox = { .size = sizeof sandbox,
		.flags = BROOD_NO_NEW_PRIVS,
		.root = "/",
		.clone_flags = CLONE_NEWUSER | CLONE_NEWUTS,
		.unshare_flags = CLONE_NEWNS,
		.uid_maps = &uid,
		.n_uid_maps = 1,
		.gid_maps = &gid,
		.n_gid_maps = 1,
		.ambient = 1 << 5,
		.seccomp = allow_all,
		.seccomp_length = 1 };
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(child, "exit"), .dir = "/",
		.credentials = &credentials, .limits = &limits, .session = &session,
		.sandbox = &sandbox);
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_NEW_SESSION,
		.timeout = 10 * BROOD_SECOND);
	return brood_run(&cmd, &options, result, error);
}

/* Always asked, so that calls have the same numbers in each run; a fault may make it false. */
static bool has_namespaces(void)
{
	int status = 0;
	pid_t pid = fork();
	if (pid == 0)
		_exit(unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWUTS) == 0 ? 0 : 1);
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

int main(int argc, char **argv)
{
	if (!has_namespaces() && argc == 2)
		return 77;
	return probe_main(&(struct probe){ .call = run, .how = BROOD_EXITED }, argc, argv);
}
