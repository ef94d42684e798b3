/* SPDX-License-Identifier: MIT */
/* Signalling, stopping, naming, letting go and freeing a job. */

#include "base/deadline.h"
#include "job/job.h"
#include "process/orphans.h"
#include "sys/clock.h"
#include "sys/fd.h"
#include <brood/error.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* How long freeing waits for a child that was killed. */
#define LAST_MOMENT (100 * BROOD_MILLISECOND)

static bool is_ours(const struct brood_job *job)
{
	return job && job->owner == getpid();
}

/*
 * A guard kills all of its tree, and it signals the job where the kernel's age or a filter keeps
 * us from doing that by the pidfd. Only the socket's number is read here: it stays what it is.
 */
static int send_stage(struct brood__stage *stage, int signal)
{
	if (!stage->process.foreign)
		return brood__process_signal(&stage->process, signal);
	const struct brood__guard *guard = &stage->tree->guard;
	bool kills = signal == SIGKILL && brood__guard_ask(guard, BROOD__GUARD_KILL, 0) == 0;
	int r = brood__process_signal(&stage->process, signal);
	if (kills)
		return 0;
	bool is_refused = r == -EPERM && brood__kill(stage->process.pid, 0) == -EPERM;
	if (r == -ENOSYS || r == -EINVAL || (r == -EPERM && !is_refused))
		r = brood__guard_ask(guard, BROOD__GUARD_SIGNAL, signal);
	return r == -EPIPE || r == -ECONNRESET ? -ESRCH : r;
}

/* Somebody got it: success. Else a refusal says more than that nobody is there. */
static int better(int a, int b)
{
	if (a == 0 || b == 0)
		return 0;
	return a == -ESRCH ? b : a;
}

static int send_to(struct brood_job *job, int signal, bool only_ours)
{
	int r = -ESRCH;
	bool is_reached = false; /* with the group of an earlier stage */
	for (size_t i = 0; i < job->n_stages; i++) {
		struct brood__stage *stage = &job->stages[i];
		if (!stage->started || (only_ours && brood__tree_has_guard(stage)))
			continue;
		bool leads = stage->process.leads_group;
		if (!leads && is_reached && signal != SIGKILL)
			continue;
		int sent = only_ours ? brood__process_signal(&stage->process, signal)
				     : send_stage(stage, signal);
		is_reached = leads ? sent == 0 : is_reached;
		r = better(r, sent);
	}
	return r;
}

int brood__job_send(struct brood_job *job, int signal)
{
	return send_to(job, signal, false);
}

int brood__job_send_step(struct brood_job *job, int signal)
{
	return send_to(job, signal, true);
}

int brood_job_signal(struct brood_job *job, int signal)
{
	if (!is_ours(job))
		return BROOD_EMISUSE;
	if (signal < 0 || signal > 64)
		return -EINVAL;
	return brood__job_send(job, signal);
}

/* Guards go through the steps by themselves; where there are none the first step is sent here. */
static int send_stop(struct brood_job *job)
{
	int r = -ENOSYS;
	for (size_t i = 0; i < job->n_stages; i++) {
		struct brood__stage *stage = &job->stages[i];
		if (!stage->process.foreign)
			continue;
		int asked = brood__guard_ask(
			&stage->tree->guard, BROOD__GUARD_STOP, BROOD__STOP_CANCEL);
		r = r == -ENOSYS || asked < 0 ? asked : r;
	}
	if (r == 0)
		return 0;
	int sent = send_to(job, job->steps[0].signal, false);
	if (sent == 0 && brood__stop_needs_cont(job->steps[0].signal))
		send_to(job, SIGCONT, false);
	/* What a guard that has gone may have left is the affair of whoever waits. */
	return r == -ENOSYS ? sent : 0;
}

int brood_job_stop(struct brood_job *job)
{
	if (!is_ours(job))
		return BROOD_EMISUSE;
	if (atomic_exchange(&job->stop_asked, true))
		return 0;
	int r = send_stop(job);
	brood__watcher_note_stop(job);
	int wake_fd = atomic_load(&job->wake_fd);
	if (wake_fd >= 0)
		brood__fd_event_set(wake_fd);
	return r == -ESRCH ? 0 : r;
}

pid_t brood_job_pid(const struct brood_job *job)
{
	return is_ours(job) ? job->stages[0].process.pid : BROOD_EMISUSE;
}

pid_t brood_job_group(const struct brood_job *job)
{
	return is_ours(job) ? job->group : BROOD_EMISUSE;
}

static void release_stage(struct brood_job *job, struct brood__stage *stage)
{
	for (int fd = 0; fd < 3; fd++)
		brood__stream_done(&stage->streams[fd]);
	brood__fd_close(&stage->process.pidfd);
	brood__ending_unref(&stage->process.ending);
	brood__tree_done(job, stage);
}

/* Everything but the processes. */
static void release_rest(struct brood_job *job)
{
	brood__job_leave_watcher(job);
	for (size_t i = 0; i < job->n_stages; i++)
		release_stage(job, &job->stages[i]);
	if (job->chunks) {
		brood__chunks_done(job->chunks);
		free(job->chunks);
		job->chunks = NULL;
	}
	brood__fd_close(&job->terminal);
	brood__context_unref(job->context);
	job->context = NULL;
	int wake_fd = atomic_exchange(&job->wake_fd, -1);
	brood__fd_close(&wake_fd);
}

/* Whether it has ended. One that its guard had started is no child of ours, or has become one. */
static bool is_gone(struct brood__stage *stage)
{
	bool recovered;
	struct brood__process *process = &stage->process;
	if (!process->foreign)
		return brood__process_reap(process, false, &stage->status, &recovered);
	struct brood__exit ignored;
	struct pollfd end = { .fd = process->pidfd, .events = POLLIN };
	if (brood__poll(&end, 1, 0, 0) == 0)
		return false;
	brood__wait_exit(process->pidfd, process->pid, WNOHANG, &ignored);
	return true;
}

/* Waits a moment for the end of what was killed. */
static void await_end(struct brood__stage *stage, int64_t until)
{
	struct pollfd end = { .fd = stage->process.pidfd, .events = POLLIN };
	while (!is_gone(stage)) {
		int64_t now = brood__clock_now();
		if (now >= until) {
			brood__orphans_add(&stage->process);
			return;
		}
		brood__poll(&end, 1, now, until);
	}
}

/* The guard kills what runs, which gets a moment; the guard goes on without us. */
static void await_tree(struct brood__stage *stage, int64_t until)
{
	struct brood__guard *guard = &stage->tree->guard;
	int64_t now = brood__clock_now();
	int r = 0;
	while (r >= 0 && !(guard->last.flags & BROOD__GUARD_EMPTY) && now < until) {
		struct pollfd fd = { .fd = guard->socket, .events = POLLIN };
		brood__poll(&fd, 1, now, until);
		r = brood__guard_hear(guard);
		now = brood__clock_now();
	}
	/* A guard that stalls does the rest when it wakes up. */
	if (r < 0 || !(guard->last.flags & BROOD__GUARD_EMPTY))
		brood__process_signal(&stage->process, SIGKILL);
	brood__guard_reap(guard, r >= 0);
}

/* Whether a stage may still run, and is ours to end. */
static bool is_to_be_ended(const struct brood_job *job, const struct brood__stage *stage)
{
	if (!stage->started || !(job->alone || is_ours(job)))
		return false;
	return brood__tree_has_guard(stage) ? !stage->tree->done : !stage->process.has_status;
}

void brood__job_kill(struct brood_job *job)
{
	for (size_t i = 0; i < job->n_stages; i++) {
		struct brood__stage *stage = &job->stages[i];
		if (!is_to_be_ended(job, stage))
			continue;
		if (!brood__tree_has_guard(stage))
			brood__process_signal(&stage->process, SIGKILL);
		else
			brood__guard_ask(&stage->tree->guard, BROOD__GUARD_KILL, 0);
	}
}

void brood__job_release_until(struct brood_job *job, int64_t until)
{
	for (size_t i = 0; i < job->n_stages; i++) {
		struct brood__stage *stage = &job->stages[i];
		if (!is_to_be_ended(job, stage))
			continue;
		brood__job_unwatch(job, stage, BROOD__SLOT_GUARD_END);
		brood__job_unwatch(job, stage, BROOD__SLOT_END);
		if (brood__tree_has_guard(stage))
			await_tree(stage, until);
		else
			await_end(stage, until);
	}
	if (job->alone || is_ours(job))
		brood__terminal_give_back(job);
	release_rest(job);
}

void brood__job_release(struct brood_job *job)
{
	brood__job_kill(job);
	brood__job_release_until(job, brood__deadline(brood__clock_now(), LAST_MOMENT));
}

void brood_job_free(struct brood_job *job)
{
	if (!job)
		return;
	brood__job_release(job);
	free(job);
}

static void detach_stage(struct brood_job *job, struct brood__stage *stage)
{
	brood__job_unwatch(job, stage, BROOD__SLOT_GUARD_END);
	brood__job_unwatch(job, stage, BROOD__SLOT_END);
	if (brood__tree_has_guard(stage)) {
		brood__guard_ask(&stage->tree->guard, BROOD__GUARD_DETACH, 0);
		brood__guard_reap(&stage->tree->guard, true);
	} else if (!stage->process.has_status && !stage->process.foreign) {
		brood__orphans_add(&stage->process);
	}
}

int brood_job_detach(struct brood_job *job)
{
	int r = brood__job_enter(job);
	if (r < 0)
		return r;
	for (size_t i = 0; i < job->n_stages; i++)
		detach_stage(job, &job->stages[i]);
	brood__terminal_give_back(job);
	release_rest(job);
	free(job);
	return 0;
}
