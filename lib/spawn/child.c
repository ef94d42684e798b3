/* SPDX-License-Identifier: MIT */
/*
 * What runs between clone and exec. It may run in the parent's memory, and for its first system
 * call with the parent's descriptor table: raw system calls only, nothing of the libc, no errno, no
 * allocation, no way back. The numbers are those of the order in ARCHITECTURE.md.
 */

#include "spawn/child.h"

#include "sys/raw.h"
#include "sys/uapi.h"
#include <brood/error.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define ALWAYS static inline __attribute__((always_inline))

/* struct sigaction of the kernel, the same on x86-64 and aarch64. */
struct kernel_sigaction {
	unsigned long handler;
	unsigned long flags;
	unsigned long restorer;
	uint64_t mask;
};

/* struct rlimit64 of the kernel; UINT64_MAX is unlimited there too. */
struct kernel_rlimit {
	uint64_t soft;
	uint64_t hard;
};

/* A word that is lost would be taken for an early death. */
ALWAYS void tell_parent(int report_fd, const void *bytes, size_t length)
{
	long r;
	do
		r = RAW3(SYS_write, report_fd, bytes, length);
	while (r == -EINTR || r == -EAGAIN);
}

static _Noreturn void fail(
	const struct brood__plan *plan, int report_fd, int step, long error, int fd)
{
	struct brood__report *report = plan->report;
	report->os_errno = (int32_t)-error;
	report->step = step;
	report->fd = fd;
	report->state = BROOD__CHILD_FAILED;
	if (report_fd >= 0)
		tell_parent(report_fd, report, sizeof *report);
	for (;;)
		RAW1(SYS_exit_group, 127);
}

ALWAYS void set_dispositions(const struct brood__plan *plan)
{
	if (!plan->reset_caught && !plan->reset && !plan->ignore)
		return;
	for (int n = 1; n <= 64; n++) {
		uint64_t bit = UINT64_C(1) << (n - 1);
		if (n == SIGKILL || n == SIGSTOP)
			continue;
		bool change = (plan->reset | plan->ignore) & bit;
		if (!change && plan->reset_caught) {
			struct kernel_sigaction now = { 0 };
			change = RAW4(SYS_rt_sigaction, n, 0, &now, sizeof now.mask) == 0 &&
				 now.handler > 1;
		}
		if (!change)
			continue;
		struct kernel_sigaction action = { .handler = plan->ignore & bit ? 1 : 0 };
		long r = RAW4(SYS_rt_sigaction, n, &action, 0, sizeof action.mask);
		if (r < 0)
			fail(plan, plan->report_fd, BROOD_STEP_SIGNALS, r, -1);
	}
}

ALWAYS void set_groups(const struct brood__plan *plan)
{
	if (plan->new_session) {
		long r = RAW0(SYS_setsid);
		if (r < 0)
			fail(plan, plan->report_fd, BROOD_STEP_SESSION, r, -1);
	} else if (plan->new_group || plan->join_group) {
		long r = RAW2(SYS_setpgid, 0, plan->join_group);
		if (r < 0)
			fail(plan, plan->report_fd, BROOD_STEP_GROUP, r, -1);
	}
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
ALWAYS void go_to_foreground(const struct brood__plan *plan)
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
	if (r < 0)
		fail(plan, plan->report_fd, BROOD_STEP_TERMINAL, r, -1);
}

/* The resource RLIMIT_NOFILE, or all the others. */
ALWAYS void set_limits(const struct brood__plan *plan, int report_fd, bool of_descriptors)
{
	for (size_t i = 0; i < plan->n_limits; i++) {
		const struct brood_rlimit *given = &plan->limits[i];
		if ((given->resource == RLIMIT_NOFILE) != of_descriptors)
			continue;
		struct kernel_rlimit limit = { given->soft, given->hard };
		long r = RAW4(SYS_prlimit64, 0, given->resource, &limit, 0);
		if (r < 0) {
			plan->report->resource = given->resource;
			fail(plan, report_fd, BROOD_STEP_LIMITS, r, -1);
		}
	}
}

ALWAYS void set_nice(const struct brood__plan *plan)
{
	if (!plan->has_nice)
		return;
	long r = RAW3(SYS_setpriority, PRIO_PROCESS, 0, plan->nice);
	if (r < 0)
		fail(plan, plan->report_fd, BROOD_STEP_SCHEDULER, r, -1);
}

/* A parent that has died before we asked does not bring the signal any more. */
ALWAYS void die_with_parent(const struct brood__plan *plan)
{
	long r = RAW5(SYS_prctl, PR_SET_PDEATHSIG, plan->death_signal, 0, 0, 0);
	if (r >= 0 && RAW0(SYS_getppid) != plan->parent)
		r = -EOWNERDEAD;
	if (r < 0)
		fail(plan, plan->report_fd, BROOD_STEP_SESSION, r, -1);
}

struct kernel_dirent {
	uint64_t inode;
	int64_t next;
	unsigned short length;
	unsigned char type;
	char name[];
};

/* Digits to a number; -1 for "." and "..". */
ALWAYS int parse_fd(const char *name)
{
	int fd = 0;
	for (; *name >= '0' && *name <= '9'; name++)
		fd = fd * 10 + (*name - '0');
	return *name ? -1 : fd;
}

ALWAYS bool is_private(int fd)
{
	long flags = RAW2(SYS_fcntl, fd, F_GETFD);
	return flags >= 0 && flags & FD_CLOEXEC;
}

/*
 * Before Linux 5.9: closes what /proc says is open. Without /proc what the parent's process left
 * open without close-on-exec stays open, as it does in any other program.
 * only_private: closes what is close-on-exec, but for keep_fd, for a child that calls no exec.
 */
static long close_by_walk(int first, int last, bool only_private, int keep_fd)
{
	long dir;
	bool table_was_full = false;
	for (;;) {
		dir = RAW4(SYS_openat, AT_FDCWD, "/proc/self/fd",
			O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
		/* In a full table the first one is open, and to be closed anyway. */
		if (dir == -EMFILE && !table_was_full && !only_private) {
			table_was_full = true;
			RAW1(SYS_close, first);
		} else if (dir != -EINTR) {
			break;
		}
	}
	if (dir < 0)
		return dir == -ENOENT ? 0 : dir;
	char buffer[1024] __attribute__((aligned(8)));
	bool closed = true;
	long n = 0;
	while (closed && n == 0) {
		closed = false;
		RAW3(SYS_lseek, dir, 0, 0);
		while ((n = RAW3(SYS_getdents64, dir, buffer, sizeof buffer)) > 0) {
			for (long at = 0; at < n;) {
				struct kernel_dirent *entry = (struct kernel_dirent *)(buffer + at);
				/* NOLINTNEXTLINE(clang-analyzer-core.*): the kernel wrote it */
				at += entry->length;
				int fd = parse_fd(entry->name);
				if (fd < first || fd > last || fd == dir || fd == keep_fd ||
					(only_private && !is_private(fd)))
					continue;
				closed |= RAW1(SYS_close, fd) == 0;
			}
		}
	}
	RAW1(SYS_close, dir);
	return n;
}

/* How far numbers are tried one by one. */
#define MOST_TRIED 4096

/*
 * For a child that calls no exec: closes what is close-on-exec, but for keep_fd. Since Linux 6.2
 * the size of that directory says how many descriptors are open, and to try their numbers until so
 * many were met is a tenth of the cost of reading it. Older kernels say 0.
 */
static long close_private(int keep_fd)
{
	struct statx status = { 0 };
	long r = RAW5(SYS_statx, AT_FDCWD, "/proc/self/fd", 0, STATX_SIZE, &status);
	uint64_t left = r == 0 && status.stx_mask & STATX_SIZE ? status.stx_size : 0;
	if (left == 0)
		return close_by_walk(3, INT32_MAX, true, keep_fd);
	int fd = 0;
	for (; left > 0 && fd < MOST_TRIED; fd++) {
		long flags = RAW2(SYS_fcntl, fd, F_GETFD);
		/* Whoever forbids the question does not get it asked thousands of times. */
		if (flags < 0 && flags != -EBADF)
			break;
		left -= flags >= 0;
		if (flags >= 0 && flags & FD_CLOEXEC && fd > 2 && fd != keep_fd)
			RAW1(SYS_close, fd);
	}
	return left > 0 ? close_by_walk(fd, INT32_MAX, true, keep_fd) : 0;
}

ALWAYS long close_some(int first, int last)
{
	unsigned int end = last == INT32_MAX ? ~0U : (unsigned int)last;
	return RAW3(SYS_close_range, first, end, 0) < 0 ? close_by_walk(first, last, false, -1) : 0;
}

/* Returns the number that the report descriptor has afterwards. */
ALWAYS int set_descriptors(const struct brood__plan *plan)
{
	int report_fd = plan->report_fd;
	for (size_t i = 0; i < plan->fds.n_ops; i++) {
		const struct brood__fd_op *op = &plan->fds.ops[i];
		long r = 0;
		int subject = op->b;
		switch (op->kind) {
		case BROOD__FD_DUP:
		case BROOD__FD_DUP_CLOEXEC:
			do
				r = RAW3(SYS_dup3, op->a, op->b,
					op->kind == BROOD__FD_DUP ? 0 : O_CLOEXEC);
			while (r == -EINTR);
			if (r >= 0 && op->kind == BROOD__FD_DUP_CLOEXEC && op->a == report_fd)
				report_fd = op->b;
			break;
		case BROOD__FD_SHARE:
			subject = op->a;
			r = RAW3(SYS_fcntl, op->a, F_SETFD, 0);
			if (r == -EBADF && op->b)
				r = 0;
			break;
		case BROOD__FD_CLOSE:
			RAW1(SYS_close, op->a);
			break;
		case BROOD__FD_CLOSE_RANGE:
			subject = -1;
			r = close_some(op->a, op->b);
			break;
		default:
			r = -EINVAL;
			break;
		}
		if (r < 0)
			fail(plan, report_fd, BROOD_STEP_DESCRIPTORS, r, subject);
	}
	return report_fd;
}

/*
 * /dev/null is opened here and not by the parent, where it would get a number above all others and
 * so make the trimmed copy of a large table a large one.
 */
ALWAYS void open_null(const struct brood__plan *plan, int report_fd)
{
	for (int fd = 0; fd < 3; fd++) {
		if (!(plan->null_targets & 1U << fd))
			continue;
		long opened;
		do
			opened = RAW4(SYS_openat, AT_FDCWD, "/dev/null",
				fd == 0 ? O_RDONLY : O_WRONLY, 0);
		while (opened == -EINTR);
		long r = opened;
		if (opened >= 0 && opened != fd) {
			r = RAW3(SYS_dup3, opened, fd, 0);
			RAW1(SYS_close, opened);
		}
		if (r < 0)
			fail(plan, report_fd, BROOD_STEP_OPEN, r, fd);
	}
}

ALWAYS int prepare(const struct brood__plan *plan)
{
	plan->report->state = BROOD__CHILD_RUNS;
	/* 1: from the next line on the table is ours, and free of other threads' descriptors */
	if (plan->shares_files) {
		long r = RAW3(
			SYS_close_range, plan->fds.trim_first, ~0U, BROOD__CLOSE_RANGE_UNSHARE);
		if (r < 0) /* the parent tries again without sharing */
			fail(plan, -1, BROOD_STEP_CLONE, r, -1);
	}
	set_dispositions(plan); /* 2 */
	set_groups(plan);       /* 5, 6 */
	if (plan->foreground)   /* 7 */
		go_to_foreground(plan);
	if (plan->has_cgroup) { /* 8 */
		long r = RAW3(SYS_write, plan->cgroup_procs, "0", 1);
		if (r < 0)
			fail(plan, plan->report_fd, BROOD_STEP_CGROUP, r, -1);
	}
	if (plan->has_umask) /* 11 */
		RAW1(SYS_umask, plan->umask);
	set_limits(plan, plan->report_fd, false);
	set_nice(plan);
	if (plan->dir) { /* 14 */
		long r = RAW1(SYS_chdir, plan->dir);
		if (r < 0)
			fail(plan, plan->report_fd, BROOD_STEP_CHDIR, r, -1);
	}
	if (plan->death_signal) /* 15 */
		die_with_parent(plan);
	int report_fd = set_descriptors(plan); /* 16 */
	if (plan->null_targets)
		open_null(plan, report_fd);
	if (plan->closes_private) {
		long r = close_private(report_fd);
		if (r < 0)
			fail(plan, report_fd, BROOD_STEP_DESCRIPTORS, r, -1);
	}
	if (plan->has_ctty) { /* 18 */
		long r = RAW3(SYS_ioctl, plan->controlling_fd, TIOCSCTTY, 0);
		if (r < 0)
			fail(plan, report_fd, BROOD_STEP_TERMINAL, r, plan->controlling_fd);
	}
	set_limits(plan, report_fd, true); /* 19 */
	return report_fd;
}

ALWAYS void announce(const struct brood__plan *plan, int report_fd)
{
	plan->report->state = BROOD__CHILD_EXECUTES;
	if (report_fd >= 0) {
		char begun = BROOD__CHILD_BEGUN;
		tell_parent(report_fd, &begun, sizeof begun);
	}
}

/* 22 */
ALWAYS void restore_mask(const struct brood__plan *plan, int report_fd)
{
	long r = RAW4(SYS_rt_sigprocmask, SIG_SETMASK, &plan->mask, 0, sizeof plan->mask);
	if (r < 0)
		fail(plan, report_fd, BROOD_STEP_SIGNALS, r, -1);
}

void brood__child_exec(void *arg)
{
	const struct brood__plan *plan = arg;
	int report_fd = prepare(plan);
	/* A signal that came meanwhile ends the program, as it would have a moment later. */
	announce(plan, report_fd);
	restore_mask(plan, report_fd);
	long r = plan->by_fd ? RAW5(SYS_execveat, plan->exec_fd, "", plan->argv, plan->envp,
				       AT_EMPTY_PATH)
			     : RAW3(SYS_execve, plan->path, plan->argv, plan->envp); /* 23 */
	if (r == -ENOEXEC && plan->shell_argv)
		r = RAW3(SYS_execve, "/bin/sh", plan->shell_argv, plan->envp);
	fail(plan, report_fd, BROOD_STEP_EXEC, r, -1);
}

void brood__child_prepare(const struct brood__plan *plan)
{
	int report_fd = prepare(plan);
	restore_mask(plan, report_fd);
	announce(plan, report_fd);
	if (report_fd >= 0)
		RAW1(SYS_close, report_fd);
}

void brood__child_close(int first, int last)
{
	close_some(first, last);
}
