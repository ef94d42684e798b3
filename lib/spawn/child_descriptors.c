/* SPDX-License-Identifier: MIT */
/*
 * The child's descriptors: moves, the closing of the rest, /dev/null. As child.c it may run in the
 * parent's memory: raw system calls only.
 */

#include "spawn/child.h"
#include "spawn/child_steps.h"
#include "sys/uapi.h"
#include <brood/error.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <time.h>

/* Digits to a number; -1 for "." and "..". */
BROOD__ALWAYS int parse_fd(const char *name)
{
	int fd = 0;
	for (; *name >= '0' && *name <= '9'; name++)
		fd = fd * 10 + (*name - '0');
	return *name ? -1 : fd;
}

BROOD__ALWAYS bool is_private(int fd)
{
	long flags = RAW2(SYS_fcntl, fd, F_GETFD);
	return flags >= 0 && flags & FD_CLOEXEC;
}

/* How far numbers are tried where nothing tells which of them are open. */
#define MOST_NUMBERS (1 << 20)

/* How many are asked for at once. */
#define ASKED 256

/*
 * Without /proc, as in a new root. ppoll says which numbers are open, as many at once as the soft
 * limit allows. The hard one is the end: what was opened before the soft one was lowered may be
 * above that.
 */
static void close_by_number(int first, int last, bool only_private, int keep_fd)
{
	const struct timespec now = { 0, 0 };
	struct brood__rlimit64 limit = { ASKED, MOST_NUMBERS };
	struct pollfd asked[ASKED];
	RAW4(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, &limit);
	int end = limit.hard < MOST_NUMBERS ? (int)limit.hard : MOST_NUMBERS;
	int most = limit.soft > 0 && limit.soft < ASKED ? (int)limit.soft : ASKED;
	end = last < end ? last + 1 : end;
	for (int n, fd = first; fd < end; fd += n) {
		n = end - fd < most ? end - fd : most;
		for (int i = 0; i < n; i++)
			asked[i] = (struct pollfd){ .fd = fd + i };
		long r = RAW5(SYS_ppoll, asked, n, &now, 0, sizeof(uint64_t));
		for (int i = 0; i < n; i++) {
			bool is_open = r < 0 || !(asked[i].revents & POLLNVAL);
			if (is_open && fd + i != keep_fd && (!only_private || is_private(fd + i)))
				RAW1(SYS_close, fd + i);
		}
	}
}

/*
 * Before Linux 5.9: closes what /proc says is open.
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
	if (dir < 0) {
		close_by_number(first, last, only_private, keep_fd);
		return 0;
	}
	char buffer[1024] __attribute__((aligned(8)));
	bool closed = true;
	long n = 0;
	while (closed && n == 0) {
		closed = false;
		RAW3(SYS_lseek, dir, 0, 0);
		while ((n = RAW3(SYS_getdents64, dir, buffer, sizeof buffer)) > 0) {
			for (long at = 0; at < n;) {
				struct brood__dirent *entry = (struct brood__dirent *)(buffer + at);
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
	struct brood__statx status = { 0 };
	long r = RAW5(SYS_statx, AT_FDCWD, "/proc/self/fd", 0, BROOD__STATX_SIZE, &status);
	uint64_t left = r == 0 && status.mask & BROOD__STATX_SIZE ? status.size : 0;
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

BROOD__ALWAYS long close_some(int first, int last)
{
	unsigned int end = last == INT32_MAX ? ~0U : (unsigned int)last;
	return RAW3(SYS_close_range, first, end, 0) < 0 ? close_by_walk(first, last, false, -1) : 0;
}

static long descriptor_failed(const struct brood__plan *plan, int step, long error, int fd)
{
	plan->report->fd = fd;
	return brood__step_failed(plan, step, BROOD__OF_NOTHING, error);
}

static long move(const struct brood__fd_op *op, int *report_fd)
{
	bool is_private = op->kind == BROOD__FD_DUP_CLOEXEC;
	long r;
	do
		r = RAW3(SYS_dup3, op->a, op->b, is_private ? O_CLOEXEC : 0);
	while (r == -EINTR);
	if (r >= 0 && is_private && op->a == *report_fd)
		*report_fd = op->b;
	return r;
}

static long set_descriptors(const struct brood__plan *plan, int *report_fd)
{
	for (size_t i = 0; i < plan->fds.n_ops; i++) {
		const struct brood__fd_op *op = &plan->fds.ops[i];
		long r = 0;
		int subject = op->b;
		switch (op->kind) {
		case BROOD__FD_DUP:
		case BROOD__FD_DUP_CLOEXEC:
			r = move(op, report_fd);
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
		case BROOD__FD_MARK_RANGE: /* since Linux 5.11 */
			RAW3(SYS_close_range, op->a, op->b == INT32_MAX ? ~0U : (unsigned)op->b,
				BROOD__CLOSE_RANGE_CLOEXEC);
			break;
		default:
			r = -EINVAL;
			break;
		}
		if (r < 0)
			return descriptor_failed(plan, BROOD_STEP_DESCRIPTORS, r, subject);
		plan->report->changed |= 1U << BROOD_STEP_DESCRIPTORS;
	}
	return 0;
}

/*
 * /dev/null is opened here and not by the parent, where it would get a number above all others and
 * so make the trimmed copy of a large table a large one.
 */
static long open_null(const struct brood__plan *plan)
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
			return descriptor_failed(plan, BROOD_STEP_OPEN, r, fd);
	}
	return 0;
}

long brood__step_descriptors(const struct brood__plan *plan, int *report_fd)
{
	long r = set_descriptors(plan, report_fd);
	if (r == 0 && plan->null_targets)
		r = open_null(plan);
	if (r < 0 || !plan->closes_private)
		return r;
	r = close_private(*report_fd);
	return r < 0 ? descriptor_failed(plan, BROOD_STEP_DESCRIPTORS, r, -1) : 0;
}

void brood__child_close(int first, int last)
{
	close_some(first, last);
}
