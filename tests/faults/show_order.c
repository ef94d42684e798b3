/* SPDX-License-Identifier: MIT */
/*
 * show_order CHILD KIND [CGROUP]: starts CHILD once with as many attributes as go together, for
 * child_order.py, which looks at the system calls. KIND is shared (in the parent's memory), own
 * (in memory of its own), unshare (likewise, with a user namespace that it makes itself), guard (as
 * own, below a guard), group (traced, in the foreground). Exit status 77: there are no
 * terminals.
 */
#include <brood/brood.h>
#include <errno.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
	uint16_t code;
	uint8_t jt, jf;
	uint32_t k;
} allow_all[] = { { 0x06, 0, 0, 0x7fff0000u } };

static int ruleset(void)
{
	const uint64_t handled = 1 << 6; /* making devices */
	return (int)syscall(444, &handled, sizeof handled, 0);
}

/* What goes together, by kind. */
struct kind {
	bool is_apart; /* it does not run in its parent's memory */
	bool unshares; /* its user namespace is made by itself */
	bool guards;
	bool groups; /* a group instead of a session, in the foreground, traced */
};

static struct kind kind_of(const char *name)
{
	bool groups = strcmp(name, "group") == 0;
	return (struct kind){
		.is_apart = strcmp(name, "shared") != 0 && !groups,
		.unshares = strcmp(name, "unshare") == 0,
		.guards = strcmp(name, "guard") == 0,
		.groups = groups,
	};
}

static struct brood_credentials credentials_of(const struct kind *kind)
{
	static const gid_t group = 7;
	uint64_t ids = BROOD_SET_UID | BROOD_SET_GID | BROOD_SET_GROUPS;
	return (struct brood_credentials){
		.size = sizeof(struct brood_credentials),
		.flags = BROOD_SET_UMASK | (kind->is_apart ? ids : 0),
		.uid = kind->unshares ? 0 : 1000,
		.gid = kind->unshares ? 0 : 1001,
		.groups = &group,
		.n_groups = !kind->unshares,
		.umask = 077,
	};
}

static struct brood_limits limits_of(const char *cgroup)
{
	static const struct brood_rlimit two[] = { { 7, 0, 64, 64 }, { 4, 0, 0, 0 } };
	static const unsigned long mask = ~0UL;
	return (struct brood_limits){
		.size = sizeof(struct brood_limits),
		.flags = BROOD_SET_NICE | BROOD_SET_SCHEDULER | BROOD_SET_IO_PRIORITY |
			 BROOD_SET_OOM_SCORE,
		.rlimits = two,
		.n_rlimits = 2,
		.affinity = &mask,
		.affinity_size = sizeof mask,
		.scheduler = SCHED_BATCH,
		.io_priority = 2 << 13 | 4,
		.oom_score_adj = 1000,
		.nice = 19,
		.cgroup_path = cgroup,
	};
}

static struct brood_sandbox sandbox_of(const struct kind *kind)
{
	static const struct brood_id_map many = { 0, 0, 65536 };
	static const struct brood_id_map one = { 0, 0, 1 };
	bool is_born = kind->is_apart && !kind->unshares;
	struct brood_sandbox sandbox = {
		.size = sizeof sandbox,
		.flags = BROOD_NO_NEW_PRIVS | (is_born ? BROOD_ALLOW_SETGROUPS : 0),
		.root = "/",
		.clone_flags = (is_born ? CLONE_NEWUSER : 0) | CLONE_NEWUTS,
		.unshare_flags = (kind->unshares ? CLONE_NEWUSER : 0) | CLONE_NEWNS,
		.uid_maps = is_born ? &many : &one,
		.n_uid_maps = kind->is_apart,
		.gid_maps = is_born ? &many : &one,
		.n_gid_maps = kind->is_apart,
		.ambient = kind->is_apart ? 1 << 5 : 0,
		.landlock_fd = ruleset(),
		.seccomp = kind->is_apart ? allow_all : NULL,
		.seccomp_length = kind->is_apart,
	};
	if (sandbox.landlock_fd >= 0)
		sandbox.flags |= BROOD_SET_LANDLOCK;
	return sandbox;
}

/* A terminal, which is our own controlling one if the child is to be in its foreground. */
static int open_terminal(const struct kind *kind)
{
	int ours;
	int theirs;
	if (openpty(&ours, &theirs, NULL, NULL, NULL) < 0)
		return -1;
	if (kind->groups && (setsid() < 0 || ioctl(theirs, TIOCSCTTY, 0) < 0))
		return -1;
	return theirs;
}

/* A tracer of ours that has one itself is refused: so far it comes. */
static int start(const struct brood_cmd *cmd, const struct kind *kind, struct brood_error *error)
{
	struct brood_job *job = NULL;
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_NEW_SESSION |
							      (kind->guards ? BROOD_KILL_TREE : 0));
	if (!kind->groups)
		return brood_run(cmd, &options, NULL, error);
	options.flags = BROOD_NEW_GROUP | BROOD_FOREGROUND;
	int r = brood_start(&job, cmd, 1, &options, error);
	brood_job_free(job);
	return r == -EPERM && error->step == BROOD_STEP_TRACE ? 0 : r;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	char text[512];
	struct brood_error error = BROOD_ERROR_INIT;
	const struct kind kind = kind_of(argv[2]);
	int terminal = open_terminal(&kind);
	if (terminal < 0)
		return 77;
	const struct brood_credentials credentials = credentials_of(&kind);
	const struct brood_limits limits = limits_of(argv[3]);
	const struct brood_sandbox sandbox = sandbox_of(&kind);
	const struct brood_session session = { .size = sizeof session,
		.flags = kind.groups ? BROOD_DROP_CTTY | BROOD_TRACEME : BROOD_SET_CTTY,
		.controlling_fd = 3,
		.parent_death_signal = 15 };
	const struct brood_fd_map fds[] = { { terminal, 3 } };
	struct brood_signals signals = { .size = sizeof signals };
	sigemptyset(&signals.ignore);
	sigemptyset(&signals.reset);
	sigaddset(&signals.ignore, SIGUSR1);
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(argv[1], "exit"), .dir = "/tmp",
		.in = brood_fd(terminal), .credentials = &credentials, .limits = &limits,
		.session = &session, .sandbox = &sandbox, .fds = fds, .n_fds = 1,
		.signals = &signals);
	int r = start(&cmd, &kind, &error);
	if (r < 0)
		fprintf(stderr, "%s\n", brood_explain(r, NULL, &error, text, sizeof text));
	return r < 0;
}
