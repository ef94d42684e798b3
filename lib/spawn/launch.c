/* SPDX-License-Identifier: MIT */
/*
 * Three launchers. A: the child borrows our memory and, until its first system call, our descriptor
 * table (clone3 or clone). B: it gets a copy of both and reports through a pipe; where memory is
 * not shared (valgrind, some emulators). The libc's fork, for children that go on in C. What the
 * kernel or a filter refuses is remembered, so that the way down the ladder is gone once per
 * process.
 */

#include "spawn/launch.h"

#include "spawn/child.h"
#include "spawn/environ.h"
#include "sys/clone.h"
#include "sys/fd.h"
#include "sys/pidfd.h"
#include "sys/raw.h"
#include "sys/signals.h"
#include <brood/error.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/auxv.h>
#ifdef __GLIBC__
#	include <sys/single_threaded.h>
#endif
#include <time.h>
#include <unistd.h>

#define BUSY_TRIES 7

/* How often to look where nothing tells of an end, in nanoseconds. */
#define LOOK_AGAIN 10000000

static struct {
	atomic_int launcher; /* 0: not chosen yet; 'a', 'b' */
	atomic_bool memory_is_shared;
	atomic_bool no_clone3;
	atomic_bool no_clear_sighand;
	atomic_bool no_unshare;
	atomic_bool no_clone_pidfd;
	atomic_bool waits_in_place; /* waitid has worked there */
} known;

#define IS(what)  atomic_load_explicit(&known.what, memory_order_relaxed)
#define NOW(what) atomic_store_explicit(&known.what, true, memory_order_relaxed)

static int choose_launcher(void)
{
	int launcher = IS(launcher);
	if (launcher)
		return launcher;
	const char *wish = getauxval(AT_SECURE) ? NULL : brood__environ_get("BROOD_ENGINE");
	launcher = (wish && wish[0] == 'b') || brood__on_valgrind() ? 'b' : 'a';
	atomic_store_explicit(&known.launcher, launcher, memory_order_relaxed);
	return launcher;
}

static int refuse(struct brood__report *report, int step, int code)
{
	report->step = step;
	report->fd = -1;
	report->os_errno = -code;
	return code;
}

/* One attempt: what it holds while it lasts. */
struct attempt {
	struct brood__start *start;
	struct brood__report *report;
	int read_end; /* of the report pipe, or -1 */
	int write_end;
	int spare[2]; /* numbers kept free for moves, or -1 */
};

static void attempt_done(struct attempt *attempt)
{
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
		fd = (int)next;
	}
	return fd;
}

static int plan_descriptors(struct attempt *attempt)
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

static int attempt_begin(struct attempt *attempt, struct brood__start *start,
	struct brood__report *report, bool by_pipe)
{
	*attempt = (struct attempt){ start, report, -1, -1, { -1, -1 } };
	report->state = BROOD__CHILD_UNSEEN;
	report->fd = -1;
	start->plan.report = report;
	start->plan.shares_files = false;
	start->plan.reset_caught = true;
	if (by_pipe) {
		int r = brood__pipe_open(&attempt->read_end, &attempt->write_end);
		if (r < 0)
			return refuse(report, BROOD_STEP_PIPE, r);
	}
	start->plan.report_fd = attempt->write_end;
	int r = plan_descriptors(attempt);
	return r < 0 ? refuse(report, BROOD_STEP_DESCRIPTORS, r) : 0;
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

/*
 * Reads what the child sent: one byte when it had set everything up, a report when something
 * failed. Puts the outcome into the report.
 */
static void read_report(struct attempt *attempt, pid_t pid, int pidfd)
{
	struct {
		char bytes[1 + sizeof(struct brood__report)];
		size_t length;
	} got = { .length = 0 };
	int error = 0;
	brood__fd_close(&attempt->write_end);
	while (got.length < sizeof got.bytes) {
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
		if (pidfd < 0 || brood__pidfd_signal(pidfd, SIGKILL) < 0)
			brood__kill(pid, SIGKILL);
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
}

/* Takes the child's pidfd. Waits for a child that did not become its program. */
static int conclude(struct attempt *attempt, pid_t pid, int pidfd, struct brood__child *ret_child)
{
	struct brood__report *report = attempt->report;
	if (report->state == BROOD__CHILD_EXECUTES) {
		ret_child->pid = pid;
		ret_child->pidfd = pidfd;
		return 0;
	}
	struct brood__exit ignored;
	if (!ret_child->ended)
		brood__wait_exit(pidfd, pid, 0, &ignored);
	ret_child->ended = false;
	brood__fd_close(&pidfd);
	if (report->state != BROOD__CHILD_FAILED)
		return refuse(report, BROOD_STEP_KILLED_EARLY, -EINTR);
	return -report->os_errno;
}

static long clone_shared(
	struct brood__plan *plan, uint64_t flags, char *stack, size_t stack_size, int *pidfd)
{
	flags |= BROOD__CLONE_VM;
	if (plan->shares_files)
		flags |= BROOD__CLONE_FILES;
	while (!IS(no_clone3)) {
		bool clear = !IS(no_clear_sighand);
		struct brood__clone_args args = {
			.flags = flags | (clear ? BROOD__CLONE_CLEAR_SIGHAND : 0),
			.pidfd = (uintptr_t)pidfd,
			.stack = (uintptr_t)stack,
			.stack_size = stack_size,
		};
		plan->reset_caught = !clear;
		long pid = brood__clone3(&args, brood__child_exec, plan);
		if (pid == -ENOSYS || pid == -EPERM || pid == -EACCES || (pid == -EINVAL && !clear))
			NOW(no_clone3);
		else if (pid == -EINVAL)
			NOW(no_clear_sighand);
		else
			return pid;
	}
	plan->reset_caught = true;
	return brood__clone(
		(unsigned long)flags, stack + stack_size, pidfd, brood__child_exec, plan);
}

/* What the child trims while it unshares the table need not be swept again in the end. */
static void drop_last_sweep(struct brood__fd_plan *fds)
{
	const struct brood__fd_op *last = fds->n_ops ? &fds->ops[fds->n_ops - 1] : NULL;
	if (last && last->kind == BROOD__FD_CLOSE_RANGE && last->b == INT32_MAX &&
		last->a >= fds->trim_first && fds->n_spare == 0)
		fds->n_ops--;
}

/*
 * The child still reads our memory, or runs its program already. Either way nothing is left to be
 * done but to wait for its end, so it was cloned without CLONE_VFORK: to wake up in between would
 * cost two context switches. It is certainly gone when this returns.
 */
static void wait_in_place(pid_t pid, int pidfd, struct brood__child *ret_child)
{
	ret_child->ended = true;
	ret_child->waited = brood__wait_exit(pidfd, pid, 0, &ret_child->exit);
	if (ret_child->waited == 1)
		NOW(waits_in_place);
	/* Without a pidfd -ECHILD alone is certain: it was reaped. A filter may refuse the rest. */
	if (ret_child->waited == 1 || (pidfd < 0 && ret_child->waited == -ECHILD))
		return;
	AUTO_FD own = pidfd < 0 ? brood__pidfd_open(pid) : -1;
	struct pollfd end = { .fd = pidfd < 0 ? own : pidfd, .events = POLLIN };
	while (brood__poll(&end, 1, 0, LOOK_AGAIN) != 1 && brood__kill(pid, 0) != -ESRCH)
		;
}

/*
 * Whether the status of a child can go to nobody but this thread, and its number to nobody else
 * before that: there is no other thread, and SIGCHLD is as it was at the start. Then a pidfd, which
 * costs 4 % of a start, would protect against nothing. (A handler of another signal that reaps
 * strangers makes the status a lost one.)
 */
static bool is_only_reaper(void)
{
#if defined __GLIBC__ && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 32)
	return __libc_single_threaded && brood__signals_children_are_left();
#else
	return false;
#endif
}

/* Launcher A. -EINVAL with step CLONE means that only B can do it here. */
static int launch_shared(
	struct brood__start *start, struct brood__child *ret_child, struct brood__report *report)
{
	struct attempt attempt;
	bool verified = IS(memory_is_shared);
	int r = attempt_begin(&attempt, start, report, !verified);
	if (r < 0) {
		attempt_done(&attempt);
		return r;
	}
	start->plan.shares_files = !start->keep_fds && !IS(no_unshare);
	/* Our 0 to 2 are looked at before the moves. */
	if (start->plan.foreground && start->plan.fds.trim_first < 3)
		start->plan.fds.trim_first = 3;
	if (start->plan.shares_files)
		drop_last_sweep(&start->plan.fds);
	size_t stack_size;
	char *stack = brood__stack_get(&stack_size);
	if (!stack) {
		attempt_done(&attempt);
		return refuse(report, BROOD_STEP_CLONE, -ENOMEM);
	}
	int pidfd = -1;
	uint64_t mask;
	brood__signals_block_all(&mask);
	start->plan.mask = start->plan.has_mask ? start->plan.mask : mask;
	bool in_place = start->only_wait && verified;
	bool by_pid = in_place && IS(waits_in_place) && is_only_reaper();
	uint64_t flags = (in_place ? 0 : BROOD__CLONE_VFORK) | (by_pid ? 0 : BROOD__CLONE_PIDFD);
	long pid = clone_shared(&start->plan, flags, stack, stack_size, &pidfd);
	brood__signals_restore(mask);
	if (pid > 0 && in_place)
		wait_in_place((pid_t)pid, pidfd, ret_child);
	brood__stack_put(stack);
	if (pid < 0) {
		attempt_done(&attempt);
		return refuse(report, BROOD_STEP_CLONE, (int)pid);
	}
	if (report->state != BROOD__CHILD_UNSEEN) {
		NOW(memory_is_shared);
	} else if (!verified) {
		read_report(&attempt, (pid_t)pid, pidfd);
		if (report->state != BROOD__CHILD_UNSEEN)
			atomic_store_explicit(&known.launcher, 'b', memory_order_relaxed);
	}
	attempt_done(&attempt);
	return conclude(&attempt, (pid_t)pid, brood__fd_above_stdio(pidfd), ret_child);
}

static long clone_copied(struct brood__start *start, int *ret_pidfd)
{
	if (!IS(no_clone_pidfd)) {
		long pid = brood__clone((unsigned long)BROOD__CLONE_PIDFD, NULL, ret_pidfd,
			brood__child_exec, &start->plan);
		if (pid != -EINVAL)
			return pid;
		NOW(no_clone_pidfd);
	}
	/* Without a pidfd for certain there is no start: see whether they can be had at all. */
	int probe = brood__pidfd_open(getpid());
	if (probe < 0)
		return probe;
	brood__fd_close(&probe);
	long pid = brood__clone(0, NULL, NULL, brood__child_exec, &start->plan);
	if (pid == -EINVAL) /* qemu-user knows no child without a signal */
		pid = brood__clone(SIGCHLD, NULL, NULL, brood__child_exec, &start->plan);
	*ret_pidfd = -1;
	if (pid > 0)
		*ret_pidfd = brood__pidfd_open((pid_t)pid);
	return pid;
}

/* The forked child's last word. */
static _Noreturn void run_function(struct brood__start *start)
{
	brood__child_prepare(&start->plan);
	environ = (char **)(uintptr_t)start->plan.envp;
	_exit(start->function(start->function_data) & 0xff);
}

/* Launcher B, and fork for a function. */
static int launch_copied(
	struct brood__start *start, struct brood__child *ret_child, struct brood__report *report)
{
	struct attempt attempt;
	int r = attempt_begin(&attempt, start, report, true);
	if (r < 0) {
		attempt_done(&attempt);
		return r;
	}
	start->plan.closes_private = start->function && start->keep_fds;
	int pidfd = -1;
	uint64_t mask;
	brood__signals_block_all(&mask);
	start->plan.mask = start->plan.has_mask ? start->plan.mask : mask;
	long pid;
	if (start->function) {
		pid = brood__fork();
		if (pid == 0)
			run_function(start);
		if (pid > 0)
			pidfd = brood__pidfd_open((pid_t)pid);
	} else {
		pid = clone_copied(start, &pidfd);
	}
	brood__signals_restore(mask);
	if (pid < 0) {
		attempt_done(&attempt);
		return refuse(report, BROOD_STEP_CLONE, (int)pid);
	}
	read_report(&attempt, (pid_t)pid, pidfd);
	attempt_done(&attempt);
	return conclude(&attempt, (pid_t)pid, brood__fd_above_stdio(pidfd), ret_child);
}

static int launch_once(
	struct brood__start *start, struct brood__child *ret_child, struct brood__report *report)
{
	if (start->function || choose_launcher() == 'b')
		return launch_copied(start, ret_child, report);
	int r = launch_shared(start, ret_child, report);
	if (r < 0 && report->step == BROOD_STEP_CLONE && start->plan.shares_files &&
		report->state == BROOD__CHILD_FAILED) {
		/* The child could not unshare the table: no close_range here (Linux < 5.9, a
		 * filter). */
		if (r != -ENOSYS && r != -EPERM && r != -EINVAL) {
			report->step = BROOD_STEP_DESCRIPTORS;
			return r;
		}
		NOW(no_unshare);
		r = launch_shared(start, ret_child, report);
	}
	if (r == -EINVAL && report->step == BROOD_STEP_CLONE &&
		report->state == BROOD__CHILD_UNSEEN)
		return launch_copied(start, ret_child, report);
	return r;
}

int brood__launch(
	struct brood__start *start, struct brood__child *ret_child, struct brood__report *report)
{
	int cancel_state;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
	ret_child->retried = false;
	ret_child->ended = false;
	int r = launch_once(start, ret_child, report);
	for (int i = 0; i < BUSY_TRIES && r == -ETXTBSY; i++) {
		const struct timespec pause = { 0, 1000000L << i };
		RAW4(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &pause, 0);
		ret_child->retried = true;
		r = launch_once(start, ret_child, report);
	}
	pthread_setcancelstate(cancel_state, NULL);
	return r;
}
