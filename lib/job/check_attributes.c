/* SPDX-License-Identifier: MIT */
/* What a command may say about limits and credentials, and how its failure is named. */

#include "job/check_attributes.h"

#include "base/error.h"
#include "base/size.h"
#include <errno.h>
#include <sys/resource.h>

#define CREDENTIAL_FLAGS (BROOD_SET_UID | BROOD_SET_GID | BROOD_SET_GROUPS | BROOD_SET_UMASK)
#define LIMIT_FLAGS                                                                           \
	(BROOD_SET_NICE | BROOD_SET_SCHEDULER | BROOD_SET_IO_PRIORITY | BROOD_SET_OOM_SCORE | \
		BROOD_SET_CGROUP_FD)

static int bad(struct brood_error *error, int code, const char *field)
{
	return brood__fail(error, code, BROOD_STEP_CONFIG, field);
}

static int not_built(struct brood_error *error, int step, const char *field)
{
	return brood__fail(error, -ENOSYS, step, field);
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
	if (credentials->flags & BROOD_SET_UID)
		return not_built(error, BROOD_STEP_CREDENTIALS, "cmd.credentials.uid");
	if (credentials->flags & BROOD_SET_GID)
		return not_built(error, BROOD_STEP_CREDENTIALS, "cmd.credentials.gid");
	if (credentials->flags & BROOD_SET_GROUPS)
		return not_built(error, BROOD_STEP_CREDENTIALS, "cmd.credentials.groups");
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

static int refuse_limits(const struct brood_limits *limits, struct brood_error *error)
{
	if (limits->flags & BROOD_SET_SCHEDULER)
		return not_built(error, BROOD_STEP_SCHEDULER, "cmd.limits.scheduler");
	if (limits->flags & BROOD_SET_IO_PRIORITY)
		return not_built(error, BROOD_STEP_SCHEDULER, "cmd.limits.io_priority");
	if (limits->affinity)
		return not_built(error, BROOD_STEP_SCHEDULER, "cmd.limits.affinity");
	if (limits->flags & BROOD_SET_OOM_SCORE)
		return not_built(error, BROOD_STEP_LIMITS, "cmd.limits.oom_score_adj");
	if (limits->flags & BROOD_SET_CGROUP_FD)
		return not_built(error, BROOD_STEP_CGROUP, "cmd.limits.cgroup_fd");
	if (limits->cgroup_path)
		return not_built(error, BROOD_STEP_CGROUP, "cmd.limits.cgroup_path");
	return 0;
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
	if (r < 0)
		return r;
	if (limits->flags & BROOD_SET_NICE && (limits->nice < -20 || limits->nice > 19))
		return bad(error, -EINVAL, "cmd.limits.nice");
	return refuse_limits(limits, error);
}

int brood__check_attributes(struct brood__attributes *attributes, const struct brood_cmd *cmd,
	struct brood_error *error)
{
	*attributes = (struct brood__attributes){ .credentials.flags = 0 };
	int r = 0;
	if (cmd->credentials)
		r = check_credentials(&attributes->credentials, cmd->credentials, error);
	if (r == 0 && cmd->limits)
		r = check_limits(&attributes->limits, cmd->limits, error);
	return r;
}

void brood__plan_attributes(struct brood__plan *plan, const struct brood__attributes *attributes)
{
	plan->limits = attributes->limits.rlimits;
	plan->n_limits = attributes->limits.n_rlimits;
	plan->has_nice = attributes->limits.flags & BROOD_SET_NICE;
	plan->nice = attributes->limits.nice;
	plan->has_umask = attributes->credentials.flags & BROOD_SET_UMASK;
	plan->umask = attributes->credentials.umask;
}
