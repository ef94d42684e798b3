/* SPDX-License-Identifier: MIT */
/* What a command may say about who its child is, what it may use, see and do. */

#include "job/check_attributes.h"

#include "base/error.h"
#include "base/size.h"
#include "spawn/attributes.h"
#include <brood/job.h>
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>

#define CREDENTIAL_FLAGS (BROOD_SET_UID | BROOD_SET_GID | BROOD_SET_GROUPS | BROOD_SET_UMASK)
#define LIMIT_FLAGS                                                                           \
	(BROOD_SET_NICE | BROOD_SET_SCHEDULER | BROOD_SET_IO_PRIORITY | BROOD_SET_OOM_SCORE | \
		BROOD_SET_CGROUP_FD)

#define SESSION_FLAGS (BROOD_SET_CTTY | BROOD_DROP_CTTY | BROOD_TRACEME)
#define SANDBOX_FLAGS \
	(BROOD_NO_NEW_PRIVS | BROOD_ALLOW_SETGROUPS | BROOD_SET_CAPABILITIES | BROOD_SET_LANDLOCK)

/* To the kernel it means that an id is to stay. */
#define NO_ID UINT32_MAX

#define MOST_MAPS        340 /* UID_GID_MAP_MAX_EXTENTS */
#define MOST_IO_PRIORITY 0xffff

static int bad(struct brood_error *error, int code, const char *field)
{
	return brood__fail(error, code, BROOD_STEP_CONFIG, field);
}

const char *brood__limit_name(int resource)
{
	/* The numbers are the kernel's, the same on x86-64 and aarch64. */
	static const char *const names[] = {
		[RLIMIT_CPU] = "RLIMIT_CPU",
		[RLIMIT_FSIZE] = "RLIMIT_FSIZE",
		[RLIMIT_DATA] = "RLIMIT_DATA",
		[RLIMIT_STACK] = "RLIMIT_STACK",
		[RLIMIT_CORE] = "RLIMIT_CORE",
		[RLIMIT_RSS] = "RLIMIT_RSS",
		[RLIMIT_NPROC] = "RLIMIT_NPROC",
		[RLIMIT_NOFILE] = "RLIMIT_NOFILE",
		[RLIMIT_MEMLOCK] = "RLIMIT_MEMLOCK",
		[RLIMIT_AS] = "RLIMIT_AS",
		[RLIMIT_LOCKS] = "RLIMIT_LOCKS",
		[RLIMIT_SIGPENDING] = "RLIMIT_SIGPENDING",
		[RLIMIT_MSGQUEUE] = "RLIMIT_MSGQUEUE",
		[RLIMIT_NICE] = "RLIMIT_NICE",
		[RLIMIT_RTPRIO] = "RLIMIT_RTPRIO",
		[RLIMIT_RTTIME] = "RLIMIT_RTTIME",
	};
	_Static_assert(sizeof names / sizeof *names == RLIM_NLIMITS, "a resource without a name");
	return resource >= 0 && resource < RLIM_NLIMITS ? names[resource] : NULL;
}

static bool has_good_groups(const struct brood_credentials *credentials)
{
	if (credentials->n_groups > BROOD__MOST_GROUPS)
		return false;
	if (credentials->n_groups && !credentials->groups)
		return false;
	for (size_t i = 0; i < credentials->n_groups; i++) {
		if (credentials->groups[i] == NO_ID)
			return false;
	}
	return true;
}

static int check_credentials(struct brood_credentials *credentials,
	const struct brood_credentials *given, struct brood_error *error)
{
	int r = brood__struct_copy(credentials, sizeof *credentials, given);
	if (r < 0)
		return bad(error, r, "cmd.credentials.size");
	if (credentials->flags & ~CREDENTIAL_FLAGS)
		return bad(error, BROOD_EMISUSE, "cmd.credentials.flags");
	if (credentials->reserved)
		return bad(error, BROOD_EMISUSE, "cmd.credentials.reserved");
	if (credentials->flags & BROOD_SET_UMASK && credentials->umask & ~0777U)
		return bad(error, -EINVAL, "cmd.credentials.umask");
	if (credentials->flags & BROOD_SET_UID && credentials->uid == NO_ID)
		return bad(error, -EINVAL, "cmd.credentials.uid");
	if (credentials->flags & BROOD_SET_GID && credentials->gid == NO_ID)
		return bad(error, -EINVAL, "cmd.credentials.gid");
	if (credentials->flags & BROOD_SET_GROUPS && !has_good_groups(credentials))
		return bad(error, -EINVAL, "cmd.credentials.groups");
	return 0;
}

/* Each resource once at most, so that however many are given only a few are looked at. */
static int check_rlimits(const struct brood_limits *limits, struct brood_error *error)
{
	static const char field[] = "cmd.limits.rlimits";
	uint32_t seen = 0;
	if (limits->n_rlimits && !limits->rlimits)
		return bad(error, -EINVAL, field);
	for (size_t i = 0; i < limits->n_rlimits; i++) {
		const struct brood_rlimit *limit = &limits->rlimits[i];
		if (limit->reserved)
			return bad(error, BROOD_EMISUSE, field);
		if (!brood__limit_name(limit->resource) || limit->soft > limit->hard)
			return bad(error, -EINVAL, field);
		if (seen & 1U << limit->resource)
			return bad(error, -EINVAL, field);
		seen |= 1U << limit->resource;
	}
	return 0;
}

/* Which of the priorities go with which scheduler; SCHED_DEADLINE needs more than there is here. */
static bool has_good_scheduler(const struct brood_limits *limits)
{
	int32_t priority = limits->scheduler_priority;
	switch (limits->scheduler) {
	case SCHED_OTHER:
	case SCHED_BATCH:
	case SCHED_IDLE:
		return priority == 0;
	case SCHED_FIFO:
	case SCHED_RR:
		return priority >= 1 && priority <= 99;
	default:
		return false;
	}
}

static bool has_good_affinity(const struct brood_limits *limits)
{
	const unsigned char *bytes = (const unsigned char *)limits->affinity;
	bool any = false;
	if (limits->affinity_size > BROOD__MOST_AFFINITY)
		return false;
	for (size_t i = 0; i < limits->affinity_size; i++)
		any |= bytes[i] != 0;
	return any;
}

static int check_cgroup(const struct brood_limits *limits, struct brood_error *error)
{
	bool has_fd = limits->flags & BROOD_SET_CGROUP_FD;
	if (has_fd && limits->cgroup_path)
		return bad(error, BROOD_EMISUSE, "cmd.limits.cgroup_path");
	if (has_fd && limits->cgroup_fd < 0)
		return bad(error, -EINVAL, "cmd.limits.cgroup_fd");
	return 0;
}

/* The numbers that count. */
static int check_numbers(const struct brood_limits *limits, struct brood_error *error)
{
	uint64_t flags = limits->flags;
	if (flags & BROOD_SET_NICE && (limits->nice < -20 || limits->nice > 19))
		return bad(error, -EINVAL, "cmd.limits.nice");
	if (flags & BROOD_SET_SCHEDULER && !has_good_scheduler(limits))
		return bad(error, -EINVAL, "cmd.limits.scheduler");
	if (limits->affinity && !has_good_affinity(limits))
		return bad(error, -EINVAL, "cmd.limits.affinity");
	if (flags & BROOD_SET_IO_PRIORITY &&
		(limits->io_priority < 0 || limits->io_priority > MOST_IO_PRIORITY))
		return bad(error, -EINVAL, "cmd.limits.io_priority");
	if (flags & BROOD_SET_OOM_SCORE &&
		(limits->oom_score_adj < -1000 || limits->oom_score_adj > 1000))
		return bad(error, -EINVAL, "cmd.limits.oom_score_adj");
	return check_cgroup(limits, error);
}

static int check_limits(
	struct brood_limits *limits, const struct brood_limits *given, struct brood_error *error)
{
	int r = brood__struct_copy(limits, sizeof *limits, given);
	if (r < 0)
		return bad(error, r, "cmd.limits.size");
	if (limits->flags & ~LIMIT_FLAGS)
		return bad(error, BROOD_EMISUSE, "cmd.limits.flags");
	r = check_rlimits(limits, error);
	return r < 0 ? r : check_numbers(limits, error);
}

/* Whether the child has a descriptor of that number, as far as the command says. */
static bool is_childs_descriptor(const struct brood_cmd *cmd, int32_t fd)
{
	const struct brood_io *streams[] = { &cmd->in, &cmd->out, &cmd->err };
	if (fd >= 0 && fd < 3)
		return streams[fd]->kind != BROOD_IO_FD || streams[fd]->fd >= 0;
	if (fd >= 3 && cmd->flags & BROOD_KEEP_FDS)
		return true;
	for (size_t i = 0; i < cmd->n_fds; i++) {
		if (cmd->fds[i].child_fd == fd)
			return cmd->fds[i].parent_fd >= 0;
	}
	return false;
}

static bool has_tty(const struct brood_cmd *cmd)
{
	return cmd->in.kind == BROOD_IO_TTY || cmd->out.kind == BROOD_IO_TTY ||
	       cmd->err.kind == BROOD_IO_TTY;
}

static int check_session(
	struct brood_session *session, const struct brood_cmd *cmd, struct brood_error *error)
{
	const uint64_t ctty = BROOD_SET_CTTY | BROOD_DROP_CTTY;
	int r = brood__struct_copy(session, sizeof *session, cmd->session);
	if (r < 0)
		return bad(error, r, "cmd.session.size");
	if (session->flags & ~SESSION_FLAGS || (session->flags & ctty) == ctty)
		return bad(error, BROOD_EMISUSE, "cmd.session.flags");
	if (session->flags & ctty && has_tty(cmd))
		return bad(error, BROOD_EMISUSE, "cmd.session.flags");
	if (session->flags & BROOD_SET_CTTY && !is_childs_descriptor(cmd, session->controlling_fd))
		return bad(error, -EINVAL, "cmd.session.controlling_fd");
	if (session->parent_death_signal < 0 || session->parent_death_signal > 64)
		return bad(error, -EINVAL, "cmd.session.parent_death_signal");
	return 0;
}

/* Ids beyond the last one are none. */
static bool has_good_maps(const struct brood_id_map *maps, size_t n)
{
	if (n > MOST_MAPS || (n && !maps))
		return false;
	for (size_t i = 0; i < n; i++) {
		uint64_t last = (uint64_t)maps[i].count - 1;
		if (maps[i].count == 0 || maps[i].inside + last >= NO_ID ||
			maps[i].outside + last >= NO_ID)
			return false;
	}
	return brood__maps_text(NULL, maps, n) <= BROOD__MOST_MAP;
}

static int check_namespaces(
	const struct brood_sandbox *sandbox, bool is_function, struct brood_error *error)
{
	uint64_t both = sandbox->clone_flags & sandbox->unshare_flags;
	bool has_users = (sandbox->clone_flags | sandbox->unshare_flags) & BROOD__CLONE_NEWUSER;
	/* A function's child is made by the libc. */
	if (sandbox->clone_flags & ~BROOD__NAMESPACES || (is_function && sandbox->clone_flags))
		return bad(error, BROOD_EMISUSE, "cmd.sandbox.clone_flags");
	if (sandbox->unshare_flags & ~BROOD__NAMESPACES)
		return bad(error, BROOD_EMISUSE, "cmd.sandbox.unshare_flags");
	if (both & BROOD__CLONE_NEWUSER)
		return bad(error, -EINVAL, "cmd.sandbox.unshare_flags");
	if ((sandbox->n_uid_maps && !has_users) ||
		!has_good_maps(sandbox->uid_maps, sandbox->n_uid_maps))
		return bad(error, -EINVAL, "cmd.sandbox.uid_maps");
	if ((sandbox->n_gid_maps && !has_users) ||
		!has_good_maps(sandbox->gid_maps, sandbox->n_gid_maps))
		return bad(error, -EINVAL, "cmd.sandbox.gid_maps");
	if (sandbox->flags & BROOD_ALLOW_SETGROUPS && !sandbox->n_gid_maps)
		return bad(error, BROOD_EMISUSE, "cmd.sandbox.flags");
	return 0;
}

/* What is given without its flag was meant, and would not hold. */
static int check_restrictions(const struct brood_sandbox *sandbox, struct brood_error *error)
{
	bool has_capabilities = sandbox->flags & BROOD_SET_CAPABILITIES;
	bool has_landlock = sandbox->flags & BROOD_SET_LANDLOCK;
	if (sandbox->capabilities && !has_capabilities)
		return bad(error, BROOD_EMISUSE, "cmd.sandbox.capabilities");
	if (has_capabilities && sandbox->ambient & ~sandbox->capabilities)
		return bad(error, -EINVAL, "cmd.sandbox.ambient");
	if (sandbox->landlock_flags && !has_landlock)
		return bad(error, BROOD_EMISUSE, "cmd.sandbox.landlock_flags");
	if (has_landlock && sandbox->landlock_fd < 0)
		return bad(error, -EINVAL, "cmd.sandbox.landlock_fd");
	if (!sandbox->seccomp != !sandbox->seccomp_length ||
		sandbox->seccomp_length > BROOD__MOST_FILTER)
		return bad(error, -EINVAL, "cmd.sandbox.seccomp");
	return 0;
}

static int check_sandbox(
	struct brood_sandbox *sandbox, const struct brood_cmd *cmd, struct brood_error *error)
{
	int r = brood__struct_copy(sandbox, sizeof *sandbox, cmd->sandbox);
	if (r < 0)
		return bad(error, r, "cmd.sandbox.size");
	if (sandbox->flags & ~SANDBOX_FLAGS)
		return bad(error, BROOD_EMISUSE, "cmd.sandbox.flags");
	if (sandbox->root && !sandbox->root[0])
		return bad(error, -EINVAL, "cmd.sandbox.root");
	if (sandbox->root && strnlen(sandbox->root, BROOD__MOST_ROOT) == BROOD__MOST_ROOT)
		return bad(error, -ENAMETOOLONG, "cmd.sandbox.root");
	r = check_namespaces(sandbox, cmd->function != NULL, error);
	return r < 0 ? r : check_restrictions(sandbox, error);
}

int brood__check_attributes(struct brood__attributes *attributes, const struct brood_cmd *cmd,
	struct brood_error *error)
{
	*attributes = (struct brood__attributes){ .fds = cmd->fds, .n_fds = cmd->n_fds };
	int r = 0;
	if (cmd->credentials)
		r = check_credentials(&attributes->credentials, cmd->credentials, error);
	if (r == 0 && cmd->limits)
		r = check_limits(&attributes->limits, cmd->limits, error);
	if (r == 0 && cmd->session)
		r = check_session(&attributes->session, cmd, error);
	if (r == 0 && cmd->sandbox)
		r = check_sandbox(&attributes->sandbox, cmd, error);
	return r;
}

int brood__check_attributes_of_job(const struct brood__attributes *attributes,
	const struct brood_options *options, struct brood_error *error)
{
	uint64_t session = attributes->session.flags;
	bool may_have_guard = options->flags & BROOD_KILL_TREE && options->tree != BROOD_TREE_GROUP;
	if (session & BROOD_SET_CTTY && !(options->flags & BROOD_NEW_SESSION))
		return brood__fail(
			error, -EPERM, BROOD_STEP_TERMINAL, "cmd.session.controlling_fd");
	/* The tracer would be the guard, which goes on with nobody that is stopped at execve. */
	if (session & BROOD_TRACEME && may_have_guard)
		return bad(error, BROOD_EMISUSE, "cmd.session.flags");
	/* It sees only the /proc of the outside, where its child has another number. */
	if (options->tree == BROOD_TREE_PIDNS &&
		attributes->sandbox.clone_flags & BROOD__CLONE_NEWUSER)
		return bad(error, BROOD_EMISUSE, "cmd.sandbox.clone_flags");
	if (options->tree == BROOD_TREE_CGROUP && attributes->limits.cgroup_path)
		return bad(error, BROOD_EMISUSE, "cmd.limits.cgroup_path");
	if (options->tree == BROOD_TREE_CGROUP && attributes->limits.flags & BROOD_SET_CGROUP_FD)
		return bad(error, BROOD_EMISUSE, "cmd.limits.cgroup_fd");
	return 0;
}

int brood__check_attributes_alone(
	const struct brood__attributes *attributes, struct brood_error *error)
{
	if (attributes->session.flags & BROOD_TRACEME)
		return bad(error, BROOD_EMISUSE, "cmd.session.flags");
	return 0;
}
