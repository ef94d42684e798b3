/* SPDX-License-Identifier: MIT */
#ifndef TESTS_CONTRACT_CONTEXTS_H
#define TESTS_CONTRACT_CONTEXTS_H

/* What the tests of contexts share. */

#include "stages.h"

#include <pthread.h>

/* Some of them have more arguments than lasting() takes. */
#undef ACT
#define ACT(...) BROOD_ARGV(helper("act"), __VA_ARGS__)

static const struct brood_stop patient[] = { { SIGTERM, 0, BROOD_HOUR } };
#define PATIENT .stop = patient, .n_stop = 1

/* What a bug would wait for and a right library does not, even on a machine that is busy. */
#define MUCH_LATER (20 * BROOD_SECOND)

/* A deadline before which a job can be started, even on valgrind. */
#define SOON (400 * BROOD_MILLISECOND)

static inline struct brood_context *make(struct brood_context *parent, brood_duration timeout)
{
	struct brood_context *context = NULL;
	check_code(brood_context_new(&context, parent, timeout), 0, NULL);
	return context;
}

/* Waits for an end that must come soon. */
static inline int wait_soon(struct brood_job *job, struct brood_result *result)
{
	struct brood_error error = BROOD_ERROR_INIT;
	int r = brood_job_wait(job, MUCH_LATER, result, &error);
	check_number(r < 0 ? error.code : 0, r);
	return r;
}

static inline void expect_stopped(
	const struct brood_result *result, int cause, int signal, uint32_t notes)
{
	check_number(result->cause, cause);
	check_number(result->notes, notes);
	check_number(result->stages[0].how, BROOD_SIGNALED);
	check_number(result->stages[0].signal, signal);
}

/* A job that pauses until it is stopped; TERM does. */
static inline void start_pausing(struct scene *scene, struct brood_context *context)
{
	const struct brood_options options = BROOD_OPTIONS(.context = context, PATIENT);
	scene_start(scene, quiet(ACT("ready", "pause")), &options, 1);
}

static inline void expect_end(struct scene *scene, int code)
{
	struct brood_result result = BROOD_RESULT_INIT;
	check_code(wait_soon(scene->job, &result), code, NULL);
	expect_stopped(&result, code == BROOD_ETIMEOUT ? BROOD_CAUSE_TIMEOUT : BROOD_CAUSE_CANCEL,
		SIGTERM, 0);
	brood_result_done(&result);
	scene_end(scene);
}

/* A sink that tells, when it gets its first byte, that the thread which waits is inside a call. */
struct inside {
	struct brood_context *context;
	struct line waiting;
	int stat; /* of the first thread, which is the one that waits */
	pthread_t thread;
	bool told;
};

static inline int tell_inside(void *data, const char *chunk, size_t length)
{
	struct inside *inside = data;
	(void)chunk;
	(void)length;
	if (!inside->told)
		check_number(write(inside->waiting.writing, "w", 1), 1);
	inside->told = true;
	return 0;
}

/* Returns when the first thread has gone to sleep. */
static inline void await_sleep(const struct inside *inside)
{
	char text[256] = "";
	const char *end = NULL;
	int64_t patience = now_ns() + MUCH_LATER;
	while (!end || end[2] != 'S') {
		ssize_t n = pread(inside->stat, text, sizeof text - 1, 0);
		text[n > 0 ? n : 0] = 0;
		end = strrchr(text, ')');
		if (now_ns() > patience)
			return;
	}
}

static inline void *cancel_when_inside(void *data)
{
	struct inside *inside = data;
	char byte;
	if (read(inside->waiting.reading, &byte, 1) == 1) {
		await_sleep(inside);
		brood_context_cancel(inside->context);
	}
	return NULL;
}

/* A thread that cancels once the call has begun to move bytes. */
static inline void inside_begin(struct inside *inside, struct brood_context *context)
{
	*inside = (struct inside){ .context = context, .waiting = line_open() };
	/* Of the thread: an emulator makes up that of the process. */
	char path[64];
	snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int)getpid());
	inside->stat = open(path, O_RDONLY | O_CLOEXEC);
	check(inside->stat >= 0);
	check_number(pthread_create(&inside->thread, NULL, cancel_when_inside, inside), 0);
}

static inline void inside_end(struct inside *inside)
{
	pthread_join(inside->thread, NULL);
	close(inside->waiting.reading);
	close(inside->waiting.writing);
	close(inside->stat);
}

#endif
