/* SPDX-License-Identifier: MIT */
/* Waiting for the end of any process, and finding out how it ended. */

#include "base/deadline.h"
#include "base/error.h"
#include "base/size.h"
#include "process/any.h"
#include "process/procfile.h"
#include "sys/clock.h"
#include <errno.h>
#include <sched.h>
#include <sys/wait.h>

/* How long a status that nobody tells may take to come: the kernel has it when the process was
 * reaped, a job's handle when that job has looked. */
#define PATIENCE BROOD_SECOND

/* How long to sleep where no descriptor tells what is waited for. */
#define BLIND_PAUSE (10 * BROOD_MILLISECOND)

/* Neither a child of ours nor shared by a job. Returns whether the end is known now. */
static bool find_out(struct brood_process *process, struct brood__exit *ret_exit)
{
	int r = -ENOSYS;
	if (process->process.pidfd >= 0)
		r = brood__pidfd_look_exit(process->process.pidfd, ret_exit);
	if (r != 1 && brood__procfile_exit_of(&process->process, ret_exit) == 1)
		r = 1;
	/* It may have been reaped between the two looks. */
	if (r == 0)
		r = brood__pidfd_look_exit(process->process.pidfd, ret_exit);
	if (r == 1)
		return true;
	bool may_come = r == 0 || process->process.ending;
	int64_t now = brood__clock_now();
	if (process->ended_seen == 0)
		process->ended_seen = now;
	if (may_come && now < process->ended_seen + PATIENCE)
		return false;
	ret_exit->code = 0;
	return true;
}

/* Returns 1 and how it ended; 0: it goes on; else it is no child of ours. */
static int ask_parent(struct brood_process *process, struct brood__exit *ret_exit)
{
	struct brood__process *held = &process->process;
	if (held->ending)
		return brood__wait_exit(held->pidfd, 0, WNOHANG | WNOWAIT, ret_exit);
	/* The number of one that is no child is not its own for ever. */
	if (held->foreign)
		return brood__wait_exit(held->pidfd, 0, WNOHANG, ret_exit);
	return brood__process_collect(held, false, ret_exit);
}

/* For one thread at a time. Returns whether the status is final. */
static bool collect(struct brood_process *process)
{
	struct brood__exit ended;
	struct brood__ending *ending = process->process.ending;
	if (atomic_load(&process->done) || brood__ending_read(ending, &process->status))
		return true;
	int r = ask_parent(process, &ended);
	if (r == 0)
		return false;
	/* Reaped since the first look: then it was written before. */
	if (r < 0 && brood__ending_read(ending, &process->status))
		return true;
	if (r < 0 && !find_out(process, &ended))
		return false;
	if (ended.code != 0) {
		brood__status_fill(&process->status, &ended);
	} else {
		process->status.how = BROOD_LOST;
		process->status.ended_ns = brood__clock_now();
	}
	return true;
}

/* Returns whether it has ended, as far as a look tells. */
static bool looks_ended(const struct brood_process *process)
{
	struct pollfd end = { .fd = process->process.pidfd, .events = POLLIN };
	return end.fd < 0 || brood__poll(&end, 1, 0, 0) != 0;
}

static bool is_done(struct brood_process *process)
{
	if (atomic_load(&process->done))
		return true;
	if (!looks_ended(process))
		return false;
	/* Nothing in there waits for anything. */
	while (atomic_exchange(&process->collecting, true))
		sched_yield();
	bool done = collect(process);
	if (done)
		atomic_store(&process->done, true);
	atomic_store(&process->collecting, false);
	return done;
}

/* One that has ended makes its pidfd readable, also while its tracer keeps the status from us. */
static int sleep_until(const struct brood_process *process, int64_t now, int64_t until)
{
	struct pollfd end = { .fd = process->process.pidfd, .events = POLLIN };
	if (looks_ended(process))
		return brood__poll(
			NULL, 0, now, brood__earlier(until, brood__deadline(now, BLIND_PAUSE)));
	return brood__poll(&end, 1, now, until);
}

static int wait_until(struct brood_process *process, int64_t until)
{
	if (until == BROOD__NEVER && process->process.pid == process->owner)
		return -EDEADLK;
	while (!is_done(process)) {
		int64_t now = brood__clock_now();
		if (now >= until)
			return -ETIME;
		int r = sleep_until(process, now, until);
		if (r < 0 && r != -EINTR)
			return r;
	}
	return process->status.how == BROOD_LOST ? BROOD_ELOST : 0;
}

int brood_process_wait(struct brood_process *process, brood_duration timeout,
	struct brood_status *ret_status, struct brood_error *error)
{
	if (ret_status && ret_status->size < sizeof ret_status->size)
		return brood__fail(error, ret_status->size ? BROOD_EMISUSE : -E2BIG,
			BROOD_STEP_WAIT, "status.size");
	int r = brood__any_enter(process);
	if (r < 0)
		return brood__fail(error, r, BROOD_STEP_WAIT, "process");
	r = wait_until(process, brood__deadline(brood__clock_now(), timeout));
	if (ret_status && (r == 0 || r == BROOD_ELOST))
		brood__struct_give(ret_status, &process->status, sizeof process->status);
	pid_t pid = process->process.pid;
	brood__any_leave(process);
	return r < 0 ? brood__any_fail(error, r, BROOD_STEP_WAIT, pid) : 0;
}
