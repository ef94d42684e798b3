/* SPDX-License-Identifier: MIT */
/*
 * The steps of a child that few commands ask for. As child.c it may run in the parent's memory: raw
 * system calls only, nothing of the libc, no errno, no allocation. The numbers are those of the
 * order in ARCHITECTURE.md.
 */

#include "base/put.h"
#include "spawn/child_steps.h"
#include "sys/uapi.h"
#include <brood/error.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>

#define IOPRIO_WHO_PROCESS 1
#define MOST_CAPABILITIES  64

/* In one write, as files of /proc want it. */
static long write_file(const char *path, const char *text, size_t length)
{
	long fd;
	do
		fd = RAW4(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC, 0);
	while (fd == -EINTR);
	if (fd >= 0 && fd < 3) { /* in a parent that has closed these, they are nobody's */
		long low = fd;
		fd = RAW3(SYS_fcntl, low, F_DUPFD_CLOEXEC, 3);
		RAW1(SYS_close, low);
	}
	if (fd < 0)
		return fd;
	long n;
	do
		n = RAW3(SYS_write, fd, text, length);
	while (n == -EINTR || n == -EAGAIN);
	RAW1(SYS_close, fd);
	return n < 0 ? n : 0;
}

static long write_of_process(int32_t pid, const char *name, const char *text, size_t length)
{
	char path[64];
	char *end = brood__put_text(path, "/proc/");
	end = pid ? brood__put_number(end, pid) : brood__put_text(end, "self");
	end = brood__put_text(end, "/");
	end = brood__put_text(end, name);
	*end = 0;
	return write_file(path, text, length);
}

static long write_uids(const struct brood__attribute_plan *a, int32_t pid, int32_t *ret_subject)
{
	*ret_subject = BROOD__OF_UID_MAP;
	return a->uid_map_size ? write_of_process(pid, "uid_map", a->uid_map, a->uid_map_size) : 0;
}

/* A kernel without that file (before 3.19) lets everybody map groups. */
static long write_gids(const struct brood__attribute_plan *a, int32_t pid, int32_t *ret_subject)
{
	if (!a->gid_map_size)
		return 0;
	bool allow = a->flags & BROOD__DO_ALLOW_SETGROUPS;
	*ret_subject = BROOD__OF_SETGROUPS;
	long r = write_of_process(pid, "setgroups", allow ? "allow" : "deny", allow ? 5 : 4);
	if (r < 0 && r != -ENOENT)
		return r;
	*ret_subject = BROOD__OF_GID_MAP;
	return write_of_process(pid, "gid_map", a->gid_map, a->gid_map_size);
}

long brood__write_maps(
	const struct brood__attribute_plan *attributes, int32_t pid, int32_t *ret_subject)
{
	/* Once its own uids are mapped a process may not map gids any more without privileges. */
	long r = pid ? write_uids(attributes, pid, ret_subject)
		     : write_gids(attributes, pid, ret_subject);
	if (r < 0)
		return r;
	return pid ? write_gids(attributes, pid, ret_subject)
		   : write_uids(attributes, pid, ret_subject);
}

/* 3. Without it a change from root to another user loses them all. */
long brood__step_keep_capabilities(const struct brood__plan *plan)
{
	const struct brood__attribute_plan *a = plan->attributes;
	if (!(a->flags & BROOD__DO_CAPABILITIES) && !a->ambient)
		return 0;
	const int step = BROOD_STEP_CAPABILITIES;
	long r = RAW5(SYS_prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0);
	return r < 0 ? brood__step_failed(plan, step, BROOD__OF_CAPABILITIES, r) : 0;
}

/* 4. A parent that dies closes its end. */
long brood__step_await_maps(const struct brood__plan *plan)
{
	if (!brood__has_parents_maps(plan->attributes))
		return 0;
	struct brood__map_news news = { .error = 0 };
	RAW1(SYS_close, plan->map_end);
	long n;
	do
		n = RAW3(SYS_read, plan->map_fd, &news, sizeof news);
	while (n == -EINTR || n == -EAGAIN);
	RAW1(SYS_close, plan->map_fd);
	long r = n < 0 ? n : n != sizeof news ? -EPIPE : news.error;
	return r < 0 ? brood__step_failed(plan, BROOD_STEP_NAMESPACE, news.subject, r) : 0;
}

/* 9 */
long brood__step_unshare(const struct brood__plan *plan)
{
	const struct brood__attribute_plan *a = plan->attributes;
	if (!a->unshare_flags)
		return 0;
	long r = RAW1(SYS_unshare, a->unshare_flags);
	if (r < 0)
		return brood__step_failed(plan, BROOD_STEP_NAMESPACE, BROOD__OF_UNSHARE_FLAGS, r);
	plan->report->changed |= 1U << BROOD_STEP_NAMESPACE;
	int32_t subject = BROOD__OF_NOTHING;
	if (a->unshare_flags & BROOD__CLONE_NEWUSER)
		r = brood__write_maps(a, 0, &subject);
	if (r == 0 && a->unshare_flags & BROOD__CLONE_NEWNS) {
		subject = BROOD__OF_PRIVATE_ROOT;
		r = RAW5(SYS_mount, "none", "/", "", MS_REC | MS_PRIVATE, 0);
	}
	return r < 0 ? brood__step_failed(plan, BROOD_STEP_NAMESPACE, subject, r) : 0;
}

/* Before the new root, in which there need not be a /proc. */
static long set_oom_score(const struct brood__plan *plan)
{
	const struct brood__attribute_plan *a = plan->attributes;
	char text[16];
	if (!(a->flags & BROOD__DO_OOM_SCORE))
		return 0;
	size_t length = (size_t)(brood__put_number(text, a->oom_score_adj) - text);
	long r = write_of_process(0, "oom_score_adj", text, length);
	return brood__step_done(plan, BROOD_STEP_LIMITS, BROOD__OF_OOM_SCORE, r);
}

/* 10. The working directory would stay outside. */
long brood__step_root(const struct brood__plan *plan)
{
	const struct brood__attribute_plan *a = plan->attributes;
	long r = set_oom_score(plan);
	if (r < 0 || !(a->flags & BROOD__DO_CHROOT))
		return r;
	r = RAW1(SYS_chroot, a->root);
	r = brood__step_done(plan, BROOD_STEP_CHROOT, BROOD__OF_NOTHING, r);
	if (r == 0)
		r = brood__step_done(
			plan, BROOD_STEP_CHROOT, BROOD__OF_NOTHING, RAW1(SYS_chdir, "/"));
	return r;
}

/* 11, behind umask, limits and nice */
long brood__step_scheduler(const struct brood__plan *plan)
{
	const struct brood__attribute_plan *a = plan->attributes;
	const uint32_t all = BROOD__DO_SCHEDULER | BROOD__DO_AFFINITY | BROOD__DO_IO_PRIORITY;
	int subject = BROOD__OF_SCHEDULER;
	long r = 0;
	if (!(a->flags & all))
		return 0;
	if (a->flags & BROOD__DO_SCHEDULER)
		r = RAW3(SYS_sched_setscheduler, 0, a->scheduler, &a->scheduler_priority);
	if (r >= 0 && a->flags & BROOD__DO_AFFINITY) {
		subject = BROOD__OF_AFFINITY;
		r = RAW3(SYS_sched_setaffinity, 0, a->affinity_size, a->affinity);
	}
	if (r >= 0 && a->flags & BROOD__DO_IO_PRIORITY) {
		subject = BROOD__OF_IO_PRIORITY;
		r = RAW3(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, a->io_priority);
	}
	return brood__step_done(plan, BROOD_STEP_SCHEDULER, subject, r);
}

/* 12. The uid last, since it takes the right to change the others. */
long brood__step_ids(const struct brood__plan *plan)
{
	const struct brood__attribute_plan *a = plan->attributes;
	const int step = BROOD_STEP_CREDENTIALS;
	long r = 0;
	if (a->flags & BROOD__DO_GROUPS) {
		r = RAW2(SYS_setgroups, a->n_groups, a->groups);
		r = brood__step_done(plan, step, BROOD__OF_GROUPS, r);
	}
	if (r == 0 && a->flags & BROOD__DO_GID) {
		r = RAW3(SYS_setresgid, a->gid, a->gid, a->gid);
		r = brood__step_done(plan, step, BROOD__OF_GID, r);
	}
	if (r == 0 && a->flags & BROOD__DO_UID) {
		r = RAW3(SYS_setresuid, a->uid, a->uid, a->uid);
		r = brood__step_done(plan, step, BROOD__OF_UID, r);
	}
	return r;
}

/* The three sets of a process. */
struct sets {
	uint64_t effective, permitted, inheritable;
};

static long get_sets(struct sets *ret_sets)
{
	struct brood__cap_header header = { BROOD__CAP_VERSION, 0 };
	struct brood__cap_data data[2] = { { 0 } };
	long r = RAW2(SYS_capget, &header, data);
	if (r < 0)
		return r;
	ret_sets->effective = data[0].effective | (uint64_t)data[1].effective << 32;
	ret_sets->permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
	ret_sets->inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
	return 0;
}

static long set_sets(const struct sets *sets)
{
	struct brood__cap_header header = { BROOD__CAP_VERSION, 0 };
	const struct brood__cap_data data[2] = {
		{ (uint32_t)sets->effective, (uint32_t)sets->permitted,
			(uint32_t)sets->inheritable },
		{ (uint32_t)(sets->effective >> 32), (uint32_t)(sets->permitted >> 32),
			(uint32_t)(sets->inheritable >> 32) },
	};
	return RAW2(SYS_capset, &header, data);
}

static long capability_failed(const struct brood__plan *plan, int subject, int number, long error)
{
	plan->report->number = number;
	return brood__step_failed(plan, BROOD_STEP_CAPABILITIES, subject, error);
}

static int lowest_bit(uint64_t bits)
{
	int n = 0;
	while (n < MOST_CAPABILITIES - 1 && !(bits >> n & 1))
		n++;
	return n;
}

/* Those that are wanted must be there, in this kernel and with us. */
static long check_wanted(const struct brood__plan *plan, uint64_t wanted, uint64_t permitted)
{
	int n = 0;
	long r = 0;
	while (n < MOST_CAPABILITIES && (r = RAW5(SYS_prctl, PR_CAPBSET_READ, n, 0, 0, 0)) >= 0)
		n++;
	if (r < 0 && r != -EINVAL)
		return capability_failed(plan, BROOD__OF_CAPABILITIES, 0, r);
	uint64_t unknown = n < MOST_CAPABILITIES ? wanted & ~UINT64_C(0) << n : 0;
	if (unknown)
		return capability_failed(plan, BROOD__OF_CAPABILITY, lowest_bit(unknown), -EINVAL);
	if (wanted & ~permitted)
		return capability_failed(
			plan, BROOD__OF_CAPABILITY, lowest_bit(wanted & ~permitted), -EPERM);
	return 0;
}

/* Takes all but these out of the bounding set. */
static long bound(const struct brood__plan *plan, uint64_t wanted)
{
	for (int n = 0; n < MOST_CAPABILITIES; n++) {
		long has = RAW5(SYS_prctl, PR_CAPBSET_READ, n, 0, 0, 0);
		if (has < 0)
			return 0;
		if (has == 0 || wanted >> n & 1)
			continue;
		long r = RAW5(SYS_prctl, PR_CAPBSET_DROP, n, 0, 0, 0);
		if (r < 0)
			return capability_failed(plan, BROOD__OF_BOUNDING, n, r);
		plan->report->changed |= 1U << BROOD_STEP_CAPABILITIES;
	}
	return 0;
}

/* The bounding set needs CAP_SETPCAP, which a change of ids has made ineffective. */
static long set_exactly(const struct brood__plan *plan, struct sets *sets)
{
	uint64_t wanted = plan->attributes->capabilities;
	long r = 0;
	if (sets->effective != sets->permitted) {
		sets->effective = sets->permitted;
		r = set_sets(sets);
	}
	if (r < 0)
		return capability_failed(plan, BROOD__OF_CAPABILITIES, 0, r);
	r = bound(plan, wanted);
	if (r < 0)
		return r;
	*sets = (struct sets){ wanted, wanted, wanted };
	r = set_sets(sets);
	if (r == 0)
		r = RAW5(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return brood__step_done(plan, BROOD_STEP_CAPABILITIES, BROOD__OF_CAPABILITIES, r);
}

/* Adds those of the ambient set, which are effective for a function too. If a change of ids took
 * effect, keepcaps alone has kept the rest of the permitted ones, and they go. */
static long add_inheritable(const struct brood__plan *plan, struct sets *sets)
{
	uint64_t ambient = plan->attributes->ambient;
	if (sets->effective == 0)
		sets->permitted = ambient;
	sets->effective |= ambient;
	sets->inheritable |= ambient;
	return brood__step_done(
		plan, BROOD_STEP_CAPABILITIES, BROOD__OF_CAPABILITIES, set_sets(sets));
}

static long raise_ambient(const struct brood__plan *plan)
{
	for (int n = 0; n < MOST_CAPABILITIES; n++) {
		if (!(plan->attributes->ambient >> n & 1))
			continue;
		long r = RAW5(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, n, 0, 0);
		if (r < 0)
			return capability_failed(plan, BROOD__OF_AMBIENT, n, r);
	}
	return 0;
}

/* 13 */
long brood__step_capabilities(const struct brood__plan *plan)
{
	const struct brood__attribute_plan *a = plan->attributes;
	bool exactly = a->flags & BROOD__DO_CAPABILITIES;
	if (!exactly && !a->ambient)
		return 0;
	struct sets sets;
	long r = get_sets(&sets);
	if (r < 0)
		return capability_failed(plan, BROOD__OF_CAPABILITIES, 0, r);
	r = check_wanted(plan, exactly ? a->capabilities : a->ambient, sets.permitted);
	if (r == 0)
		r = exactly ? set_exactly(plan, &sets) : add_inheritable(plan, &sets);
	if (r == 0)
		r = raise_ambient(plan);
	/* execve would clear it; a function must not keep more than it was given either. */
	RAW5(SYS_prctl, PR_SET_KEEPCAPS, 0, 0, 0, 0);
	return r;
}

/* 17 */
long brood__step_drop_terminal(const struct brood__plan *plan)
{
	if (!(plan->attributes->flags & BROOD__DO_DROP_CTTY))
		return 0;
	long r = RAW3(SYS_ioctl, 0, TIOCNOTTY, 0);
	return brood__step_done(plan, BROOD_STEP_TERMINAL, BROOD__OF_DROP_CTTY, r);
}

/* 20, but for the filter */
long brood__step_restrict(const struct brood__plan *plan)
{
	const struct brood__attribute_plan *a = plan->attributes;
	long r = 0;
	if (a->flags & BROOD__DO_NO_NEW_PRIVS) {
		r = RAW5(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		r = brood__step_done(plan, BROOD_STEP_SANDBOX, BROOD__OF_NO_NEW_PRIVS, r);
	}
	if (r < 0 || !(a->flags & BROOD__DO_LANDLOCK))
		return r;
	r = RAW2(SYS_landlock_restrict_self, a->landlock_fd, a->landlock_flags);
	/* execve closes it; for brood_exec() it is to be there if that fails. */
	RAW3(SYS_fcntl, a->landlock_fd, F_SETFD, FD_CLOEXEC);
	return brood__step_done(plan, BROOD_STEP_SANDBOX, BROOD__OF_LANDLOCK, r);
}

/* 21 */
long brood__step_trace(const struct brood__plan *plan)
{
	if (!(plan->attributes->flags & BROOD__DO_TRACEME))
		return 0;
	long r = RAW4(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0);
	return brood__step_done(plan, BROOD_STEP_TRACE, BROOD__OF_NOTHING, r);
}

/* The last before execve, so that a filter need not let through anything else of ours. */
long brood__step_filter(const struct brood__plan *plan)
{
	const struct brood__attribute_plan *a = plan->attributes;
	if (!(a->flags & BROOD__DO_SECCOMP))
		return 0;
	const struct {
		unsigned short length;
		const struct brood__filter_line *lines;
	} program = { (unsigned short)a->n_filter, a->filter };
	long r = RAW3(SYS_seccomp, BROOD__SECCOMP_SET_MODE_FILTER, 0, &program);
	return brood__step_done(plan, BROOD_STEP_SANDBOX, BROOD__OF_SECCOMP, r);
}
