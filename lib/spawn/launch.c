/* SPDX-License-Identifier: MIT */
/*
 * Three launchers. A: the child borrows our memory and, until its first system call, our descriptor
 * table (clone3 or clone). B: it gets a copy of both and reports through a pipe; where memory is
 * not shared (valgrind, some emulators). The libc's fork, for children that go on in C. What the
 * kernel or a filter refuses is remembered, so that the way down the ladder is gone once per
 * process.
 */

#include "spawn/launch.h"

#include "spawn/attempt.h"
#include "spawn/child.h"
#include "spawn/environ.h"
#include "sys/clone.h"
#include "sys/fd.h"
#include "sys/pidfd.h"
#include "sys/raw.h"
#include "sys/signals.h"
#include <brood/error.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/wait.h>
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

int brood__launch_copies(void)
{
	return choose_launcher() == 'b' ? 1 : IS(memory_is_shared) ? 0 : -1;
}

/* Else it goes there itself: the libc's fork knows nothing of it, nor do old kernels, nor filters
 * that look at the flags of a clone. */
static bool is_born_into_cgroup(const struct brood__start *start)
{
	return start->has_cgroup && start->cgroup_is_v2 && !start->function &&
	       !start->cgroup_refused && !IS(no_clone3);
}

/* Flags of clone that the command asks for. */
static uint64_t special_flags(const struct brood__start *start)
{
	uint64_t flags = start->plan.attributes ? start->plan.attributes->clone_flags : 0;
	return flags | (is_born_into_cgroup(start) ? BROOD__CLONE_INTO_CGROUP : 0);
}

/*
 * It is execve that gives a child its exit signal, so that a start that fails sends none. Whom a
 * signal has ended just before that ends without a SIGCHLD, for which somebody may wait: he is
 * waited for (__WCLONE finds those without the usual exit signal alone), and it comes from here.
 */
static void tell_of_early_end(pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };
	unsigned int what = WEXITED | WNOWAIT | BROOD__WCLONE;
	long r = RAW5(SYS_waitid, P_PID, pid, &info, what | WNOHANG, 0);
	while ((r == 0 && info.si_pid != pid) || r == -EINTR)
		r = RAW5(SYS_waitid, P_PID, pid, &info, what, 0);
	if (r == 0)
		brood__kill(getpid(), SIGCHLD);
}

/* Takes the child's pidfd. Waits for a child that did not become its program. */
static int conclude(
	struct brood__attempt *attempt, pid_t pid, int pidfd, struct brood__child *ret_child)
{
	struct brood__report *report = attempt->report;
	if (report->state == BROOD__CHILD_EXECUTES) {
		ret_child->pid = pid;
		ret_child->pidfd = pidfd;
		/* A tracer would find one that has only stopped, too. */
		if (!ret_child->ended && !brood__attempt_is_traced(attempt))
			tell_of_early_end(pid);
		return 0;
	}
	struct brood__exit ignored;
	if (!ret_child->ended)
		brood__wait_exit(pidfd, pid, 0, &ignored);
	ret_child->ended = false;
	brood__fd_close(&pidfd);
	if (report->state != BROOD__CHILD_FAILED)
		return brood__attempt_refuse(report, BROOD_STEP_KILLED_EARLY, -EINTR);
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

/*
 * With flags that the kernel may refuse for reasons of the command's own, so that nothing is
 * learned from a refusal. Without a stack the memory is copied.
 */
static long clone_special(
	struct brood__start *start, uint64_t flags, char *stack, size_t stack_size, int *pidfd)
{
	struct brood__plan *plan = &start->plan;
	flags |= special_flags(start);
	if (stack)
		flags |= BROOD__CLONE_VM | (plan->shares_files ? BROOD__CLONE_FILES : 0);
	plan->reset_caught = true;
	long pid = -ENOSYS;
	if (!IS(no_clone3)) {
		struct brood__clone_args args = {
			.flags = flags,
			.pidfd = flags & BROOD__CLONE_PIDFD ? (uintptr_t)pidfd : 0,
			.stack = (uintptr_t)stack,
			.stack_size = stack_size,
			.cgroup = (uint64_t)start->cgroup_dir,
		};
		pid = brood__clone3(&args, brood__child_exec, plan);
	}
	bool is_refused = pid == -ENOSYS || pid == -EPERM || pid == -EACCES || pid == -EINVAL;
	if (!is_refused || flags & (BROOD__CLONE_NEWTIME | BROOD__CLONE_INTO_CGROUP))
		return pid;
	pid = brood__clone((unsigned long)flags, stack ? stack + stack_size : NULL, pidfd,
		brood__child_exec, plan);
	if (pid != -EINVAL || stack)
		return pid;
	/* Maybe the kernel gives no pidfd in this way. */
	flags &= ~BROOD__CLONE_PIDFD;
	pid = brood__clone((unsigned long)flags, NULL, NULL, brood__child_exec, plan);
	*pidfd = pid > 0 ? brood__pidfd_open((pid_t)pid) : -1;
	return pid;
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

/*
 * The kernel hands an out-of-memory score on to all who share the memory of the one that gets it,
 * but for the parent of a vfork.
 */
static bool hands_score_on(const struct brood__plan *plan)
{
	return plan->attributes && plan->attributes->flags & BROOD__DO_OOM_SCORE;
}

/* Launcher A. -EINVAL with step CLONE means that only B can do it here. */
static int launch_shared(
	struct brood__start *start, struct brood__child *ret_child, struct brood__report *report)
{
	struct brood__attempt attempt;
	bool verified = IS(memory_is_shared);
	int r = brood__attempt_begin(
		&attempt, start, report, !verified, is_born_into_cgroup(start));
	if (r < 0) {
		brood__attempt_done(&attempt);
		return r;
	}
	start->plan.shares_files = !start->keep_fds && !IS(no_unshare);
	/* Our 0 to 2 are looked at before the moves. */
	if (start->plan.foreground && start->plan.fds.trim_first < 3)
		start->plan.fds.trim_first = 3;
	/* So is this used. */
	if (start->plan.fds.trim_first <= attempt.procs)
		start->plan.fds.trim_first = attempt.procs + 1;
	if (start->plan.shares_files)
		drop_last_sweep(&start->plan.fds);
	size_t stack_size;
	char *stack = brood__stack_get(&stack_size);
	if (!stack) {
		brood__attempt_done(&attempt);
		return brood__attempt_refuse(report, BROOD_STEP_CLONE, -ENOMEM);
	}
	int pidfd = -1;
	uint64_t mask;
	brood__signals_block_all(&mask);
	start->plan.mask = start->plan.has_mask ? start->plan.mask : mask;
	bool in_place = start->only_wait && verified && !hands_score_on(&start->plan);
	bool by_pid = in_place && IS(waits_in_place) && is_only_reaper();
	uint64_t flags = (in_place ? 0 : BROOD__CLONE_VFORK) | (by_pid ? 0 : BROOD__CLONE_PIDFD);
	long pid = special_flags(start)
			   ? clone_special(start, flags, stack, stack_size, &pidfd)
			   : clone_shared(&start->plan, flags, stack, stack_size, &pidfd);
	brood__signals_restore(mask);
	if (pid > 0 && in_place)
		wait_in_place((pid_t)pid, pidfd, ret_child);
	brood__stack_put(stack);
	if (pid < 0) {
		brood__attempt_done(&attempt);
		return brood__attempt_refuse(report, BROOD_STEP_CLONE, (int)pid);
	}
	if (report->state != BROOD__CHILD_UNSEEN) {
		NOW(memory_is_shared);
	} else if (!verified) {
		brood__attempt_read_report(&attempt, (pid_t)pid, pidfd);
		if (report->state != BROOD__CHILD_UNSEEN)
			atomic_store_explicit(&known.launcher, 'b', memory_order_relaxed);
	}
	brood__attempt_done(&attempt);
	return conclude(&attempt, (pid_t)pid, brood__fd_above_stdio(pidfd), ret_child);
}

static long clone_copied(struct brood__start *start, int *ret_pidfd)
{
	if (special_flags(start))
		return clone_special(start, BROOD__CLONE_PIDFD, NULL, 0, ret_pidfd);
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

static long make_copied(struct brood__attempt *attempt, int *ret_pidfd)
{
	struct brood__start *start = attempt->start;
	uint64_t mask;
	brood__signals_block_all(&mask);
	start->plan.mask = start->plan.has_mask ? start->plan.mask : mask;
	long pid;
	if (start->function) {
		pid = brood__fork();
		if (pid == 0)
			run_function(start);
		if (pid > 0)
			*ret_pidfd = brood__pidfd_open((pid_t)pid);
	} else {
		pid = clone_copied(start, ret_pidfd);
	}
	brood__signals_restore(mask);
	return pid;
}

/* Launcher B, and fork for a function. */
static int launch_copied(
	struct brood__start *start, struct brood__child *ret_child, struct brood__report *report)
{
	struct brood__attempt attempt;
	int pidfd = -1;
	int r = brood__attempt_begin(&attempt, start, report, true, is_born_into_cgroup(start));
	if (r == 0)
		r = brood__attempt_add_attributes(&attempt);
	if (r < 0) {
		brood__attempt_done(&attempt);
		return r;
	}
	start->plan.closes_private = start->function && start->keep_fds;
	long pid = make_copied(&attempt, &pidfd);
	if (pid < 0) {
		brood__attempt_done(&attempt);
		return brood__attempt_refuse(report, BROOD_STEP_CLONE, (int)pid);
	}
	brood__attempt_give_maps(&attempt, (pid_t)pid);
	brood__attempt_read_report(&attempt, (pid_t)pid, pidfd);
	brood__attempt_done(&attempt);
	return conclude(&attempt, (pid_t)pid, brood__fd_above_stdio(pidfd), ret_child);
}

static int launch_once(
	struct brood__start *start, struct brood__child *ret_child, struct brood__report *report)
{
	if (start->function || choose_launcher() == 'b' ||
		brood__needs_own_memory(start->plan.attributes))
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
		report->state == BROOD__CHILD_UNSEEN) {
		if (!special_flags(start))
			atomic_store_explicit(&known.launcher, 'b', memory_order_relaxed);
		return launch_copied(start, ret_child, report);
	}
	return r;
}

/* Whether the clone itself failed, with what the command has asked of it. */
static bool is_clone_refused(const struct brood__report *report)
{
	return report->step == BROOD_STEP_CLONE && report->state == BROOD__CHILD_UNSEEN;
}

/* A clone that does not know control groups, or that a filter refuses with them. If it is the group
 * that refuses us, it does so when the child goes there, too. */
static int launch_special(
	struct brood__start *start, struct brood__child *ret_child, struct brood__report *report)
{
	bool is_born = is_born_into_cgroup(start);
	int r = launch_once(start, ret_child, report);
	if (r < 0 && is_born && is_clone_refused(report)) {
		switch (-r) {
		case ENOSYS:
		case EPERM:
		case EACCES:
		case EINVAL:
		case E2BIG:
			start->cgroup_refused = true;
			r = launch_once(start, ret_child, report);
			break;
		case EAGAIN:
		case ENOMEM:
		case EMFILE:
		case ENFILE:
			break;
		default:
			report->step = BROOD_STEP_CGROUP;
			break;
		}
	}
	bool has_flags = start->plan.attributes && start->plan.attributes->clone_flags;
	bool is_short = r == -EAGAIN || r == -ENOMEM || r == -EMFILE || r == -ENFILE;
	if (r < 0 && has_flags && is_clone_refused(report) && !is_short) {
		report->step = BROOD_STEP_NAMESPACE;
		report->subject = BROOD__OF_CLONE_FLAGS;
	}
	return r;
}

int brood__launch(
	struct brood__start *start, struct brood__child *ret_child, struct brood__report *report)
{
	int cancel_state;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
	ret_child->retried = false;
	ret_child->ended = false;
	int r = launch_special(start, ret_child, report);
	for (int i = 0; i < BUSY_TRIES && r == -ETXTBSY; i++) {
		const struct timespec pause = { 0, 1000000L << i };
		RAW4(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &pause, 0);
		ret_child->retried = true;
		r = launch_special(start, ret_child, report);
	}
	pthread_setcancelstate(cancel_state, NULL);
	return r;
}
