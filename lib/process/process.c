/* SPDX-License-Identifier: MIT */
/*
 * One child, held by its pidfd. Where the kernel or a filter refuses the pidfd calls, pids are
 * used, and never after the child was reaped: whoever reaps first closes the door for signallers.
 */

#include "process/process.h"

#include "sys/clock.h"
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

/* A leader may leave its group: it is signalled itself where the group is empty, and when it is to
 * be killed. */
static bool must_reach_itself(int group_result, int signal)
{
	return group_result == -ESRCH || signal == SIGKILL;
}

static int either(int group_result, int own_result)
{
	return group_result == 0 || own_result == -ESRCH ? group_result : own_result;
}

/* Whether the number is its own still: somebody else may have reaped the child, another handle of
 * it too. */
static bool is_unreaped(const struct brood__process *process)
{
	struct brood__exit ignored;
	int look = WNOHANG | WNOWAIT;
	return !atomic_load(&process->reaped) &&
	       brood__wait_exit(process->pidfd, process->pid, look, &ignored) != -ECHILD;
}

static int signal_by_pid(struct brood__process *process, int signal)
{
	int r = -ESRCH;
	atomic_fetch_add(&process->signallers, 1);
	if (is_unreaped(process)) {
		if (process->leads_group)
			r = brood__kill(-process->pid, signal);
		if (must_reach_itself(r, signal))
			r = either(r, brood__kill(process->pid, signal));
	}
	atomic_fetch_sub(&process->signallers, 1);
	return r;
}

int brood__process_signal(struct brood__process *process, int signal)
{
	if (process->pidfd < 0 && process->foreign)
		return -ENOSYS;
	if (process->pidfd < 0)
		return signal_by_pid(process, signal);
	int r = process->leads_group ? brood__pidfd_signal_group(process->pidfd, signal)
				     : brood__pidfd_signal(process->pidfd, signal);
	/* Refused by the kernel's age or by a filter; kill(2) repeats an error that was meant. */
	if (r == -ENOSYS || r == -EPERM || r == -EINVAL)
		return process->foreign ? r : signal_by_pid(process, signal);
	if (process->leads_group && must_reach_itself(r, signal))
		r = either(r, brood__pidfd_signal(process->pidfd, signal));
	return r;
}

int brood__process_signal_group(struct brood__process *process, int signal)
{
	int r = process->pidfd < 0 ? -ENOSYS : brood__pidfd_signal_group(process->pidfd, signal);
	if (r != -ENOSYS && r != -EPERM && r != -EINVAL)
		return r;
	/* Its own number is that of no other group while it is there. */
	int by_pid = -ENOSYS;
	atomic_fetch_add(&process->signallers, 1);
	if (!process->foreign && is_unreaped(process))
		by_pid = brood__kill(-process->pid, signal);
	atomic_fetch_sub(&process->signallers, 1);
	return by_pid == -ENOSYS && r == -EPERM ? r : by_pid;
}

bool brood__process_can_signal_group(const struct brood__process *process)
{
	int r = process->pidfd < 0 ? -ENOSYS : brood__pidfd_signal_group(process->pidfd, 0);
	return r != -EINVAL && r != -ENOSYS && r != -EPERM;
}

void brood__status_fill(struct brood_status *status, const struct brood__exit *ended)
{
	if (status->ended_ns == 0)
		status->ended_ns = brood__clock_now();
	status->usage = ended->usage;
	status->signal = 0;
	if (ended->code == CLD_EXITED) {
		status->how = BROOD_EXITED;
		status->exit_code = ended->status & 0xff;
	} else {
		status->how = BROOD_SIGNALED;
		status->signal = ended->status;
		status->core_dumped = ended->code == CLD_DUMPED;
	}
}

/* Someone else has reaped it, or SIGCHLD is ignored. */
static void recover(
	struct brood__process *process, struct brood_status *status, bool *ret_recovered)
{
	struct brood__exit ended;
	if (process->pidfd >= 0 && brood__pidfd_last_exit(process->pidfd, &ended) == 1) {
		brood__status_fill(status, &ended);
		*ret_recovered = true;
		return;
	}
	status->how = BROOD_LOST;
	status->ended_ns = brood__clock_now();
}

/* Nobody may use the pid any more once we ask the kernel to forget it. */
static void close_door(struct brood__process *process)
{
	atomic_store(&process->reaped, true);
	while (atomic_load(&process->signallers) != 0)
		sched_yield();
}

/* Who shares the end has to find it before the process is gone. */
static void share(struct brood__process *process, const struct brood__exit *ended)
{
	if (!process->ending)
		return;
	struct brood_status status = process->ending->status;
	brood__status_fill(&status, ended);
	brood__ending_write(process->ending, &status);
}

/* Only a child that has ended is asked for with an open pid. */
int brood__process_collect(struct brood__process *process, bool hang, struct brood__exit *ret_exit)
{
	if (process->alone)
		return brood__wait_exit(process->pidfd, process->pid, hang ? 0 : WNOHANG, ret_exit);
	if (hang || process->pidfd < 0 || process->ending) {
		int look = WNOWAIT | (hang ? 0 : WNOHANG);
		int r = brood__wait_exit(process->pidfd, process->pid, look, ret_exit);
		if (r <= 0)
			return r;
		share(process, ret_exit);
	}
	close_door(process);
	int r = brood__wait_exit(process->pidfd, process->pid, WNOHANG, ret_exit);
	if (r == 0)
		atomic_store(&process->reaped, false);
	return r;
}

void brood__process_note_exit(struct brood__process *process, int waited,
	const struct brood__exit *ended, struct brood_status *status, bool *ret_recovered)
{
	close_door(process);
	process->has_status = true;
	if (waited == 1)
		brood__status_fill(status, ended);
	else
		recover(process, status, ret_recovered);
}

bool brood__process_peek(const struct brood__process *process, struct brood_status *status)
{
	struct brood__exit ended;
	int r = brood__wait_exit(process->pidfd, process->pid, WNOHANG | WNOWAIT, &ended);
	if (r == 1)
		brood__status_fill(status, &ended);
	return r == 1;
}

int brood__process_reap(
	struct brood__process *process, bool hang, struct brood_status *status, bool *ret_recovered)
{
	if (process->has_status)
		return 1;
	struct brood__exit ended;
	int r = brood__process_collect(process, hang, &ended);
	if (r == 0)
		return 0;
	brood__process_note_exit(process, r, &ended, status, ret_recovered);
	return 1;
}
