/* SPDX-License-Identifier: MIT */
/*
 * What runs between clone and exec. It may run in the parent's memory, and for its first system
 * call with the parent's descriptor table: raw system calls only, nothing of the libc, no errno, no
 * allocation, no way back. The numbers are those of the order in ARCHITECTURE.md.
 */

#include "spawn/child.h"

#include "spawn/child_steps.h"
#include "sys/raw.h"
#include "sys/uapi.h"
#include <brood/error.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>

#define ALWAYS BROOD__ALWAYS

/*
 * A word that is lost would be taken for an early death. A filter of the child's may answer
 * anything, so it is not tried for ever.
 */
ALWAYS long tell_parent(int report_fd, const void *bytes, size_t length)
{
	long r;
	int tries = 1000;
	do
		r = RAW3(SYS_write, report_fd, bytes, length);
	while ((r == -EINTR || r == -EAGAIN) && --tries > 0);
	return r;
}

/* The report is filled. A filter may refuse exit_group too. */
static _Noreturn void give_up(const struct brood__plan *plan, int report_fd)
{
	if (report_fd >= 0)
		tell_parent(report_fd, plan->report, sizeof *plan->report);
	for (;;) {
		RAW1(SYS_exit_group, 127);
		__builtin_trap();
	}
}

static long set_dispositions(const struct brood__plan *plan)
{
	if (!plan->reset_caught && !plan->reset && !plan->ignore)
		return 0;
	for (int n = 1; n <= 64; n++) {
		uint64_t bit = UINT64_C(1) << (n - 1);
		if (n == SIGKILL || n == SIGSTOP)
			continue;
		bool change = (plan->reset | plan->ignore) & bit;
		if (!change && plan->reset_caught) {
			struct brood__sigaction now = { 0 };
			change = RAW4(SYS_rt_sigaction, n, 0, &now, sizeof now.mask) == 0 &&
				 now.handler > 1;
		}
		if (!change)
			continue;
		struct brood__sigaction action = { .handler = plan->ignore & bit ? 1 : 0 };
		long r = RAW4(SYS_rt_sigaction, n, &action, 0, sizeof action.mask);
		r = brood__step_done(plan, BROOD_STEP_SIGNALS, BROOD__OF_NOTHING, r);
		if (r < 0)
			return r;
	}
	return 0;
}

static long set_groups(const struct brood__plan *plan)
{
	if (plan->new_session) {
		long r = RAW0(SYS_setsid);
		return brood__step_done(plan, BROOD_STEP_SESSION, BROOD__OF_NOTHING, r);
	}
	if (plan->new_group || plan->join_group) {
		long r = RAW2(SYS_setpgid, 0, plan->join_group);
		return brood__step_done(plan, BROOD_STEP_GROUP, BROOD__OF_NOTHING, r);
	}
	return 0;
}

/* Returns 0; -ENOTTY or -EBADF: that is not our terminal; other -errno. */
ALWAYS long take_foreground(long terminal)
{
	pid_t group = (pid_t)RAW1(SYS_getpgid, 0);
	return RAW3(SYS_ioctl, terminal, TIOCSPGRP, &group);
}

/*
 * Without a signal, since all are blocked. Where /dev/tty is missing the descriptors are still the
 * parent's, and one of them may lead to our terminal.
 */
static long go_to_foreground(const struct brood__plan *plan)
{
	long opened;
	do
		opened = RAW4(SYS_openat, AT_FDCWD, "/dev/tty", O_RDWR | O_CLOEXEC, 0);
	while (opened == -EINTR);
	long r = opened;
	if (opened >= 0) {
		r = take_foreground(opened);
		RAW1(SYS_close, opened);
	}
	for (int fd = 0; opened < 0 && r < 0 && fd < 3; fd++) {
		long other = take_foreground(fd);
		if (other != -ENOTTY && other != -EBADF)
			r = other;
	}
	return brood__step_done(plan, BROOD_STEP_TERMINAL, BROOD__OF_NOTHING, r);
}

static long join_cgroup(const struct brood__plan *plan)
{
	long r;
	do
		r = RAW3(SYS_write, plan->cgroup_procs, "0", 1);
	while (r == -EINTR || r == -EAGAIN);
	return brood__step_done(plan, BROOD_STEP_CGROUP, BROOD__OF_NOTHING, r);
}

/* The resource RLIMIT_NOFILE, or all the others. */
static long set_limits(const struct brood__plan *plan, bool of_descriptors)
{
	for (size_t i = 0; i < plan->n_limits; i++) {
		const struct brood_rlimit *given = &plan->limits[i];
		if ((given->resource == RLIMIT_NOFILE) != of_descriptors)
			continue;
		struct brood__rlimit64 limit = { given->soft, given->hard };
		long r = RAW4(SYS_prlimit64, 0, given->resource, &limit, 0);
		plan->report->number = given->resource;
		r = brood__step_done(plan, BROOD_STEP_LIMITS, BROOD__OF_RLIMIT, r);
		if (r < 0)
			return r;
	}
	return 0;
}

static long set_nice(const struct brood__plan *plan)
{
	if (!plan->has_nice)
		return 0;
	long r = RAW3(SYS_setpriority, PRIO_PROCESS, 0, plan->nice);
	return brood__step_done(plan, BROOD_STEP_SCHEDULER, BROOD__OF_NICE, r);
}

/* Nobody sees a parent that is outside of his own PID namespace. */
ALWAYS bool has_lost_parent(const struct brood__plan *plan)
{
	long parent = RAW0(SYS_getppid);
	bool is_apart = plan->attributes && plan->attributes->clone_flags & BROOD__CLONE_NEWPID &&
			parent == 0;
	return parent != plan->parent && !is_apart;
}

/* A parent that has died before we asked does not bring the signal any more. */
static long die_with_parent(const struct brood__plan *plan)
{
	int own = plan->attributes ? plan->attributes->death_signal : 0;
	int signal = own ? own : plan->death_signal;
	if (!signal)
		return 0;
	long r = RAW5(SYS_prctl, PR_SET_PDEATHSIG, signal, 0, 0, 0);
	if (r >= 0 && has_lost_parent(plan)) {
		if (plan->death_signal)
			r = -EOWNERDEAD;
		else
			RAW2(SYS_kill, RAW0(SYS_getpid), signal);
	}
	return brood__step_done(plan, BROOD_STEP_SESSION, BROOD__OF_DEATH_SIGNAL, r);
}

static long set_terminal(const struct brood__plan *plan)
{
	if (!plan->has_ctty)
		return 0;
	bool steals = plan->attributes && plan->attributes->flags & BROOD__DO_STEAL_CTTY;
	long r = RAW3(SYS_ioctl, plan->controlling_fd, TIOCSCTTY, steals);
	plan->report->fd = r < 0 ? plan->controlling_fd : -1;
	return brood__step_done(plan, BROOD_STEP_TERMINAL, BROOD__OF_SET_CTTY, r);
}

/* 2 to 8 */
static long prepare_groups(const struct brood__plan *plan)
{
	long r = set_dispositions(plan); /* 2 */
	if (r == 0 && plan->attributes)  /* 3 */
		r = brood__step_keep_capabilities(plan);
	if (r == 0 && plan->attributes) /* 4 */
		r = brood__step_await_maps(plan);
	if (r == 0) /* 5, 6 */
		r = set_groups(plan);
	if (r == 0 && plan->foreground) /* 7 */
		r = go_to_foreground(plan);
	if (r == 0 && plan->has_cgroup) /* 8 */
		r = join_cgroup(plan);
	return r;
}

/* 11 */
static long prepare_limits(const struct brood__plan *plan)
{
	if (plan->has_umask) {
		RAW1(SYS_umask, plan->umask);
		plan->report->changed |= 1;
	}
	long r = set_limits(plan, false);
	if (r == 0)
		r = set_nice(plan);
	if (r == 0 && plan->attributes)
		r = brood__step_scheduler(plan);
	return r;
}

/* 9 to 15 */
static long prepare_place(const struct brood__plan *plan)
{
	long r = 0;
	if (plan->attributes) /* 9 */
		r = brood__step_unshare(plan);
	if (r == 0 && plan->attributes) /* 10 */
		r = brood__step_root(plan);
	if (r == 0) /* 11 */
		r = prepare_limits(plan);
	if (r == 0 && plan->attributes) /* 12 */
		r = brood__step_ids(plan);
	if (r == 0 && plan->attributes) /* 13 */
		r = brood__step_capabilities(plan);
	if (r == 0 && plan->dir) { /* 14 */
		r = RAW1(SYS_chdir, plan->dir);
		r = brood__step_done(plan, BROOD_STEP_CHDIR, BROOD__OF_NOTHING, r);
	}
	if (r == 0) /* 15 */
		r = die_with_parent(plan);
	return r;
}

/* 16 to 21 */
static long prepare_rest(const struct brood__plan *plan, int *report_fd)
{
	long r = brood__step_descriptors(plan, report_fd); /* 16 */
	if (r == 0 && plan->attributes)                    /* 17 */
		r = brood__step_drop_terminal(plan);
	if (r == 0) /* 18 */
		r = set_terminal(plan);
	if (r == 0) /* 19 */
		r = set_limits(plan, true);
	if (r == 0 && plan->attributes) /* 20 */
		r = brood__step_restrict(plan);
	if (r == 0 && plan->attributes) /* 21 */
		r = brood__step_trace(plan);
	return r;
}

ALWAYS long prepare(const struct brood__plan *plan, int *report_fd)
{
	long r = prepare_groups(plan);
	if (r == 0)
		r = prepare_place(plan);
	return r == 0 ? prepare_rest(plan, report_fd) : r;
}

/* 1: from here on the table is ours, and free of other threads' descriptors. */
ALWAYS void begin(const struct brood__plan *plan)
{
	plan->report->state = BROOD__CHILD_RUNS;
	if (!plan->shares_files)
		return;
	long r = RAW3(SYS_close_range, plan->fds.trim_first, ~0U, BROOD__CLOSE_RANGE_UNSHARE);
	if (r >= 0)
		return;
	brood__step_failed(plan, BROOD_STEP_CLONE, BROOD__OF_NOTHING, r);
	give_up(plan, -1); /* the parent tries again without sharing */
}

ALWAYS void announce(const struct brood__plan *plan, int report_fd)
{
	plan->report->state = BROOD__CHILD_EXECUTES;
	if (report_fd >= 0) {
		char begun = BROOD__CHILD_BEGUN;
		const uint64_t pipe = UINT64_C(1) << (SIGPIPE - 1);
		const struct timespec now = { 0, 0 };
		/* A parent that has gone is told by its own signal, or by none. */
		if (tell_parent(report_fd, &begun, sizeof begun) == -EPIPE)
			RAW4(SYS_rt_sigtimedwait, &pipe, 0, &now, sizeof pipe);
	}
}

/* 22 */
ALWAYS long restore_mask(const struct brood__plan *plan)
{
	long r = RAW4(SYS_rt_sigprocmask, SIG_SETMASK, &plan->mask, 0, sizeof plan->mask);
	return brood__step_done(plan, BROOD_STEP_SIGNALS, BROOD__OF_NOTHING, r);
}

/* 22, 23. Returns only on failure. */
static long become(const struct brood__plan *plan)
{
	long r = restore_mask(plan);
	if (r == 0 && plan->attributes)
		r = brood__step_filter(plan);
	if (r < 0)
		return r;
	r = plan->by_fd
		    ? RAW5(SYS_execveat, plan->exec_fd, "", plan->argv, plan->envp, AT_EMPTY_PATH)
		    : RAW3(SYS_execve, plan->path, plan->argv, plan->envp);
	if (r == -ENOEXEC && plan->shell_argv)
		r = RAW3(SYS_execve, "/bin/sh", plan->shell_argv, plan->envp);
	return brood__step_failed(plan, BROOD_STEP_EXEC, BROOD__OF_NOTHING, r);
}

void brood__child_exec(void *arg)
{
	const struct brood__plan *plan = arg;
	int report_fd = plan->report_fd;
	begin(plan);
	if (prepare(plan, &report_fd) == 0) {
		/* A signal that came meanwhile ends the program, as it would have a moment later.
		 */
		announce(plan, report_fd);
		become(plan);
	}
	give_up(plan, report_fd);
}

void brood__child_prepare(const struct brood__plan *plan)
{
	int report_fd = plan->report_fd;
	begin(plan);
	long r = prepare(plan, &report_fd);
	if (plan->attributes && plan->attributes->flags & BROOD__DO_LANDLOCK)
		RAW1(SYS_close, plan->attributes->landlock_fd); /* no execve will */
	if (r == 0)
		r = restore_mask(plan);
	if (r == 0 && plan->attributes)
		r = brood__step_filter(plan);
	if (r < 0)
		give_up(plan, report_fd);
	announce(plan, report_fd);
	if (report_fd >= 0)
		RAW1(SYS_close, report_fd);
}

long brood__child_become(const struct brood__plan *plan)
{
	int report_fd = -1;
	plan->report->state = BROOD__CHILD_RUNS;
	plan->report->fd = -1;
	long r = prepare(plan, &report_fd);
	return r < 0 ? r : become(plan);
}
