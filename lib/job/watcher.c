/* SPDX-License-Identifier: MIT */
/* Many jobs, or one, watched by an epoll instance. */

#include "job/watcher.h"

#include "sys/clock.h"
#include "sys/fd.h"
#include "sys/pidfd.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* How often to look at what epoll cannot watch. */
#define BLIND_PAUSE (10 * BROOD_MILLISECOND)

/* In stage->watched: epoll has refused it; with the first one it is always ready, like a file. */
#define ALWAYS_READY UINT8_C(0x80)
#define NOT_WATCHED  UINT8_C(0x81)

static bool is_registered(uint8_t watched)
{
	return watched && watched < ALWAYS_READY;
}

static struct brood_job *job_of(struct brood__heap_item *item)
{
	return (struct brood_job *)((char *)item - offsetof(struct brood_job, timer));
}

static int control(
	const struct brood__watcher *watcher, int operation, int fd, uint32_t events, void *whose)
{
	struct epoll_event event = { .events = events, .data.ptr = whose };
	return epoll_ctl(watcher->epoll_fd, operation, fd, &event) < 0 ? -errno : 0;
}

int brood__watcher_open(struct brood__watcher *watcher)
{
	*watcher = (struct brood__watcher){ .epoll_fd = -1, .event_fd = -1, .timer_fd = -1 };
	watcher->armed = BROOD__NEVER;
	int r = epoll_create1(EPOLL_CLOEXEC);
	watcher->epoll_fd = r < 0 ? -errno : brood__fd_above_stdio(r);
	if (watcher->epoll_fd < 0)
		return watcher->epoll_fd;
	watcher->event_fd = brood__fd_event();
	r = watcher->event_fd;
	if (r >= 0)
		r = control(watcher, EPOLL_CTL_ADD, watcher->event_fd, EPOLLIN, &watcher->event_fd);
	if (r < 0)
		brood__watcher_close(watcher);
	return r;
}

void brood__watcher_close(struct brood__watcher *watcher)
{
	brood__fd_close(&watcher->epoll_fd);
	brood__fd_close(&watcher->event_fd);
	brood__fd_close(&watcher->timer_fd);
	brood__heap_done(&watcher->timers);
	free(watcher->contexts);
	watcher->contexts = NULL;
}

/* The timer that makes the descriptor of an event loop readable. */

static void arm(struct brood__watcher *watcher)
{
	if (watcher->timer_fd < 0 || watcher->is_in_round)
		return;
	/* Events wait: at an instant that has long passed. 0 would mean never. */
	int64_t at = watcher->first_ready ? 1 : brood__heap_due(&watcher->timers);
	if (at == watcher->armed)
		return;
	struct itimerspec timer = { .it_value = { .tv_sec = 0 } };
	if (at != BROOD__NEVER) {
		at = at < 1 ? 1 : at;
		timer.it_value.tv_sec = at / BROOD_SECOND;
		timer.it_value.tv_nsec = at % BROOD_SECOND;
	}
	if (timerfd_settime(watcher->timer_fd, TFD_TIMER_ABSTIME, &timer, NULL) == 0)
		watcher->armed = at;
}

int brood__watcher_pollfd(struct brood__watcher *watcher)
{
	if (watcher->timer_fd >= 0)
		return watcher->epoll_fd;
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	fd = fd < 0 ? -errno : brood__fd_above_stdio(fd);
	if (fd < 0)
		return fd;
	int r = control(watcher, EPOLL_CTL_ADD, fd, EPOLLIN, &watcher->timer_fd);
	if (r < 0) {
		brood__fd_close(&fd);
		return r;
	}
	watcher->timer_fd = fd;
	watcher->armed = BROOD__NEVER;
	arm(watcher);
	return watcher->epoll_fd;
}

/* What is to be watched of a job. */

static int descriptor_of(const struct brood__stage *stage, enum brood__slot slot)
{
	switch (slot) {
	case BROOD__SLOT_IN:
	case BROOD__SLOT_OUT:
	case BROOD__SLOT_ERR:
		return stage->streams[slot].fd;
	case BROOD__SLOT_SOURCE:
		return stage->streams[0].source_fd;
	case BROOD__SLOT_GUARD:
		return stage->tree ? stage->tree->guard.socket : -1;
	case BROOD__SLOT_GUARD_END:
		return stage->tree ? stage->tree->guard.pidfd : -1;
	case BROOD__SLOT_END:
	case BROOD__SLOTS:
		break;
	}
	return stage->process.pidfd;
}

static void note_watched(struct brood__watcher *watcher, struct brood__stage *stage,
	enum brood__slot slot, uint8_t watched)
{
	stage->watched[slot] = watched;
	if (slot <= BROOD__SLOT_ERR)
		stage->streams[slot].epoll_fd = is_registered(watched) ? watcher->epoll_fd : -1;
}

static void unwatch(
	struct brood__watcher *watcher, struct brood__stage *stage, enum brood__slot slot)
{
	int fd = descriptor_of(stage, slot);
	if (fd >= 0 && is_registered(stage->watched[slot]))
		brood__fd_unwatch(watcher->epoll_fd, fd);
	note_watched(watcher, stage, slot, 0);
}

void brood__job_unwatch(struct brood_job *job, struct brood__stage *stage, enum brood__slot slot)
{
	struct brood__watcher *watcher = job->watcher;
	if (watcher && stage->watched[slot])
		unwatch(watcher, stage, slot);
}

/* Returns 0; -EPERM or -EEXIST: it is to be looked at in another way; another -errno. */
static int watch_slot(struct brood__watcher *watcher, struct brood_job *job,
	struct brood__stage *stage, enum brood__slot slot)
{
	struct brood__watch wanted = brood__job_watch(job, stage, slot);
	uint8_t watched = stage->watched[slot];
	if (descriptor_of(stage, slot) < 0 && watched)
		note_watched(watcher, stage, slot, watched = 0);
	if (wanted.fd < 0) {
		if (watched)
			unwatch(watcher, stage, slot);
		return 0;
	}
	uint32_t events = (uint32_t)wanted.events & (EPOLLIN | EPOLLOUT);
	if (watched == ALWAYS_READY)
		return -EPERM;
	if (watched == 1 + events)
		return 0;
	int operation = is_registered(watched) ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
	int r = control(watcher, operation, wanted.fd, events, job);
	if (r == -EBADF)
		r = -EPERM; /* a source that the caller has closed, as a turn will find */
	if (r == -EPERM)
		note_watched(watcher, stage, slot, ALWAYS_READY);
	else
		note_watched(watcher, stage, slot, r < 0 ? NOT_WATCHED : (uint8_t)(1 + events));
	return r;
}

/* Returns when the job is to be looked at again because of what epoll does not watch. */
static int64_t watch_slots(
	struct brood__watcher *watcher, struct brood_job *job, int64_t now, int *ret_failure)
{
	int64_t due = BROOD__NEVER;
	*ret_failure = 0;
	for (size_t i = 0; i < job->n_stages; i++) {
		for (int slot = 0; slot < BROOD__SLOTS; slot++) {
			int r = watch_slot(watcher, job, &job->stages[i], (enum brood__slot)slot);
			if (r == 0)
				continue;
			if (r != -EPERM && r != -EEXIST)
				*ret_failure = r;
			due = brood__earlier(due, r == -EPERM ? now : now + BLIND_PAUSE);
		}
	}
	return due;
}

static void unwatch_slots(struct brood__watcher *watcher, struct brood_job *job)
{
	for (size_t i = 0; i < job->n_stages; i++) {
		for (int slot = 0; slot < BROOD__SLOTS; slot++)
			unwatch(watcher, &job->stages[i], (enum brood__slot)slot);
	}
}

/* Contexts: their descriptors stay readable once they were cancelled, so they are watched for as
 * long as somebody has not heard of that. */

static int room_for_context(struct brood__watcher *watcher, int fd)
{
	size_t n = (size_t)fd + 1;
	if (n <= watcher->n_contexts)
		return 0;
	n = n < 2 * watcher->n_contexts ? 2 * watcher->n_contexts : n;
	uint32_t *contexts = realloc(watcher->contexts, n * sizeof *contexts);
	if (!contexts)
		return -ENOMEM;
	memset(contexts + watcher->n_contexts, 0, (n - watcher->n_contexts) * sizeof *contexts);
	watcher->contexts = contexts;
	watcher->n_contexts = n;
	return 0;
}

static void leave_context(struct brood__watcher *watcher, int fd)
{
	if (--watcher->contexts[fd] == 0)
		brood__fd_unwatch(watcher->epoll_fd, fd);
}

static int join_context(struct brood__watcher *watcher, int fd)
{
	int r = room_for_context(watcher, fd);
	if (r == 0 && watcher->contexts[fd] == 0)
		r = control(watcher, EPOLL_CTL_ADD, fd, EPOLLIN, &watcher->contexts);
	if (r == 0)
		watcher->contexts[fd]++;
	return r;
}

/* Where that fails the job is looked at from time to time. */
static void watch_contexts(struct brood__watcher *watcher, struct brood_job *job)
{
	int fds[BROOD_CONTEXT_DEPTH];
	if (!job->context)
		return;
	int n = brood__context_watch(job->context, fds);
	for (int i = 0; i < n; i++) {
		if (join_context(watcher, fds[i]) == 0)
			continue;
		while (i-- > 0)
			leave_context(watcher, fds[i]);
		return;
	}
	job->contexts_are_watched = n >= 0;
}

static void unwatch_contexts(struct brood__watcher *watcher, struct brood_job *job)
{
	int fds[BROOD_CONTEXT_DEPTH];
	if (!job->contexts_are_watched)
		return;
	job->contexts_are_watched = false;
	int n = brood__context_watch(job->context, fds); /* those of the first time */
	for (int i = 0; i < n; i++)
		leave_context(watcher, fds[i]);
}

static void make_context_jobs_due(struct brood__watcher *watcher, int64_t now)
{
	for (struct brood_job *job = watcher->jobs; job; job = job->next_watched) {
		if (job->contexts_are_watched)
			brood__heap_set(&watcher->timers, &job->timer, now);
	}
}

/* Those that have events. */

static void set_ready(struct brood__watcher *watcher, struct brood_job *job, bool is_ready)
{
	if (job->is_ready == is_ready)
		return;
	job->is_ready = is_ready;
	if (is_ready) {
		job->next_ready = NULL;
		job->previous_ready = watcher->last_ready;
		*(job->previous_ready ? &job->previous_ready->next_ready
				      : &watcher->first_ready) = job;
		watcher->last_ready = job;
		return;
	}
	*(job->previous_ready ? &job->previous_ready->next_ready
			      : &watcher->first_ready) = job->next_ready;
	*(job->next_ready ? &job->next_ready->previous_ready
			  : &watcher->last_ready) = job->previous_ready;
}

struct brood_job *brood__watcher_take_ready(struct brood__watcher *watcher)
{
	struct brood_job *job = watcher->first_ready;
	if (job)
		set_ready(watcher, job, false);
	return job;
}

/* Who goes on by brood_job_step() alone never takes events and waits for the end. */
static bool has_news(const struct brood_job *job)
{
	if (job->owns_watcher && job->has_stepped && !job->takes_events)
		return !job->done && brood__job_is_over(job);
	return brood__job_has_event(job);
}

/* Those that brood_job_stop() was called for, which wakes us by the job's wake_fd, ours, then. */

void brood__watcher_note_stop(struct brood_job *job)
{
	struct brood__watcher *watcher = job->watcher;
	if (!watcher)
		return;
	job->next_stopped = atomic_load(&watcher->stopped);
	while (!atomic_compare_exchange_weak(&watcher->stopped, &job->next_stopped, job))
		;
}

static void collect_stopped(struct brood__watcher *watcher, int64_t now)
{
	if (!atomic_load(&watcher->stopped))
		return;
	brood__fd_event_clear(watcher->event_fd);
	struct brood_job *next;
	for (struct brood_job *job = atomic_exchange(&watcher->stopped, NULL); job; job = next) {
		next = job->next_stopped;
		brood__heap_set(&watcher->timers, &job->timer, now);
	}
}

static bool is_cancelled(const struct brood_job *job)
{
	return job->context && brood__context_cancelled(job->context) < 0;
}

/* Whether the job was told to stop and has not heard of it. */
static bool has_orders(const struct brood_job *job, int64_t now)
{
	if (!atomic_load(&job->stop_asked) && !is_cancelled(job))
		return false;
	return brood__job_has_ended(job) ? job->delay_due > now : !job->stop.begun;
}

static int64_t due_of(const struct brood_job *job, int64_t now)
{
	if (job->done || brood__job_is_over(job))
		return BROOD__NEVER;
	if (has_orders(job, now))
		return now;
	int64_t due = brood__job_next_due(job, now);
	if (job->context && !job->contexts_are_watched && !is_cancelled(job))
		due = brood__earlier(due, now + BLIND_PAUSE);
	/* Without the end of a round nobody else would get a turn. */
	return due < now ? now : due;
}

static void set_open(struct brood__watcher *watcher, struct brood_job *job, bool is_open)
{
	if (job->is_open == is_open)
		return;
	job->is_open = is_open;
	watcher->n_open += is_open ? 1 : -(size_t)1;
}

/* Returns 0, or a failure to watch something, which is looked at from time to time then. */
static int update(struct brood__watcher *watcher, struct brood_job *job)
{
	int failure;
	int64_t now = brood__clock_now();
	collect_stopped(watcher, now);
	int64_t due = watch_slots(watcher, job, now, &failure);
	bool is_over = job->done || brood__job_is_over(job);
	if (job->contexts_are_watched && (is_over || is_cancelled(job)))
		unwatch_contexts(watcher, job);
	if (job->done || job->done_told)
		set_open(watcher, job, false);
	if (is_over && job->owns_watcher)
		brood__fd_event_clear(watcher->event_fd);
	brood__heap_set(&watcher->timers, &job->timer, brood__earlier(due, due_of(job, now)));
	set_ready(watcher, job, has_news(job));
	arm(watcher);
	return failure;
}

void brood__job_update_watcher(struct brood_job *job)
{
	struct brood__watcher *watcher = job->watcher;
	if (watcher)
		update(watcher, job);
}

static void link_job(struct brood__watcher *watcher, struct brood_job *job)
{
	job->previous_watched = NULL;
	job->next_watched = watcher->jobs;
	if (watcher->jobs)
		watcher->jobs->previous_watched = job;
	watcher->jobs = job;
	watcher->n_jobs++;
}

static void unlink_job(struct brood__watcher *watcher, struct brood_job *job)
{
	*(job->previous_watched ? &job->previous_watched->next_watched
				: &watcher->jobs) = job->next_watched;
	if (job->next_watched)
		job->next_watched->previous_watched = job->previous_watched;
	watcher->n_jobs--;
}

int brood__watcher_add(struct brood__watcher *watcher, struct brood_job *job)
{
	int r = brood__heap_reserve(&watcher->timers, watcher->n_jobs + 1);
	if (r < 0)
		return r;
	/* brood_job_stop() of another thread may be about to use the old one. */
	int old = atomic_exchange(&job->wake_fd, watcher->event_fd);
	if (old >= 0)
		job->spare_wake_fd = 1 + old;
	job->last_round = watcher->round - 1;
	job->watcher = watcher;
	link_job(watcher, job);
	set_open(watcher, job, true);
	watch_contexts(watcher, job);
	r = update(watcher, job);
	if (r < 0)
		brood__job_leave_watcher(job);
	return r;
}

/* An event of this batch may be for a job that is being freed by a function of another one. */
static void forget_in_batch(struct brood__watcher *watcher, const struct brood_job *job)
{
	for (int i = 0; i < watcher->n_batch; i++) {
		if (watcher->batch[i].data.ptr == job)
			watcher->batch[i].data.ptr = NULL;
	}
}

/* In a forked child epoll, eventfd and timer are the parent's too, and are left as they are. */
static void forget_slots(struct brood__watcher *watcher, struct brood_job *job)
{
	for (size_t i = 0; i < job->n_stages; i++) {
		for (int slot = 0; slot < BROOD__SLOTS; slot++)
			note_watched(watcher, &job->stages[i], (enum brood__slot)slot, 0);
	}
}

void brood__job_leave_watcher(struct brood_job *job)
{
	struct brood__watcher *watcher = job->watcher;
	if (!watcher)
		return;
	bool is_mine = job->owner == getpid();
	if (is_mine) {
		collect_stopped(watcher, brood__clock_now());
		unwatch_slots(watcher, job);
		unwatch_contexts(watcher, job);
	} else {
		forget_slots(watcher, job);
	}
	brood__heap_remove(&watcher->timers, &job->timer);
	set_ready(watcher, job, false);
	forget_in_batch(watcher, job);
	unlink_job(watcher, job);
	set_open(watcher, job, false);
	job->set = NULL;
	job->watcher = NULL;
	atomic_store(&job->wake_fd, job->spare_wake_fd - 1);
	job->spare_wake_fd = 0;
	if (job->owns_watcher) {
		brood__watcher_close(watcher);
		free(watcher);
		job->owns_watcher = false;
	} else if (is_mine) {
		arm(watcher);
	}
}

/* Rounds. */

bool brood__watcher_is_due(const struct brood__watcher *watcher)
{
	return atomic_load(&watcher->stopped) ||
	       brood__heap_due(&watcher->timers) <= brood__clock_now();
}

static int wait_for_batch(
	struct brood__watcher *watcher, int64_t now, int64_t until, struct epoll_event *batch)
{
	int timeout = 0;
	if (until == BROOD__NEVER) {
		timeout = -1;
	} else if (until > now) {
		/* To the nanosecond, which epoll_wait(2) cannot. */
		struct pollfd any = { .fd = watcher->epoll_fd, .events = POLLIN };
		int r = brood__poll(&any, 1, now, until);
		if (r <= 0)
			return r;
	}
	int n = epoll_wait(watcher->epoll_fd, batch, BROOD__WATCHER_BATCH, timeout);
	return n < 0 ? -errno : n;
}

static void give_turn(struct brood__watcher *watcher, struct brood_job *job)
{
	if (job->last_round == watcher->round || brood__job_enter(job) < 0)
		return;
	job->last_round = watcher->round;
	/* A failure comes again when somebody waits for the job, or does not matter. */
	if (!job->done)
		brood__job_turn_now(job);
	brood__job_leave(job);
}

static void handle_batch(struct brood__watcher *watcher, int64_t now)
{
	bool cancelled = false;
	for (int i = 0; i < watcher->n_batch; i++) {
		void *whose = watcher->batch[i].data.ptr;
		if (whose == &watcher->event_fd) {
			brood__fd_event_clear(watcher->event_fd);
			collect_stopped(watcher, now);
		} else if (whose == &watcher->contexts) {
			cancelled = true;
		} else if (whose && whose != &watcher->timer_fd) {
			give_turn(watcher, whose);
		}
	}
	if (cancelled)
		make_context_jobs_due(watcher, now);
}

/* Each one once: who is due again by then has to wait for the next round. */
static void handle_due(struct brood__watcher *watcher, int64_t now)
{
	for (size_t left = watcher->timers.n; left > 0; left--) {
		struct brood__heap_item *item = brood__heap_first(&watcher->timers);
		if (!item || item->due > now)
			return;
		give_turn(watcher, job_of(item));
		if (brood__heap_first(&watcher->timers) == item && item->due <= now)
			brood__heap_set(&watcher->timers, item, now + 1);
	}
}

int brood__watcher_round(struct brood__watcher *watcher, int64_t until)
{
	struct epoll_event batch[BROOD__WATCHER_BATCH];
	int64_t now = brood__clock_now();
	collect_stopped(watcher, now);
	int64_t due = brood__earlier(until, brood__heap_due(&watcher->timers));
	int n = wait_for_batch(watcher, now, watcher->first_ready ? now : due, batch);
	if (n < 0)
		return n == -EINTR ? 0 : n;
	watcher->is_in_round = true;
	watcher->batch = batch;
	watcher->n_batch = n;
	watcher->round++;
	now = brood__clock_now();
	handle_batch(watcher, now);
	handle_due(watcher, now);
	watcher->batch = NULL;
	watcher->n_batch = 0;
	watcher->is_in_round = false;
	arm(watcher);
	return 0;
}
