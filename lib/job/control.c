/* SPDX-License-Identifier: MIT */
/* Signalling, stopping, naming, letting go and freeing a job. */

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
static int send(struct brood_job *job, int signal)
{
	if (!job->process.foreign)
		return brood__process_signal(&job->process, signal);
	bool kills = signal == SIGKILL && brood__guard_ask(&job->guard, BROOD__GUARD_KILL, 0) == 0;
	int r = brood__process_signal(&job->process, signal);
	if (kills)
		return 0;
	bool is_refused = r == -EPERM && brood__kill(job->process.pid, 0) == -EPERM;
	if (r == -ENOSYS || r == -EINVAL || (r == -EPERM && !is_refused))
		r = brood__guard_ask(&job->guard, BROOD__GUARD_SIGNAL, signal);
	return r == -EPIPE || r == -ECONNRESET ? -ESRCH : r;
}

int brood_job_signal(struct brood_job *job, int signal)
{
	if (!is_ours(job))
		return BROOD_EMISUSE;
	if (signal < 0 || signal > 64)
		return -EINVAL;
	return send(job, signal);
}

int brood_job_stop(struct brood_job *job)
{
	if (!is_ours(job))
		return BROOD_EMISUSE;
	if (atomic_exchange(&job->stop_asked, true))
		return 0;
	int r = job->process.foreign
			? brood__guard_ask(&job->guard, BROOD__GUARD_STOP, BROOD__STOP_CANCEL)
			: -ENOSYS;
	if (r < 0)
		r = brood__process_signal(&job->process, job->steps[0].signal);
	/* What a guard that has gone may have left is the affair of whoever waits. */
	if (r < 0 && job->process.foreign)
		r = 0;
	if (r == 0 && brood__stop_needs_cont(job->steps[0].signal))
		brood__process_signal(&job->process, SIGCONT);
	int wake_fd = atomic_load(&job->wake_fd);
	if (wake_fd >= 0)
		brood__fd_event_set(wake_fd);
	return r == -ESRCH ? 0 : r;
}

pid_t brood_job_pid(const struct brood_job *job)
{
	return is_ours(job) ? job->process.pid : BROOD_EMISUSE;
}

pid_t brood_job_group(const struct brood_job *job)
{
	return is_ours(job) ? job->group : BROOD_EMISUSE;
}

static void release_descriptors(struct brood_job *job)
{
	for (int fd = 0; fd < 3; fd++)
		brood__stream_done(&job->streams[fd]);
	brood__fd_close(&job->process.pidfd);
	brood__guard_close(&job->guard);
	brood__cgroup_done(&job->cgroup, job->guard_lost);
	brood__walk_done(&job->walk);
	int wake_fd = atomic_exchange(&job->wake_fd, -1);
	brood__fd_close(&wake_fd);
}

/* Whether it has ended. One that its guard had started is no child of ours, or has become one. */
static bool is_gone(struct brood_job *job)
{
	bool recovered;
	if (!job->process.foreign)
		return brood__process_reap(&job->process, false, &job->status, &recovered);
	struct brood__exit ignored;
	struct pollfd end = { .fd = job->process.pidfd, .events = POLLIN };
	if (brood__poll(&end, 1, 0, 0) == 0)
		return false;
	brood__wait_exit(job->process.pidfd, job->process.pid, WNOHANG, &ignored);
	return true;
}

/* Kills what runs and waits a moment for it. */
static void end_now(struct brood_job *job)
{
	if (is_gone(job))
		return;
	brood__process_signal(&job->process, SIGKILL);
	int64_t now = brood__clock_now();
	int64_t until = now + LAST_MOMENT;
	struct pollfd end = { .fd = job->process.pidfd, .events = POLLIN };
	while (!is_gone(job)) {
		now = brood__clock_now();
		if (now >= until) {
			brood__orphans_add(&job->process);
			return;
		}
		brood__poll(&end, 1, now, until);
	}
}

/* Lets the guard kill what runs and waits a moment for it; the guard goes on without us. */
static void end_tree_now(struct brood_job *job)
{
	int64_t now = brood__clock_now();
	int64_t until = now + LAST_MOMENT;
	int r = brood__guard_ask(&job->guard, BROOD__GUARD_KILL, 0);
	while (r >= 0 && !(job->guard.last.flags & BROOD__GUARD_EMPTY) && now < until) {
		struct pollfd fd = { .fd = job->guard.socket, .events = POLLIN };
		brood__poll(&fd, 1, now, until);
		r = brood__guard_hear(&job->guard);
		now = brood__clock_now();
	}
	/* A guard that stalls does the rest when it wakes up. */
	if (r < 0 || !(job->guard.last.flags & BROOD__GUARD_EMPTY))
		brood__process_signal(&job->process, SIGKILL);
	brood__guard_reap(&job->guard, r >= 0);
}

void brood__job_release(struct brood_job *job)
{
	bool is_mine = job->process.alone || is_ours(job);
	if (is_mine && brood__tree_has_guard(job) && !job->tree_done)
		end_tree_now(job);
	else if (!job->process.has_status && (job->process.alone || is_ours(job)))
		end_now(job);
	release_descriptors(job);
}

void brood_job_free(struct brood_job *job)
{
	if (!job)
		return;
	brood__job_release(job);
	free(job);
}

int brood_job_detach(struct brood_job *job)
{
	int r = brood__job_enter(job);
	if (r < 0)
		return r;
	if (brood__tree_has_guard(job)) {
		brood__guard_ask(&job->guard, BROOD__GUARD_DETACH, 0);
		brood__guard_reap(&job->guard, true);
	} else if (!job->process.has_status && !job->process.foreign) {
		brood__orphans_add(&job->process);
	}
	release_descriptors(job);
	free(job);
	return 0;
}
