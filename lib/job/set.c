/* SPDX-License-Identifier: MIT */
/* Many jobs at once. */

#include "base/deadline.h"
#include "base/error.h"
#include "job/watcher.h"
#include "sys/clock.h"
#include <brood/set.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* How many events are told before a look at what else has happened. */
#define EVENTS_PER_ROUND 64

/* How long freeing waits for all that was killed. */
#define LAST_MOMENT (100 * BROOD_MILLISECOND)

struct brood_set {
	pid_t owner;
	atomic_bool busy;  /* somebody is in brood_set_next() */
	unsigned int told; /* events since the last round */
	struct brood__watcher watcher;
};

static bool is_ours(const struct brood_set *set)
{
	return set && set->owner == getpid();
}

int brood_set_new(struct brood_set **ret_set, struct brood_error *error)
{
	if (!ret_set)
		return brood__fail(error, BROOD_EMISUSE, BROOD_STEP_CONFIG, "ret_set");
	struct brood_set *set = calloc(1, sizeof *set);
	int r = set ? brood__watcher_open(&set->watcher) : -ENOMEM;
	if (r < 0) {
		free(set);
		*ret_set = NULL;
		return brood__fail(error, r, BROOD_STEP_WAIT, "set");
	}
	set->owner = getpid();
	*ret_set = set;
	return 0;
}

int brood_set_add(struct brood_set *set, struct brood_job *job, void *data)
{
	if (!is_ours(set))
		return BROOD_EMISUSE;
	int r = brood__job_enter(job);
	if (r < 0)
		return r;
	if (job->watcher || job->done) {
		r = BROOD_EMISUSE;
	} else {
		r = brood__watcher_add(&set->watcher, job);
	}
	if (r == 0) {
		job->set = set;
		job->user_data = data;
	}
	brood__job_leave(job);
	return r;
}

static bool take(struct brood_set *set, struct brood_event *event)
{
	struct brood_job *job;
	bool has_taken = false;
	while (!has_taken && (job = brood__watcher_take_ready(&set->watcher))) {
		/* A job that is busy comes back when its call ends. */
		if (brood__job_enter(job) < 0)
			continue;
		has_taken = brood__job_take_event(job, event);
		brood__job_leave(job);
	}
	set->told += has_taken;
	return has_taken;
}

/* Jobs with many events do not keep the others from their time limits and their bytes. */
static bool may_take(const struct brood_set *set)
{
	return set->told < EVENTS_PER_ROUND && !brood__watcher_is_due(&set->watcher);
}

static int next(struct brood_set *set, int64_t until, struct brood_event *event)
{
	for (;;) {
		if (set->watcher.n_open == 0)
			return -ENOENT;
		if (may_take(set) && take(set, event))
			return 0;
		int r = brood__watcher_round(&set->watcher, until);
		if (r < 0)
			return r;
		set->told = 0;
		if (take(set, event))
			return 0;
		if (until != BROOD__NEVER && brood__clock_now() >= until)
			return set->watcher.n_open == 0 ? -ENOENT : -ETIME;
	}
}

int brood_set_next(struct brood_set *set, brood_duration timeout, struct brood_event *event)
{
	if (!is_ours(set) || !event)
		return BROOD_EMISUSE;
	if (atomic_exchange(&set->busy, true))
		return -EBUSY;
	int64_t until = timeout == BROOD_FOREVER ? BROOD__NEVER
						 : brood__deadline(brood__clock_now(), timeout);
	int r = next(set, until, event);
	atomic_store(&set->busy, false);
	return r;
}

int brood_set_pollfd(struct brood_set *set)
{
	return is_ours(set) ? brood__watcher_pollfd(&set->watcher) : BROOD_EMISUSE;
}

size_t brood_set_count(const struct brood_set *set)
{
	return set ? set->watcher.n_jobs : 0;
}

void brood_set_free(struct brood_set *set)
{
	if (!set)
		return;
	struct brood__watcher *watcher = &set->watcher;
	if (is_ours(set)) {
		for (struct brood_job *job = watcher->jobs; job; job = job->next_watched)
			brood__job_kill(job);
	}
	int64_t until = brood__clock_now() + LAST_MOMENT;
	while (watcher->jobs) {
		struct brood_job *job = watcher->jobs;
		brood__job_release_until(job, until);
		free(job);
	}
	brood__watcher_close(watcher);
	free(set);
}
