/* SPDX-License-Identifier: MIT */
#ifndef TESTS_CONTRACT_EVENTS_H
#define TESTS_CONTRACT_EVENTS_H

/* What tests of jobs and of sets that are driven event by event have in common. */

#include "hygiene.h"
#include "kit.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

/* Longer than anything here takes, and shorter than the patience of whoever runs the tests. */
#define PATIENCE (20 * BROOD_SECOND)

static inline struct brood_job *start_with(
	struct brood_cmd cmd, const struct brood_options *options)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_job *job = NULL;
	int r = brood_start(&job, &cmd, 1, options, &error);
	if (r != 0)
		fail_msg("brood_start: %s at %s %s", brood_code_name(r),
			brood_step_name(error.step), error.subject);
	return job;
}

/* What it writes comes as lines. */
static inline struct brood_cmd with_lines(char *const *argv)
{
	struct brood_cmd cmd = BROOD_CMD(.argv = argv, .out = brood_lines(NULL, NULL, 0));
	return cmd;
}

/* ... as chunks. */
static inline struct brood_cmd with_chunks(char *const *argv)
{
	struct brood_cmd cmd = BROOD_CMD(.argv = argv, .out = brood_sink(NULL, NULL));
	return cmd;
}

static inline void expect_code(int got, int wanted)
{
	if (got != wanted)
		fail_msg("%s (%d), not %s (%d)", brood_code_name(got), got, brood_code_name(wanted),
			wanted);
}

/* The next event of a job, which must come. */
static inline struct brood_event next_of(struct brood_job *job)
{
	struct brood_event event;
	memset(&event, 0xff, sizeof event);
	expect_code(brood_job_next(job, PATIENCE, &event), 0);
	assert_ptr_equal(event.job, job);
	assert_true(event.reserved[0] == 0 && event.reserved[1] == 0);
	return event;
}

/* The next event of a set, which must come. */
static inline struct brood_event next_in(struct brood_set *set)
{
	struct brood_event event;
	memset(&event, 0xff, sizeof event);
	expect_code(brood_set_next(set, PATIENCE, &event), 0);
	assert_true(event.reserved[0] == 0 && event.reserved[1] == 0);
	return event;
}

static inline struct brood_set *new_set(void)
{
	struct brood_set *set = NULL;
	expect_code(brood_set_new(&set, NULL), 0);
	return set;
}

/* Starts it into a set. */
static inline struct brood_job *add_to(struct brood_set *set, struct brood_cmd cmd,
	const struct brood_options *options, void *data)
{
	struct brood_job *job = start_with(cmd, options);
	expect_code(brood_set_add(set, job, data), 0);
	return job;
}

/* Goes on until DONE of whichever job is next. */
static inline struct brood_event next_done(struct brood_set *set)
{
	struct brood_event event;
	do
		event = next_in(set);
	while (event.kind != BROOD_EVENT_DONE);
	return event;
}

/* Waits until the descriptor is readable; fails the test after a while. */
static inline void await_readable(int fd)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	int n;
	do
		n = poll(&pollfd, 1, (int)(PATIENCE / BROOD_MILLISECOND));
	while (n < 0 && errno == EINTR);
	if (n != 1)
		fail_msg("the descriptor has not become readable");
}

/* Nothing happens, so nobody may be woken. */
static inline void expect_quiet(int fd)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	if (poll(&pollfd, 1, 200) != 0)
		fail_msg("the descriptor is readable for no reason");
}

/* Goes on, as an event loop does, until nothing is left to be done. */
static inline void calm_job(struct brood_job *job)
{
	struct brood_event event;
	int r;
	do
		r = brood_job_next(job, 0, &event);
	while (r == 0);
	expect_code(r, -ETIME);
}

static inline void calm_set(struct brood_set *set)
{
	struct brood_event event;
	int r;
	do
		r = brood_set_next(set, 0, &event);
	while (r == 0);
	expect_code(r, -ETIME);
}

/* What an event loop does when the descriptor is readable. Returns whether there was an event. */
static inline bool look_once(struct brood_set *set, struct brood_event *event)
{
	int r = brood_set_next(set, 0, event);
	if (r != 0)
		expect_code(r, -ETIME);
	return r == 0;
}

/* Does something to a job or a context a little later, when somebody waits. */
struct later {
	pthread_t thread;
	struct brood_job *job;
	struct brood_context *context;
	int signal; /* sent to the job */
	int64_t begin;
};

static inline void *do_later(void *data)
{
	struct later *later = data;
	struct timespec moment = { .tv_nsec = 50 * 1000 * 1000 };
	nanosleep(&moment, NULL);
	later->begin = now_ns();
	if (later->context)
		brood_context_cancel(later->context);
	else if (later->signal)
		brood_job_signal(later->job, later->signal);
	else
		brood_job_stop(later->job);
	return NULL;
}

/* Needs threads: need_threads() is to be called before anything is started. */
static inline void begin_later(struct later *later)
{
	assert_int_equal(pthread_create(&later->thread, NULL, do_later, later), 0);
}

static inline void end_later(struct later *later)
{
	pthread_join(later->thread, NULL);
}

/* How much memory has been given out; 0 where the allocator does not say. */
static inline size_t memory_in_use(void)
{
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
	struct mallinfo2 info = mallinfo2();
	return info.uordblks + info.hblkhd;
#else
	return 0;
#endif
}

/* Calls act in a fork of this process, which must return true. */
static inline void in_fork(bool (*act)(void *data), void *data)
{
	int status = 0;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(act(data) ? 0 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

#endif
