/* SPDX-License-Identifier: MIT */
/* One attempt at a child: its report, its moves, its maps. */

#include "spawn/attempt.h"

#include "spawn/child_steps.h"
#include "sys/fd.h"
#include "sys/pidfd.h"
#include "sys/raw.h"
#include "sys/uapi.h"
#include <brood/error.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

int brood__attempt_refuse(struct brood__report *report, int step, int code)
{
	report->step = step;
	report->fd = -1;
	report->subject = BROOD__OF_NOTHING;
	report->os_errno = -code;
	return code;
}

void brood__attempt_done(struct brood__attempt *attempt)
{
	if (attempt->page)
		RAW2(SYS_munmap, attempt->page, sizeof *attempt->page);
	brood__fd_close(&attempt->procs);
	brood__fd_close(&attempt->map_fd);
	brood__fd_close(&attempt->map_end);
	brood__fd_close(&attempt->spare[0]);
	brood__fd_close(&attempt->spare[1]);
	brood__fd_close(&attempt->read_end);
	brood__fd_close(&attempt->write_end);
}

int brood__launch_reserve(const struct brood__start *start, int report_fd)
{
	int fd = brood__fd_event();
	while (fd >= 0 && !brood__fdmap_is_free(start->wants, start->n_wants, report_fd, fd)) {
		long next = RAW3(SYS_fcntl, fd, F_DUPFD_CLOEXEC, fd + 1);
		brood__fd_close(&fd);
		/* From the limit on numbers are invalid: that is to say, there are none left. */
		fd = next == -EINVAL ? -EMFILE : (int)next;
	}
	return fd;
}

static int plan_descriptors(struct brood__attempt *attempt)
{
	struct brood__start *start = attempt->start;
	struct brood__fd_plan *fds = &start->plan.fds;
	*fds = (struct brood__fd_plan){ .ops = start->ops };
	int r = brood__fdmap_plan(
		start->wants, start->n_wants, attempt->write_end, start->keep_fds, fds);
	if (r < 0 || !start->keep_fds || fds->n_spare == 0)
		return r;
	for (int i = 0; i < fds->n_spare; i++) {
		attempt->spare[i] = brood__launch_reserve(start, attempt->write_end);
		if (attempt->spare[i] < 0)
			return attempt->spare[i];
		fds->spare[i] = attempt->spare[i];
	}
	fds->use_spare = true;
	return brood__fdmap_plan(
		start->wants, start->n_wants, attempt->write_end, start->keep_fds, fds);
}

int brood__launch_open_procs(int cgroup_dir)
{
	long fd;
	do
		fd = RAW4(SYS_openat, cgroup_dir, "cgroup.procs", O_WRONLY | O_CLOEXEC, 0);
	while (fd == -EINTR);
	return fd < 0 ? (int)fd : brood__fd_above_stdio((int)fd);
}

int brood__attempt_begin(struct brood__attempt *attempt, struct brood__start *start,
	struct brood__report *report, bool by_pipe, bool is_born_into_cgroup)
{
	*attempt = (struct brood__attempt){ start, report, NULL, -1, -1, { -1, -1 }, -1, -1, -1 };
	report->state = BROOD__CHILD_UNSEEN;
	report->fd = -1;
	start->plan.report = report;
	bool goes_itself = start->has_cgroup && !is_born_into_cgroup;
	if (start->has_cgroup)
		start->plan.has_cgroup = goes_itself;
	if (goes_itself) {
		attempt->procs = brood__launch_open_procs(start->cgroup_dir);
		if (attempt->procs < 0)
			return brood__attempt_refuse(report, BROOD_STEP_CGROUP, attempt->procs);
		start->plan.cgroup_procs = attempt->procs;
	}
	start->plan.shares_files = false;
	start->plan.reset_caught = true;
	if (by_pipe) {
		int r = brood__pipe_open(&attempt->read_end, &attempt->write_end);
		if (r < 0)
			return brood__attempt_refuse(report, BROOD_STEP_PIPE, r);
	}
	start->plan.report_fd = attempt->write_end;
	int r = plan_descriptors(attempt);
	return r < 0 ? brood__attempt_refuse(report, BROOD_STEP_DESCRIPTORS, r) : 0;
}

/*
 * Whether nothing more can come. That is not left to the end of the pipe where it can be helped:
 * what another thread forks meanwhile holds it open too, for as long as it lives.
 */
static bool is_complete(const char *bytes, size_t length, bool is_function)
{
	bool has_begun = bytes[0] == BROOD__CHILD_BEGUN;
	return has_begun ? is_function : length >= sizeof(struct brood__report);
}

/* What a child that could not write has left in our memory. */
static void read_page(struct brood__attempt *attempt)
{
	const struct brood__report *page = attempt->page;
	if (!page || attempt->report->state == BROOD__CHILD_FAILED)
		return;
	if (page->state == BROOD__CHILD_EXECUTES || page->state == BROOD__CHILD_FAILED)
		*attempt->report = *page;
}

bool brood__attempt_is_traced(const struct brood__attempt *attempt)
{
	const struct brood__attribute_plan *attributes = attempt->start->plan.attributes;
	return attributes && attributes->flags & BROOD__DO_TRACEME;
}

static void end_child(pid_t pid, int pidfd)
{
	if (pidfd < 0 || brood__pidfd_signal(pidfd, SIGKILL) < 0)
		brood__kill(pid, SIGKILL);
}

/* How often a traced child is looked at until it is its program, in nanoseconds. */
#define LOOK_AGAIN 1000000

/* Lets it go on if a signal has stopped it. Returns whether it is its program: then it stops with
 * SIGTRAP. */
static bool let_go_on(pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };
	int what = WSTOPPED | WNOHANG | WNOWAIT | BROOD__WALL;
	if (RAW5(SYS_waitid, P_PID, pid, &info, what, 0) < 0 || info.si_pid != pid)
		return false;
	if (info.si_status == SIGTRAP)
		return true;
	RAW4(SYS_ptrace, PTRACE_CONT, pid, 0, info.si_status);
	return false;
}

/* Waits until a traced child has something to say, or is its program. */
static void await_traced(const struct brood__attempt *attempt, pid_t pid)
{
	struct pollfd word = { .fd = attempt->read_end, .events = POLLIN };
	if (!brood__attempt_is_traced(attempt))
		return;
	while (brood__poll(&word, 1, 0, LOOK_AGAIN) <= 0 && !let_go_on(pid))
		;
}

/*
 * Reads what the child sent: one byte when it had set everything up, a report when something
 * failed. Puts the outcome into the report.
 */
void brood__attempt_read_report(struct brood__attempt *attempt, pid_t pid, int pidfd)
{
	struct {
		char bytes[1 + sizeof(struct brood__report)];
		size_t length;
	} got = { .length = 0 };
	int error = 0;
	brood__fd_close(&attempt->write_end);
	while (got.length < sizeof got.bytes) {
		await_traced(attempt, pid);
		ssize_t n = brood__fd_read(
			attempt->read_end, got.bytes + got.length, sizeof got.bytes - got.length);
		if (n == -EAGAIN)
			continue;
		if (n <= 0) {
			error = (int)n;
			break;
		}
		got.length += (size_t)n;
		if (is_complete(got.bytes, got.length, attempt->start->function != NULL))
			break;
	}
	struct brood__report sent = { .state = BROOD__CHILD_UNSEEN };
	if (error < 0) {
		/* It may run by now; nobody can tell, so that it must not. */
		end_child(pid, pidfd);
		sent.state = BROOD__CHILD_FAILED;
		sent.step = BROOD_STEP_CLONE;
		sent.os_errno = -error;
		sent.fd = -1;
	} else if (got.length == 1) {
		sent.state = BROOD__CHILD_EXECUTES;
	} else if (got.length >= sizeof sent) {
		__builtin_memcpy(
			(void *)&sent, got.bytes + (got.length - sizeof sent), sizeof sent);
	}
	*attempt->report = sent;
	read_page(attempt);
	/* On its way to its end it might stop once more. */
	if (brood__attempt_is_traced(attempt) && attempt->report->state != BROOD__CHILD_EXECUTES)
		end_child(pid, pidfd);
}

/* What some attributes need beside the report pipe. */
int brood__attempt_add_attributes(struct brood__attempt *attempt)
{
	struct brood__plan *plan = &attempt->start->plan;
	if (!plan->attributes)
		return 0;
	if (plan->attributes->flags & BROOD__DO_SECCOMP) {
		/* A filter may forbid the child to write. */
		long page = RAW6(SYS_mmap, 0, sizeof *attempt->page, PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (page < 0 && page > -4096)
			return brood__attempt_refuse(attempt->report, BROOD_STEP_CLONE, (int)page);
		attempt->page = (struct brood__report *)page;
		attempt->page->fd = -1;
		plan->report = attempt->page;
	}
	if (!brood__has_parents_maps(plan->attributes))
		return 0;
	int r = brood__pipe_open(&attempt->map_fd, &attempt->map_end);
	plan->map_fd = attempt->map_fd;
	plan->map_end = attempt->map_end;
	return r < 0 ? brood__attempt_refuse(attempt->report, BROOD_STEP_PIPE, r) : 0;
}

/* The child waits for it. What fails here it reports, as if it had failed there. */
void brood__attempt_give_maps(struct brood__attempt *attempt, pid_t pid)
{
	struct brood__map_news news = { .subject = BROOD__OF_NOTHING };
	if (attempt->map_end < 0)
		return;
	news.error = (int32_t)brood__write_maps(
		attempt->start->plan.attributes, pid, &news.subject);
	/* No SIGPIPE: we hold the other end, too. */
	long n;
	do
		n = RAW3(SYS_write, attempt->map_end, &news, sizeof news);
	while (n == -EINTR || n == -EAGAIN);
	brood__fd_close(&attempt->map_end);
}
