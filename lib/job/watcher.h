/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * An epoll instance in the place of poll: for the jobs of a set, or for one job whose caller has an
 * event loop of its own. What of the job is watched, when it is due and whether it has events is
 * brought up to date after each call that did anything to it (brood__job_update_watcher()), so that
 * a round costs what happens, not what is there.
 */

#include "job/job.h"

#define BROOD__WATCHER_BATCH 64

struct epoll_event;

struct brood__watcher {
	int epoll_fd;
	int event_fd; /* for brood_job_stop() of other threads and of handlers */
	int timer_fd; /* -1: nobody has asked for a descriptor */
	int64_t armed;
	struct brood__heap timers;
	struct brood_job *jobs; /* all of them */
	size_t n_jobs;
	size_t n_open; /* those whose end was not told yet */
	struct brood_job *first_ready, *last_ready;
	_Atomic(struct brood_job *) stopped; /* pushed by any thread */
	uint32_t *contexts; /* by descriptor: how many jobs want it to be watched */
	size_t n_contexts;
	struct epoll_event *batch; /* during a round: whose turn it is */
	int n_batch;
	uint32_t round;
	bool is_in_round;
};

/* Returns 0 or -errno, and then there is nothing to close. */
int brood__watcher_open(struct brood__watcher *watcher);

/* No job may be in it any more. */
void brood__watcher_close(struct brood__watcher *watcher);

/* Begins to watch a job, claimed by the caller. Returns 0 or -errno, and then nothing has changed.
 */
int brood__watcher_add(struct brood__watcher *watcher, struct brood_job *job);

/* Waits until something happens, a job is due or an instant has come, but not while events wait to
 * be taken; gives all jobs concerned their turn. Returns 0 or -errno of epoll_wait(2). */
int brood__watcher_round(struct brood__watcher *watcher, int64_t until);

/* Whether jobs are due by now, or were stopped. */
bool brood__watcher_is_due(const struct brood__watcher *watcher);

/* Takes the next job that may have an event out of the list of those; NULL: there is none. It comes
 * back to its end by brood__job_leave(). */
struct brood_job *brood__watcher_take_ready(struct brood__watcher *watcher);

/* A descriptor that is readable when something is to be done. Returns it or -errno. */
int brood__watcher_pollfd(struct brood__watcher *watcher);
