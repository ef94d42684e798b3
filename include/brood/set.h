/* SPDX-License-Identifier: MIT */
#ifndef BROOD_SET_H
#define BROOD_SET_H

/*
 * Many jobs at once, from one thread: a set moves the bytes of all its jobs, keeps all their
 * limits, and tells what happens. It has one descriptor that any event loop can watch.
 *
 *	brood_set_new(&set, &error)
 *	brood_start(&job, ...), brood_set_add(set, job, data)      as many as wanted, at any time
 *	while ((r = brood_set_next(set, BROOD_FOREVER, &event)) == 0)
 *		if (event.kind == BROOD_EVENT_DONE) {
 *			brood_job_wait(event.job, 0, &result, &error);    does not block
 *			brood_job_free(event.job);
 *		}
 *	                                                           r is -ENOENT: no job is left
 *	brood_set_free(set)
 *
 * In an event loop: watch brood_set_pollfd() for reading; when it is readable, call
 * brood_set_next() with timeout 0 until it returns -ETIME or -ENOENT.
 */

#include <brood/job.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Jobs that are looked after together. */
struct brood_set;

/**
 * Makes an empty set.
 *
 * Returns 0 and sets *ret_set; BROOD_EMISUSE: ret_set is NULL; -ENOMEM: no memory; -EMFILE,
 * -ENFILE: no descriptor is left (a set needs two).
 * Owns:    free *ret_set with brood_set_free().
 * Threads: any; a set is for one thread at a time.
 */
BROOD_API BROOD_MUST_CHECK int brood_set_new(struct brood_set **ret_set, struct brood_error *error);

/**
 * Puts a job into a set, which owns it from then on. data comes back in each of its events. All
 * other calls on the job stay possible from the set's thread (brood_job_wait() with its result;
 * _read(), _write(), _stop(), ...), brood_job_stop(), brood_job_signal() and
 * brood_context_cancel() from any.
 *
 * Returns 0. Otherwise nothing has changed:
 *   BROOD_EMISUSE  set or job is NULL, is another process's, the job is in a set already, was
 *                  waited for to its end, or has a pollfd of its own
 *   -EBUSY         another thread waits for the job
 *   -ENOMEM, -ENOSPC  no memory, or no room in epoll(7)
 * Owns:    the set frees what is in it; brood_job_free() and brood_job_detach() take a job out
 *          before they do what they do.
 */
BROOD_API BROOD_MUST_CHECK int brood_set_add(
	struct brood_set *set, struct brood_job *job, void *data);

/**
 * Waits until something has happened to one of the jobs and tells it; see struct brood_event.
 * Meanwhile it moves the bytes and keeps the limits of all. timeout: BROOD_FOREVER: none; 0 or
 * negative: look once. The events of one job come in order, DONE is its last one; jobs take turns.
 *
 * Returns 0 and fills *event. Otherwise:
 *   -ETIME         the timeout passed and nothing has happened
 *   -ENOENT        no job is in the set, or of all of them DONE was told
 *   -EBUSY         another thread is in this call
 *   BROOD_EMISUSE  set or event is NULL, or the set is another process's
 *   -errno of epoll_wait(2), but for -EINTR
 * Owns:    event.data is valid until the next call with this set or this job; event.job is the
 *          set's until it is freed.
 * Signals: a handler does not end the wait.
 */
BROOD_API BROOD_MUST_CHECK int brood_set_next(
	struct brood_set *set, brood_duration timeout, struct brood_event *event);

/**
 * Returns a descriptor that is readable whenever brood_set_next() has something to do: for poll(2),
 * epoll(7) or any event loop, also when time passes. BROOD_EMISUSE: set is NULL or another
 * process's; -EMFILE, -ENFILE: no descriptor was left for it.
 * Owns:    it is the set's; do not read from it, close it or add to it.
 */
BROOD_API BROOD_MUST_CHECK int brood_set_pollfd(struct brood_set *set);

/** Returns how many jobs are in the set, those of which DONE was told included; 0 for NULL. */
BROOD_API size_t brood_set_count(const struct brood_set *set);

/**
 * Frees a set and all jobs in it, as brood_job_free() does; those that run are killed all at once
 * and get at most 100 ms together.
 *
 * Returns nothing. NULL is fine. In a forked child it releases memory and descriptors only.
 */
BROOD_API void brood_set_free(struct brood_set *set);

#ifdef __cplusplus
}
#endif

#endif
