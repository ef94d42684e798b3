/* SPDX-License-Identifier: MIT */
/* What was given becomes parts of a command: names become numbers, what was left out is filled in
   from what holds now. */
#include "common/attributes.h"

#include "common/file.h"
#include "common/message.h"
#include "common/system.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LARGEST_PROFILE ((size_t)64 << 20)

/* These begin with a new process; one that is there cannot be moved into them. */
#define NEED_A_PROCESS ((uint64_t)CLONE_NEWPID | NAMESPACE_TIME)

static uint64_t namespaces_of(const struct attributes *attributes)
{
	bool has_maps = attributes->maps_root || attributes->n_user_maps > 0 ||
			attributes->n_group_maps > 0;

	return attributes->namespaces | (has_maps ? CLONE_NEWUSER : 0);
}

/* Fills in what was not given from what holds now. */
static int make_limit(const char *tool, const struct limit *limit, struct brood_rlimit *rlimit)
{
	struct rlimit now;

	if (getrlimit(limit->resource, &now) < 0) {
		message("%s: -l: %s: %s", tool, limit_name(limit->resource), message_errno(errno));
		return -1;
	}
	*rlimit = (struct brood_rlimit){
		.resource = limit->resource,
		.soft = limit->has_soft ? limit->soft : now.rlim_cur,
		.hard = limit->has_hard ? limit->hard : now.rlim_max,
	};
	if (rlimit->soft <= rlimit->hard)
		return 0;
	if (!limit->has_soft) {
		rlimit->soft = rlimit->hard;
		return 0;
	}
	char wanted[24];
	if (limit->soft == UINT64_MAX)
		snprintf(wanted, sizeof wanted, "unlimited");
	else
		snprintf(wanted, sizeof wanted, "%llu", (unsigned long long)limit->soft);
	message("%s: -l: %s: %s is above the hard limit, which is %llu", tool,
		limit_name(limit->resource), wanted, (unsigned long long)rlimit->hard);
	return -1;
}

static void make_scheduling(const struct attributes *attributes, struct brood_limits *limits)
{
	if (attributes->has_nice) {
		int sum = getpriority(PRIO_PROCESS, 0) + attributes->nice;
		limits->flags |= BROOD_SET_NICE;
		limits->nice = sum < -20 ? -20 : sum > 19 ? 19 : sum;
	}
	if (attributes->has_policy) {
		limits->flags |= BROOD_SET_SCHEDULER;
		limits->scheduler = attributes->policy;
		limits->scheduler_priority = attributes->priority;
	}
	if (attributes->has_io) {
		limits->flags |= BROOD_SET_IO_PRIORITY;
		limits->io_priority = attributes->io;
	}
	if (attributes->has_oom) {
		limits->flags |= BROOD_SET_OOM_SCORE;
		limits->oom_score_adj = attributes->oom;
	}
	if (attributes->cpus_size > 0) {
		limits->affinity = attributes->cpus;
		limits->affinity_size = attributes->cpus_size;
	}
}

static int make_limits(const struct attributes *attributes, struct attributes_made *made)
{
	for (size_t i = 0; i < attributes->n_wanted; i++)
		if (make_limit(attributes->tool, &attributes->wanted[i], &made->rlimits[i]) < 0)
			return -1;
	made->limits = (struct brood_limits){
		.size = sizeof made->limits,
		.rlimits = made->rlimits,
		.n_rlimits = attributes->n_wanted,
		.cgroup_path = attributes->cgroup,
	};
	make_scheduling(attributes, &made->limits);
	return 0;
}

static void add_env(struct attributes_made *made, const char *name, const char *value)
{
	struct text text = { 0 };

	text_string(&text, name);
	if (value)
		text_format(&text, "=%s", value);
	made->env[made->n_env++] = text.bytes;
}

/* As login(1) sets them: programs look for what is theirs there. */
static void make_environment(struct attributes_made *made)
{
	const struct identity *identity = &made->identity;
	const char *home = identity->home && identity->home[0] ? identity->home : "/";

	if (!identity->has_user)
		return;
	add_env(made, "HOME", home);
	add_env(made, "USER", identity->name);
	add_env(made, "LOGNAME", identity->name);
}

static int make_credentials(const struct attributes *attributes, struct attributes_made *made)
{
	const struct identity_wanted wanted = {
		.tool = attributes->tool,
		.user = attributes->user,
		.group = attributes->group,
		.groups = attributes->groups,
		.root = attributes->root,
		.is_elsewhere = namespaces_of(attributes) & CLONE_NEWUSER,
	};
	struct identity *identity = &made->identity;

	if (identity_find(&wanted, identity) < 0)
		return -1;
	made->credentials = (struct brood_credentials){
		.size = sizeof made->credentials,
		.flags = (identity->has_uid ? BROOD_SET_UID : 0) |
			 (identity->has_gid ? BROOD_SET_GID : 0) |
			 (identity->has_groups ? BROOD_SET_GROUPS : 0) |
			 (attributes->has_umask ? BROOD_SET_UMASK : 0),
		.uid = identity->uid,
		.gid = identity->gid,
		.groups = identity->groups,
		.n_groups = identity->n_groups,
		.umask = attributes->umask,
	};
	make_environment(made);
	return 0;
}

static uid_t final_uid(const struct attributes *attributes, const struct attributes_made *made)
{
	const struct identity *identity = &made->identity;

	return identity->has_uid ? identity->uid : attributes->maps_root ? 0 : geteuid();
}

/* To an ordinary user only what is ambient survives execve; root has all of the bounding set. */
static void make_capabilities(const struct attributes *attributes, struct attributes_made *made)
{
	const struct capabilities *capabilities = &attributes->capabilities;
	unsigned int last = system_last_capability();

	made->sandbox.flags |= BROOD_SET_CAPABILITIES;
	made->sandbox.capabilities = capabilities_bounding(
		capabilities, last, system_bounding_set());
	if (final_uid(attributes, made) != 0)
		made->sandbox.ambient = capabilities_ambient(capabilities, last);
}

static int make_namespaces(const struct attributes *attributes, struct attributes_made *made)
{
	struct brood_sandbox *sandbox = &made->sandbox;
	uint64_t flags = namespaces_of(attributes);

	if (attributes->replaces_us && (flags & NEED_A_PROCESS)) {
		message("%s: --unshare %s: begins with a new process, and this one is replaced (--init: "
			"it stays)",
			attributes->tool,
			namespace_name(
				flags & CLONE_NEWPID ? CLONE_NEWPID : flags & NEED_A_PROCESS));
		return -1;
	}
	/* What is mounted in a namespace of its own stays there: the child sees to that when it is
	   the child that unshares. */
	uint64_t own = attributes->replaces_us ? flags : flags & CLONE_NEWNS;
	sandbox->unshare_flags = own;
	sandbox->clone_flags = flags & ~own;
	sandbox->uid_maps = attributes->user_maps;
	sandbox->n_uid_maps = attributes->n_user_maps;
	sandbox->gid_maps = attributes->group_maps;
	sandbox->n_gid_maps = attributes->n_group_maps;
	if (!attributes->maps_root)
		return 0;
	made->own_user = (struct brood_id_map){ 0, geteuid(), 1 };
	made->own_group = (struct brood_id_map){ 0, getegid(), 1 };
	sandbox->uid_maps = &made->own_user;
	sandbox->gid_maps = &made->own_group;
	sandbox->n_uid_maps = 1;
	sandbox->n_gid_maps = 1;
	return 0;
}

/* The capabilities that the program can have: of a user that is not root those that it is given. */
static uint64_t capabilities_of(
	const struct attributes *attributes, const struct attributes_made *made)
{
	bool is_root = final_uid(attributes, made) == 0;

	if (attributes->has_capabilities)
		return is_root ? made->sandbox.capabilities : made->sandbox.ambient;
	return is_root ? system_bounding_set() : 0;
}

static int make_filter(const struct attributes *attributes, struct attributes_made *made)
{
	struct seccomp_facts facts = { .capabilities = capabilities_of(attributes, made) };
	struct text text = { 0 }, problem = { 0 };
	int r = file_read(attributes->seccomp, &text, LARGEST_PROFILE);

	if (r < 0) {
		message("%s: --seccomp: %s: %s", attributes->tool, attributes->seccomp,
			message_errno(-r));
		text_done(&text);
		return -1;
	}
	system_kernel(&facts.kernel, &facts.patch);
	r = seccomp_compile(text.bytes, text.length, &facts, &made->filter, &problem);
	if (r == -ENOSYS)
		message("%s: --seccomp: this program was built without libseccomp and libjansson "
			"(Debian: libseccomp-dev, libjansson-dev)",
			attributes->tool);
	else if (r < 0)
		message("%s:%s%s (--seccomp)", attributes->seccomp,
			problem.length > 0 && problem.bytes[0] >= '0' && problem.bytes[0] <= '9'
				? ""
				: " ",
			problem.length > 0 ? problem.bytes : message_errno(-r));
	else if (attributes->replaces_us && !seccomp_lets_through(&made->filter, SYS_execve)) {
		/* Under it nobody would be left who could say so. */
		message("%s: execve is forbidden, and so no program could be started (--seccomp)",
			attributes->seccomp);
		r = -1;
	}
	text_done(&problem);
	text_done(&text);
	made->sandbox.seccomp = made->filter.instructions;
	made->sandbox.seccomp_length = made->filter.length;
	/* Without it the kernel wants a process with CAP_SYS_ADMIN, which the program is not to be.
	 */
	made->sandbox.flags |= BROOD_NO_NEW_PRIVS;
	return r;
}

static int make_sandbox(const struct attributes *attributes, struct attributes_made *made)
{
	made->sandbox = (struct brood_sandbox){
		.size = sizeof made->sandbox,
		.flags = attributes->no_new_privileges ? BROOD_NO_NEW_PRIVS : 0,
		.root = attributes->root,
	};
	if (attributes->has_capabilities)
		make_capabilities(attributes, made);
	if (attributes->seccomp && make_filter(attributes, made) < 0)
		return -1;
	return make_namespaces(attributes, made);
}

static int check(const struct attributes *attributes)
{
	const char *tool = attributes->tool;

	if (attributes->group && attributes->user && strchr(attributes->user, ':')) {
		message("%s: --group: --user %s names a group already", tool, attributes->user);
		return -1;
	}
	if (attributes->maps_root && attributes->n_user_maps + attributes->n_group_maps > 0) {
		message("%s: --map-root: not with --map-users or --map-groups", tool);
		return -1;
	}
	return 0;
}

int attributes_make(
	const struct attributes *attributes, struct attributes_made *made, struct brood_cmd *cmd)
{
	*made = (struct attributes_made){ 0 };
	if (check(attributes) < 0 || make_limits(attributes, made) < 0 ||
		make_credentials(attributes, made) < 0 || make_sandbox(attributes, made) < 0)
		return -1;
	made->session = (struct brood_session){
		.size = sizeof made->session,
		.parent_death_signal = attributes->death_signal,
	};
	/* What is not asked for is not handed over: so it costs nothing. */
	if (made->limits.n_rlimits > 0 || made->limits.flags || made->limits.affinity ||
		made->limits.cgroup_path)
		cmd->limits = &made->limits;
	if (made->credentials.flags)
		cmd->credentials = &made->credentials;
	if (made->session.parent_death_signal != 0)
		cmd->session = &made->session;
	if (made->sandbox.flags || made->sandbox.root || made->sandbox.clone_flags ||
		made->sandbox.unshare_flags || made->sandbox.seccomp)
		cmd->sandbox = &made->sandbox;
	return 0;
}

void attributes_done(struct attributes_made *made)
{
	for (size_t i = 0; i < made->n_env; i++)
		free(made->env[i]);
	identity_done(&made->identity);
	free(made->filter.instructions);
	*made = (struct attributes_made){ 0 };
}
