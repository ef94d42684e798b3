/* SPDX-License-Identifier: MIT */
/*
 * threads [ROUNDS]: what may be done with a job from several threads at once, for ThreadSanitizer
 * to look at: waiting and stopping, waiting and signalling, two waiters, many starts in parallel.
 */

#include "tap.h"

#include <brood/brood.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

#define N_THREADS 8

static char *helper;

struct side {
	struct brood_job *job;
	struct brood_context *context;
	atomic_int ends;
	atomic_int code;
};

static struct brood_job *start_lingering(void)
{
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(helper, "linger"));
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_NEW_GROUP);
	struct brood_job *job = NULL;
	return brood_start(&job, &cmd, 1, &options, NULL) < 0 ? NULL : job;
}

/* Three stages, each of which waits for a signal. */
static struct brood_job *start_row(struct brood_context *context)
{
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(helper, "linger"));
	struct brood_cmd cmds[3] = { cmd, cmd, cmd };
	struct brood_options options = BROOD_OPTIONS(.context = context);
	struct brood_job *job = NULL;
	return brood_start(&job, cmds, 3, &options, NULL) < 0 ? NULL : job;
}

static struct brood_job *start_three(void)
{
	return start_row(NULL);
}

static void *stop_twice(void *data)
{
	struct side *side = data;
	int code = brood_job_stop(side->job);
	side->code = code ? code : brood_job_stop(side->job);
	return NULL;
}

static void *signal_often(void *data)
{
	struct side *side = data;
	int code = 0;
	while (!side->ends && code == 0)
		code = brood_job_signal(side->job, 0);
	side->code = code;
	return NULL;
}

static void *signal_once(void *data)
{
	struct side *side = data;
	side->code = brood_job_signal(side->job, SIGUSR1);
	return NULL;
}

static void *wait_too(void *data)
{
	struct side *side = data;
	side->code = brood_job_wait(side->job, BROOD_FOREVER, NULL, NULL);
	return NULL;
}

static void *cancel_it(void *data)
{
	struct side *side = data;
	side->code = brood_context_cancel(side->context);
	return NULL;
}

static int wait_beside(struct brood_job *job, struct brood_context *context, void *(*other)(void *),
	int *ret_other)
{
	struct side side = { .job = job, .context = context };
	pthread_t thread;
	if (!side.job || pthread_create(&thread, NULL, other, &side) != 0)
		exit(99);
	int code = brood_job_wait(side.job, BROOD_FOREVER, NULL, NULL);
	side.ends = 1;
	pthread_join(thread, NULL);
	*ret_other = side.code;
	brood_job_free(side.job);
	return code;
}

static void wait_and_stop(int n, struct brood_job *(*start)(void), const char *what)
{
	int n_bad = 0;
	for (int i = 0; i < n; i++) {
		int other;
		int code = wait_beside(start(), NULL, stop_twice, &other);
		n_bad += code != BROOD_ECANCELED || other != 0;
	}
	tap_ok(n_bad == 0,
		"a wait for %s ends by brood_job_stop in another thread: %d of %d do not", what,
		n_bad, n);
}

/* Also one that was begun before anybody waited. */
static void wait_and_cancel(int n)
{
	int n_bad = 0;
	for (int i = 0; i < n; i++) {
		int other;
		struct brood_context *parent;
		struct brood_context *context;
		if (brood_context_new(&parent, NULL, 0) < 0 ||
			brood_context_new(&context, parent, 0) < 0)
			exit(99);
		struct brood_job *job = start_row(context);
		int code = wait_beside(job, i % 2 ? parent : context, cancel_it, &other);
		n_bad += code != BROOD_ECANCELED || other != 0;
		brood_context_free(context);
		brood_context_free(parent);
	}
	tap_ok(n_bad == 0, "a wait ends by a cancel in another thread: %d of %d do not", n_bad, n);
}

static void wait_and_signal(int n)
{
	int n_bad = 0;
	for (int i = 0; i < n; i++) {
		int other;
		int code = wait_beside(start_lingering(), NULL, signal_once, &other);
		n_bad += code != BROOD_EEXIT || other != 0;
	}
	tap_ok(n_bad == 0, "a wait ends by a signal from another thread: %d of %d do not", n_bad,
		n);
}

/* Signal 0 goes on while the other one reaps: it finds the job or nobody, never anything else. */
static void signal_while_reaping(int n)
{
	int n_bad = 0;
	for (int i = 0; i < n; i++) {
		struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(helper, "exit"));
		struct side side = { 0 };
		pthread_t thread;
		if (brood_start(&side.job, &cmd, 1, NULL, NULL) < 0 ||
			pthread_create(&thread, NULL, signal_often, &side) != 0)
			exit(99);
		int code = brood_job_wait(side.job, BROOD_FOREVER, NULL, NULL);
		side.ends = 1;
		pthread_join(thread, NULL);
		n_bad += code != 0 || (side.code != 0 && side.code != -ESRCH);
		brood_job_free(side.job);
	}
	tap_ok(n_bad == 0, "signalling beside the reaping gives 0 or ESRCH: %d of %d do not", n_bad,
		n);
}

/* Who comes second gets -EBUSY; that may be either of the two. */
static void two_waiters(int n, struct brood_job *(*start)(void), const char *what)
{
	int n_bad = 0;
	for (int i = 0; i < n; i++) {
		struct side side = { .job = start() };
		pthread_t thread;
		if (!side.job || pthread_create(&thread, NULL, wait_too, &side) != 0)
			exit(99);
		int code;
		do
			code = brood_job_wait(side.job, BROOD_MILLISECOND, NULL, NULL);
		while (code == -ETIME && side.code != -EBUSY);
		/* One of them is in it for good: only now may the job be stopped. */
		int stopped = brood_job_stop(side.job);
		if (code == -ETIME)
			code = brood_job_wait(side.job, BROOD_FOREVER, NULL, NULL);
		pthread_join(thread, NULL);
		int theirs = side.code;
		bool right = (code == -EBUSY && theirs == BROOD_ECANCELED) ||
			     (code == BROOD_ECANCELED && theirs == -EBUSY);
		n_bad += !right || stopped != 0;
		brood_job_free(side.job);
	}
	tap_ok(n_bad == 0, "of two waiters for %s one gets EBUSY: %d of %d do not", what, n_bad, n);
}

static int n_each;
static atomic_int n_bad_starts;

static void *start_many(void *data)
{
	char expected[20];
	snprintf(expected, sizeof expected, "thread %d", *(int *)data);
	for (int i = 0; i < n_each; i++) {
		struct brood_result result = BROOD_RESULT_INIT;
		struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(helper, "echo"),
			.in = brood_text(expected));
		struct brood_cmd missing = BROOD_CMD(.argv = BROOD_ARGV("/nonexistent/program"));
		if (brood_output(&cmd, NULL, &result, NULL) != 0 ||
			strcmp(result.out.data, expected) != 0)
			atomic_fetch_add(&n_bad_starts, 1);
		if (brood_run(&missing, NULL, &result, NULL) != -ENOENT)
			atomic_fetch_add(&n_bad_starts, 1);
		brood_result_done(&result);
	}
	return NULL;
}

static void starts_in_parallel(int n)
{
	pthread_t threads[N_THREADS];
	int numbers[N_THREADS];
	n_each = n;
	for (int i = 0; i < N_THREADS; i++) {
		numbers[i] = i;
		if (pthread_create(&threads[i], NULL, start_many, &numbers[i]) != 0)
			exit(99);
	}
	for (int i = 0; i < N_THREADS; i++)
		pthread_join(threads[i], NULL);
	tap_ok(n_bad_starts == 0, "each of %d threads gets its own output: %d do not", N_THREADS,
		n_bad_starts);
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 50;
	helper = getenv("FAULT_CHILD");
	if (!helper)
		return 99;
	wait_and_stop(n, start_lingering, "a command");
	wait_and_stop(n, start_three, "a pipeline");
	wait_and_cancel(n);
	wait_and_signal(n);
	signal_while_reaping(n * 4);
	two_waiters(n, start_lingering, "a command");
	two_waiters(n, start_three, "a pipeline");
	starts_in_parallel(n);
	return tap_end();
}
