/* SPDX-License-Identifier: MIT */
/* What happens to a job, told one thing after the other; for those who have a loop of their own. */

#include "base/deadline.h"
#include "job/job.h"
#include "job/watcher.h"
#include "sys/clock.h"
#include <brood/error.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Turns after the time of a wait is over, so that what does not concern the caller cannot keep it.
 */
#define LAST_TURNS 16

static bool has_stop_news(const struct brood__stage *stage)
{
	return stage->stop_news && !stage->ended;
}

static bool stage_has_event(const struct brood__stage *stage)
{
	if (has_stop_news(stage) || (stage->ended && !stage->end_told))
		return true;
	for (int fd = 1; fd < 3; fd++) {
		if (brood__stream_has_news(&stage->streams[fd]))
			return true;
	}
	return false;
}

bool brood__job_has_event(const struct brood_job *job)
{
	if (job->done || job->done_told)
		return false;
	for (size_t i = 0; i < job->n_stages; i++) {
		if (stage_has_event(&job->stages[i]))
			return true;
	}
	return brood__job_is_over(job);
}

/* A chunk or a line. */
static bool take_bytes(struct brood__stage *stage, struct brood_event *event)
{
	for (int fd = 1; fd < 3; fd++) {
		struct brood__stream *stream = &stage->streams[fd];
		if (!brood__stream_take(stream, &event->data, &event->length, &event->flags))
			continue;
		event->kind = stream->kind == BROOD_IO_LINES ? BROOD_EVENT_LINE : BROOD_EVENT_CHUNK;
		event->fd = fd;
		return true;
	}
	return false;
}

static bool take_from_stage(
	struct brood_job *job, struct brood__stage *stage, struct brood_event *event)
{
	if (take_bytes(stage, event))
		return true;
	if (has_stop_news(stage)) {
		event->kind = stage->stop_news;
		stage->stop_news = 0;
		if (event->kind == BROOD_EVENT_STAGE_STOPPED)
			job->stop_reported = false;
	} else if (stage->ended && !stage->end_told) {
		event->kind = BROOD_EVENT_STAGE_ENDED;
		stage->end_told = true;
	} else {
		return false;
	}
	event->status = &stage->status;
	return true;
}

bool brood__job_take_event(struct brood_job *job, struct brood_event *event)
{
	*event = (struct brood_event){ .job = job, .user_data = job->user_data, .fd = -1 };
	if (job->done || job->done_told)
		return false;
	for (size_t i = 0; i < job->n_stages; i++) {
		event->stage = i;
		if (take_from_stage(job, &job->stages[i], event))
			return true;
	}
	event->stage = 0;
	if (!brood__job_is_over(job))
		return false;
	int cause;
	size_t stage;
	event->kind = BROOD_EVENT_DONE;
	event->code = brood__job_verdict(job, &cause, &stage);
	job->done_told = true;
	return true;
}

/* Returns 0, -ETIME, -ENOENT, or what a turn does. */
static int next(struct brood_job *job, int64_t until, struct brood_event *event)
{
	int late = 0;
	int r = 0;
	brood__job_make_wakeable(job);
	for (;;) {
		if (brood__job_take_event(job, event))
			return 0;
		if (job->done || job->done_told)
			return -ENOENT;
		if (r < 0)
			return r;
		r = brood__job_turn(job, until, NULL, 0);
		if (r == 0 && until != BROOD__NEVER && brood__clock_now() >= until &&
			++late >= LAST_TURNS)
			r = -ETIME;
	}
}

int brood_job_next(struct brood_job *job, brood_duration timeout, struct brood_event *event)
{
	if (!event)
		return BROOD_EMISUSE;
	int r = brood__job_enter(job);
	if (r < 0)
		return r;
	job->takes_events = true;
	int64_t until = timeout == BROOD_FOREVER ? BROOD__NEVER
						 : brood__deadline(brood__clock_now(), timeout);
	r = job->set ? BROOD_EMISUSE : next(job, until, event);
	brood__job_leave(job);
	return r;
}

int brood_job_step(struct brood_job *job)
{
	int r = brood__job_enter(job);
	if (r < 0)
		return r;
	job->has_stepped = true;
	if (job->set)
		r = BROOD_EMISUSE;
	else if (!job->done)
		r = brood__job_turn_now(job);
	if (r == 0)
		r = job->done || brood__job_is_over(job);
	brood__job_leave(job);
	return r;
}

static int make_watcher(struct brood_job *job)
{
	struct brood__watcher *watcher = malloc(sizeof *watcher);
	if (!watcher)
		return -ENOMEM;
	int r = brood__watcher_open(watcher);
	if (r < 0) {
		free(watcher);
		return r;
	}
	r = brood__watcher_pollfd(watcher);
	if (r >= 0)
		r = brood__watcher_add(watcher, job);
	job->owns_watcher = r >= 0;
	if (r < 0) {
		brood__watcher_close(watcher);
		free(watcher);
	}
	return r;
}

int brood_job_pollfd(struct brood_job *job)
{
	int r = brood__job_enter(job);
	if (r < 0)
		return r;
	struct brood__watcher *watcher = job->watcher;
	if (job->set || job->done)
		r = BROOD_EMISUSE;
	else if (!watcher)
		r = make_watcher(job);
	watcher = job->watcher;
	if (r == 0)
		r = brood__watcher_pollfd(watcher);
	brood__job_leave(job);
	return r;
}
