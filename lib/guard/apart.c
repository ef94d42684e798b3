/* SPDX-License-Identifier: MIT */
/*
 * A job that must not run in the guard's memory, or cannot: it gets a copy of it, which is small,
 * and reports through a page that both have, so that no filter can silence it. A pipe that execve
 * closes says when the report is complete.
 */

#include "guard/program.h"
#include "spawn/child.h"
#include "spawn/child_steps.h"
#include "sys/clone.h"
#include "sys/raw.h"
#include "sys/uapi.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>

long guard_make_page(struct brood__plan *plan)
{
	long page = RAW6(SYS_mmap, 0, sizeof *plan->report, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (page < 0 && page > -4096)
		return page;
	plan->report = (struct brood__report *)page;
	return 0;
}

/* The number at which the job's moves expect the report; something is always there. */
static long open_report(struct brood__plan *plan, int number, int *ret_reading)
{
	int ends[2] = { -1, -1 };
	long r = RAW2(SYS_pipe2, ends, O_CLOEXEC);
	if (r < 0)
		return r;
	*ret_reading = ends[0];
	r = RAW3(SYS_dup3, ends[1], number, O_CLOEXEC);
	RAW1(SYS_close, ends[1]);
	plan->report_fd = number;
	return r < 0 ? r : 0;
}

static uint64_t flags_of(const struct brood__plan *plan)
{
	return plan->attributes ? plan->attributes->clone_flags : 0;
}

/* An emulator without pidfds, or a kernel that gives them only afterwards. */
static long clone_without_pidfd(struct brood__plan *plan, int *ret_pidfd)
{
	unsigned long flags = (unsigned long)flags_of(plan);
	long pid = brood__clone(flags | SIGCHLD, NULL, NULL, brood__child_exec, plan);
	if (pid > 0)
		*ret_pidfd = (int)RAW2(SYS_pidfd_open, pid, 0);
	return pid;
}

static long clone_job(struct brood__plan *plan, int *ret_pidfd)
{
	uint64_t flags = flags_of(plan) | BROOD__CLONE_PIDFD;
	if (!(flags & BROOD__CLONE_NEWTIME)) {
		long pid = brood__clone(
			(unsigned long)flags | SIGCHLD, NULL, ret_pidfd, brood__child_exec, plan);
		return pid == -EINVAL ? clone_without_pidfd(plan, ret_pidfd) : pid;
	}
	struct brood__clone_args args = {
		.flags = flags,
		.pidfd = (uintptr_t)ret_pidfd,
		.exit_signal = SIGCHLD,
	};
	return brood__clone3(&args, brood__child_exec, plan);
}

/* As the launcher does it: what fails here the child reports. */
static void give_maps(const struct brood__plan *plan, long pid)
{
	struct brood__map_news news = { .subject = BROOD__OF_NOTHING };
	news.error = (int32_t)brood__write_maps(plan->attributes, (int32_t)pid, &news.subject);
	while (RAW3(SYS_write, plan->map_end, &news, sizeof news) == -EINTR)
		;
	RAW1(SYS_close, plan->map_end);
}

static void await_report(int reading)
{
	char bytes[64];
	long n;
	do
		n = RAW3(SYS_read, reading, bytes, sizeof bytes);
	while (n > 0 || n == -EINTR || n == -EAGAIN);
}

static long clone_with_maps(struct brood__plan *plan, int *ret_pidfd)
{
	int maps[2] = { -1, -1 };
	if (!brood__has_parents_maps(plan->attributes))
		return clone_job(plan, ret_pidfd);
	long r = RAW2(SYS_pipe2, maps, O_CLOEXEC);
	if (r < 0)
		return r;
	plan->map_fd = maps[0];
	plan->map_end = maps[1];
	r = clone_job(plan, ret_pidfd);
	RAW1(SYS_close, maps[0]);
	if (r < 0)
		RAW1(SYS_close, maps[1]);
	else
		give_maps(plan, r);
	return r;
}

long guard_start_apart(const struct guard *g, struct brood__plan *plan, int *ret_pidfd)
{
	int reading = -1;
	int number = g->plan->report_fd;
	long pid = open_report(plan, number, &reading);
	if (pid == 0)
		pid = clone_with_maps(plan, ret_pidfd);
	/* Closes our end of the pipe, and keeps the number. */
	if (RAW3(SYS_dup3, g->socket, number, O_CLOEXEC) < 0)
		RAW1(SYS_close, number);
	if (pid > 0)
		await_report(reading);
	if (reading >= 0)
		RAW1(SYS_close, reading);
	return pid;
}
