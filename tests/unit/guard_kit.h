/* SPDX-License-Identifier: MIT */
#pragma once

/* Jobs below real guards, started without the layer above. Their program is the helper act. */

#include "guard/client.h"
#include "sys/clock.h"
#include "sys/fd.h"

#include <brood/error.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* More than any busy machine takes. */
#define KIT_PATIENCE 20000

#define KIT_WORDS 48

extern char **environ;

static const struct brood_stop kit_steps[] = { { SIGTERM, 0, 50 * BROOD_MILLISECOND } };

/* In a scene, a process of its own, there is no way back into the tests. */
static bool kit_is_scene;

static inline void kit_complain(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: %s\n", file, line, what);
	if (kit_is_scene)
		_exit(1);
	fail();
}

#define CHECK(what)                                              \
	do {                                                     \
		if (!(what))                                     \
			kit_complain(__FILE__, __LINE__, #what); \
	} while (0)

struct kit_job {
	struct brood__guard guard;
	struct brood__child child;
	struct brood__start start;
	struct brood__guard_terms terms;
	struct brood__report report;
	struct brood__fd_want wants[6];
	struct brood__fd_op ops[64];
	int ready; /* what it says to its descriptor 3; ends with the last that holds it */
	char path[4096];
	char *argv[KIT_WORDS + 2];
};

/* A job that does what the words say (tests/helpers/act.c), with nothing but its descriptor 3. */
static inline void kit_describe(struct kit_job *job, uint32_t flags, const char *const *words)
{
	const char *folder = getenv("HELPERS");
	size_t n = 0;
	*job = (struct kit_job){ .ready = -1 };
	snprintf(job->path, sizeof job->path, "%s/act", folder ? folder : "helpers");
	job->argv[n++] = job->path;
	for (; *words; words++) {
		CHECK(n < KIT_WORDS);
		job->argv[n++] = (char *)(uintptr_t)*words;
	}
	job->terms = (struct brood__guard_terms){
		.flags = flags,
		.deadline = BROOD__NEVER,
		.steps = kit_steps,
		.n_steps = 1,
		.cgroup_dir = -1,
		.cgroup_parent = -1,
	};
	job->start = (struct brood__start){
		.wants = job->wants,
		.ops = job->ops,
		.plan = {
			.new_group = true,
			.null_targets = 7,
			.path = job->path,
			.argv = job->argv,
			.envp = environ,
		},
	};
}

/* Starts what was described, below a guard or without one. Returns as brood__guard_start(). */
static inline int kit_start(struct kit_job *job, bool guarded)
{
	int ends[2];
	CHECK(brood__pipe_open(&ends[0], &ends[1]) == 0);
	job->ready = ends[0];
	size_t n = job->start.n_wants;
	job->wants[n] = (struct brood__fd_want){ ends[1], 3, 0 };
	job->start.n_wants = n + 1;
	CHECK(brood__fdmap_bound(n + 1) <= sizeof job->ops / sizeof *job->ops);
	int r = guarded ? brood__guard_start(
				  &job->guard, &job->start, &job->terms, &job->child, &job->report)
			: brood__launch(&job->start, &job->child, &job->report);
	job->start.n_wants = n;
	close(ends[1]);
	if (r < 0)
		close(job->ready);
	return r;
}

/* Waits until n of the job's processes have said that they are ready. */
static inline void kit_await_ready(const struct kit_job *job, int n)
{
	while (n-- > 0) {
		char byte = 0;
		struct pollfd said = { .fd = job->ready, .events = POLLIN };
		CHECK(poll(&said, 1, KIT_PATIENCE) == 1);
		CHECK(read(job->ready, &byte, 1) == 1);
	}
}

/* Waits until nobody of the job's processes is left. */
static inline void kit_await_nobody(const struct kit_job *job)
{
	char byte;
	struct pollfd said = { .fd = job->ready, .events = POLLIN };
	CHECK(poll(&said, 1, KIT_PATIENCE) == 1);
	CHECK(read(job->ready, &byte, 1) == 0);
}

/* Takes the next report, waiting for it. */
static inline void kit_hear(struct kit_job *job)
{
	struct pollfd said = { .fd = job->guard.socket, .events = POLLIN };
	CHECK(poll(&said, 1, KIT_PATIENCE) == 1);
	CHECK(brood__guard_hear(&job->guard) == 1);
}

static inline void kit_await_flags(struct kit_job *job, uint32_t flags)
{
	while ((job->guard.last.flags & flags) != flags)
		kit_hear(job);
}

/* The letter of a process in /proc, 0: there is none. */
static inline char kit_state_of(pid_t pid)
{
	char path[64];
	char state = 0;
	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	FILE *file = fopen(path, "re");
	if (!file)
		return 0;
	if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = 0;
	fclose(file);
	return state;
}

static inline bool kit_is_alive(pid_t pid)
{
	char state = kit_state_of(pid);
	return state != 0 && state != 'Z';
}

static inline void kit_await_state(pid_t pid, char state)
{
	const struct timespec moment = { 0, 200000 };
	int64_t until = brood__clock_now() + KIT_PATIENCE * BROOD_MILLISECOND;
	while (kit_state_of(pid) != state) {
		CHECK(brood__clock_now() < until);
		nanosleep(&moment, NULL);
	}
}

/* The children of a process. Returns how many. */
static inline int kit_children_of(pid_t pid, pid_t *ret_pids, int room)
{
	char path[64];
	int n = 0;
	int child;
	snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
	FILE *file = fopen(path, "re");
	CHECK(file);
	while (n < room && fscanf(file, "%d", &child) == 1)
		ret_pids[n++] = child;
	fclose(file);
	return n;
}

static inline void kit_ask(const struct kit_job *job, uint32_t what, int value)
{
	CHECK(brood__guard_ask(&job->guard, what, value) == 0);
}

/* The guard has said its last word; it goes, and nothing is left. */
static inline void kit_finish(struct kit_job *job)
{
	kit_await_flags(job, BROOD__GUARD_EMPTY);
	brood__guard_reap(&job->guard, true);
	brood__guard_close(&job->guard);
	close(job->child.pidfd);
	close(job->ready);
}

static inline void kit_expect_no_children(void)
{
	int status;
	CHECK(waitpid(-1, &status, __WALL) == -1);
	CHECK(errno == ECHILD);
}

static inline bool kit_has_no_guard(void)
{
	const char *list = getenv("BROOD_TEST_DENIED");
	return list && strstr(list, "valgrind");
}
