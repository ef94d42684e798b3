/* SPDX-License-Identifier: MIT */
/* Why a command could not be started with its attributes: the option, the reason, and what would
   help. */
#include "common/attributes.h"

#include "common/message.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>

static const struct limit *find_failed(const struct attributes *attributes, const char *name)
{
	static const char prefix[] = "RLIMIT_";

	if (strncmp(name, prefix, sizeof prefix - 1) != 0)
		return NULL;
	for (size_t i = 0; i < attributes->n_wanted; i++)
		if (strcasecmp(name + sizeof prefix - 1,
			    limit_name(attributes->wanted[i].resource)) == 0)
			return &attributes->wanted[i];
	return NULL;
}

static const char *reason_of(const struct limit *limit)
{
	struct rlimit now;

	if (!limit->has_hard || getrlimit(limit->resource, &now) < 0 || limit->hard <= now.rlim_max)
		return "";
	/* Even the superuser may not go beyond what the system can do. */
	return limit->resource == RLIMIT_NOFILE
		       ? " (above the hard limit, or above fs.nr_open)"
		       : " (above the hard limit, which only the superuser may raise)";
}

static bool explain_limit(
	const struct attributes *attributes, int code, const struct brood_error *error)
{
	const struct limit *limit = find_failed(attributes, error->subject);

	if (limit)
		message("-l %s: %s%s", limit_name(limit->resource), message_errno(-code),
			code == -EPERM ? reason_of(limit) : "");
	return limit != NULL;
}

/* What a step says of an option, by the beginning of the error's subject. */
struct reason {
	int step;
	const char *subject; /* "": whatever it is */
	int code;            /* 0: whatever it is */
	const char *option;
	const char *help; /* NULL: nothing more to say */
};

static const char needs_root[] = "only root may, or who has the capability setuid";
static const char needs_setgid[] = "only root may, or who has the capability setgid";
static const char not_mapped[] = "there is no such id in its user namespace";
static const char no_namespace[] = "only root may, or with --unshare user who may do that";

static const struct reason reasons[] = {
	{ BROOD_STEP_CREDENTIALS, "uid ", -EPERM, "--user", needs_root },
	{ BROOD_STEP_CREDENTIALS, "uid ", -EINVAL, "--user", not_mapped },
	{ BROOD_STEP_CREDENTIALS, "uid ", -EAGAIN, "--user",
		"it has as many processes as its limit nproc allows" },
	{ BROOD_STEP_CREDENTIALS, "uid ", 0, "--user", NULL },
	{ BROOD_STEP_CREDENTIALS, "gid ", -EPERM, "--group", needs_setgid },
	{ BROOD_STEP_CREDENTIALS, "gid ", -EINVAL, "--group", not_mapped },
	{ BROOD_STEP_CREDENTIALS, "gid ", 0, "--group", NULL },
	{ BROOD_STEP_CREDENTIALS, "groups", -EPERM, "--groups", needs_setgid },
	{ BROOD_STEP_CREDENTIALS, "groups", -EINVAL, "--groups", not_mapped },
	{ BROOD_STEP_CREDENTIALS, "groups", 0, "--groups", NULL },
	{ BROOD_STEP_CAPABILITIES, "bounding", -EPERM, "--caps",
		"only root may, or who has the capability setpcap" },
	{ BROOD_STEP_CAPABILITIES, "", -EPERM, "--caps", "nobody can give what he does not have" },
	{ BROOD_STEP_CAPABILITIES, "", 0, "--caps", NULL },
	{ BROOD_STEP_CHROOT, "", -EPERM, "--chroot",
		"only root may, or who has the capability sys_chroot" },
	{ BROOD_STEP_CHROOT, "", 0, "--chroot", NULL },
	{ BROOD_STEP_CGROUP, "", -EINVAL, "--cgroup", "it is no control group" },
	{ BROOD_STEP_CGROUP, "", -EBUSY, "--cgroup",
		"it hands controllers on to groups below it, and so takes no processes" },
	{ BROOD_STEP_CGROUP, "", 0, "--cgroup", NULL },
	{ BROOD_STEP_NAMESPACE, "uid_map", -EPERM, "--map-users",
		"only root may map others than itself" },
	{ BROOD_STEP_NAMESPACE, "uid_map", 0, "--map-users", NULL },
	{ BROOD_STEP_NAMESPACE, "gid_map", -EPERM, "--map-groups",
		"only root may map others than itself" },
	{ BROOD_STEP_NAMESPACE, "gid_map", 0, "--map-groups", NULL },
	{ BROOD_STEP_NAMESPACE, "", -EPERM, "--unshare", no_namespace },
	{ BROOD_STEP_NAMESPACE, "", -ENOSPC, "--unshare",
		"there are as many as /proc/sys/user/max_* allow" },
	{ BROOD_STEP_NAMESPACE, "", 0, "--unshare", NULL },
	{ BROOD_STEP_LIMITS, "oom_score_adj", -EACCES, "--oom-score-adj",
		"only who has the capability sys_resource may go that low" },
	{ BROOD_STEP_LIMITS, "oom_score_adj", 0, "--oom-score-adj", NULL },
	{ BROOD_STEP_SCHEDULER, "policy", -EPERM, "--sched",
		"only who has the capability sys_nice, or the limit rtprio" },
	{ BROOD_STEP_SCHEDULER, "policy", 0, "--sched", NULL },
	{ BROOD_STEP_SCHEDULER, "affinity", -EINVAL, "--cpus",
		"none of these processors is there for us" },
	{ BROOD_STEP_SCHEDULER, "affinity", 0, "--cpus", NULL },
	{ BROOD_STEP_SCHEDULER, "io_priority", -EPERM, "--ionice",
		"realtime is for who has the capability sys_nice" },
	{ BROOD_STEP_SCHEDULER, "io_priority", 0, "--ionice", NULL },
	{ BROOD_STEP_SCHEDULER, "nice", -EACCES, "--nice",
		"only the superuser may raise a priority" },
	{ BROOD_STEP_SCHEDULER, "nice", -EPERM, "--nice",
		"only the superuser may raise a priority" },
	{ BROOD_STEP_SCHEDULER, "nice", 0, "--nice", NULL },
	{ BROOD_STEP_SESSION, "parent_death_signal", 0, "--pdeathsig", NULL },
	{ BROOD_STEP_SANDBOX, "seccomp", -EINVAL, "--seccomp",
		"this kernel does not take such a filter" },
	{ BROOD_STEP_SANDBOX, "seccomp", 0, "--seccomp", NULL },
	{ BROOD_STEP_SANDBOX, "no_new_privs", 0, "--nnp", NULL },
};

/* What of the option is concerned: "--user: uid 33". */
static void say(const struct attributes *attributes, const struct reason *reason, int code,
	const struct brood_error *error)
{
	const char *what = reason->step == BROOD_STEP_CREDENTIALS ||
					   reason->step == BROOD_STEP_CAPABILITIES ||
					   reason->step == BROOD_STEP_CHROOT ||
					   reason->step == BROOD_STEP_CGROUP
				   ? error->subject
				   : "";
	const char *option = reason->option, *last_word = strrchr(what, ' ');

	/* "bounding set without capability 21" */
	if (reason->step == BROOD_STEP_CAPABILITIES && last_word &&
		capability_name((unsigned int)strtoul(last_word + 1, NULL, 10)))
		what = capability_name((unsigned int)strtoul(last_word + 1, NULL, 10));
	/* What is said of a group may come from --user alone. */
	if (reason->step == BROOD_STEP_CREDENTIALS && attributes->user &&
		((strcmp(option, "--group") == 0 && !attributes->group) ||
			(strcmp(option, "--groups") == 0 && !attributes->groups)))
		option = "--user";
	if (reason->step == BROOD_STEP_NAMESPACE && attributes->maps_root)
		option = "--map-root";
	message("%s: %s%s%s%s%s%s", option, what, what[0] ? ": " : "", message_errno(-code),
		reason->help ? " (" : "", reason->help ? reason->help : "",
		reason->help ? ")" : "");
}

/* A profile that forbids what starting a program takes. */
static bool explain_filtered(
	const struct attributes *attributes, int code, const struct brood_error *error)
{
	if (!attributes->seccomp || error->step != BROOD_STEP_EXEC ||
		(code != -EPERM && code != -ENOSYS))
		return false;
	message("--seccomp: %s: %s (a profile must allow execve)", attributes->seccomp,
		message_errno(-code));
	return true;
}

/* Steps that others than these options take as well. */
static bool is_asked_for(const struct attributes *attributes, int step)
{
	if (step == BROOD_STEP_CGROUP)
		return attributes->cgroup != NULL;
	if (step == BROOD_STEP_NAMESPACE)
		return attributes->namespaces || attributes->maps_root ||
		       attributes->n_user_maps > 0 || attributes->n_group_maps > 0;
	return true;
}

bool attributes_explain(
	const struct attributes *attributes, int code, const struct brood_error *error)
{
	if (code >= 0 || code <= BROOD_EEXIT || !is_asked_for(attributes, error->step))
		return false;
	if (explain_filtered(attributes, code, error))
		return true;
	if (error->step == BROOD_STEP_LIMITS && explain_limit(attributes, code, error))
		return true;
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
		const struct reason *reason = &reasons[i];
		if (reason->step != error->step || (reason->code != 0 && reason->code != code) ||
			strncmp(error->subject, reason->subject, strlen(reason->subject)) != 0)
			continue;
		say(attributes, reason, code, error);
		return true;
	}
	return false;
}
