/* SPDX-License-Identifier: MIT */
/*
 * storm_signals [ROUNDS]: signals rain on a process that runs children: SIGALRM every 300 us and
 * SIGCHLD as often, with handlers that do not restart calls, and somebody who stops and continues
 * it all the time, and its children. No EINTR may come out, no wake-up may get lost.
 */

#include "tap.h"

#include <brood/brood.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define INPUT_BYTES  ((size_t)200000)
#define HANG_SECONDS 30

static char *helper;
static char *input;
static atomic_int n_alarms, n_progress, stop_all;

static void on_signal(int number)
{
	(void)number;
	atomic_fetch_add(&n_alarms, 1);
}

static void nap(long microseconds)
{
	struct timespec time = { microseconds / 1000000, microseconds % 1000000 * 1000 };
	nanosleep(&time, NULL);
}

/* A hang must be seen even though the main thread is in it. */
static void *watch(void *data)
{
	int seen = -1;
	time_t since = time(NULL);
	(void)data;
	while (!stop_all) {
		nap(50000);
		if (n_progress != seen) {
			seen = n_progress;
			since = time(NULL);
		} else if (time(NULL) - since > HANG_SECONDS) {
			printf("Bail out! no progress after step %d for %d s\n", seen,
				HANG_SECONDS);
			fflush(stdout);
			_exit(1);
		}
	}
	return NULL;
}

/* Signals that come from here hit the main thread: all others have them blocked. */
static void *send_sigchld(void *data)
{
	(void)data;
	while (!stop_all) {
		kill(getpid(), SIGCHLD);
		nap(300);
	}
	return NULL;
}

static void start_storm(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct itimerval timer = { { 0, 300 }, { 0, 300 } };
	sigemptyset(&action.sa_mask);
	sigaction(SIGALRM, &action, NULL);
	sigaction(SIGCHLD, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

/* Somebody who stops and continues a process, until told to end or the process is gone. */
struct stopper {
	pid_t pid;
	int end; /* closed: end, but not with the other one stopped */
};

static void stop_and_continue(pid_t victim, int end)
{
	struct pollfd poll_end = { .fd = end, .events = POLLIN };
	do {
		if (kill(victim, SIGSTOP) < 0)
			break;
		nap(200);
		if (kill(victim, SIGCONT) < 0)
			break;
	} while (poll(&poll_end, 1, 1) == 0);
	_exit(0);
}

static struct stopper start_stopper(pid_t victim)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0)
		exit(99);
	pid_t pid = fork();
	if (pid == 0) {
		close(ends[1]);
		stop_and_continue(victim, ends[0]);
	}
	close(ends[0]);
	return (struct stopper){ .pid = pid, .end = ends[1] };
}

static void end_stopper(struct stopper stopper)
{
	int status;
	close(stopper.end);
	while (waitpid(stopper.pid, &status, 0) < 0 && errno == EINTR)
		;
}

static int output_rounds(int n)
{
	int n_bad = 0;
	for (int i = 0; i < n; i++, n_progress++) {
		struct brood_result result = BROOD_RESULT_INIT;
		struct brood_error error = BROOD_ERROR_INIT;
		struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(helper, "echo"),
			.in = brood_memory(input, INPUT_BYTES));
		int code = brood_output(&cmd, NULL, &result, &error);
		bool good = code == 0 && result.out.length == INPUT_BYTES &&
			    memcmp(result.out.data, input, INPUT_BYTES) == 0 &&
			    result.err.length == strlen("complaint\n");
		if (!good && n_bad++ == 0) {
			char text[300];
			tap_note("round %d: %s, %zu bytes: %s", i, brood_code_name(code),
				result.out.length,
				brood_explain(code, &result, &error, text, sizeof text));
		}
		brood_result_done(&result);
	}
	return n_bad;
}

static int failing_rounds(int n)
{
	int n_bad = 0;
	for (int i = 0; i < n; i++, n_progress++) {
		struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("/nonexistent/program"));
		struct brood_error error = BROOD_ERROR_INIT;
		int code = brood_run(&cmd, NULL, NULL, &error);
		if (code != -ENOENT && n_bad++ == 0)
			tap_note("round %d: %s", i, brood_code_name(code));
	}
	return n_bad;
}

static void *stop_job(void *job)
{
	return (void *)(intptr_t)brood_job_stop(job);
}

/* brood_job_stop from another thread must wake the one that waits, also in mid-signal. */
static int stopping_rounds(int n)
{
	int n_bad = 0;
	for (int i = 0; i < n; i++, n_progress++) {
		struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(helper, "linger"));
		struct brood_job *job = NULL;
		pthread_t thread;
		sigset_t all;
		sigset_t old;
		if (brood_start(&job, &cmd, 1, NULL, NULL) < 0) {
			n_bad++;
			continue;
		}
		sigfillset(&all);
		pthread_sigmask(SIG_SETMASK, &all, &old);
		pthread_create(&thread, NULL, stop_job, job);
		pthread_sigmask(SIG_SETMASK, &old, NULL);
		int code = brood_job_wait(job, BROOD_FOREVER, NULL, NULL);
		if (code != BROOD_ECANCELED && n_bad++ == 0)
			tap_note("round %d: %s", i, brood_code_name(code));
		pthread_join(thread, NULL);
		brood_job_free(job);
	}
	return n_bad;
}

/* A child that is stopped and continued is not a child that has ended, and a timeout is kept. */
static int stopped_child_rounds(int n)
{
	int n_bad = 0;
	for (int i = 0; i < n; i++, n_progress++) {
		struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(helper, "linger"));
		struct brood_options options = BROOD_OPTIONS(.timeout = 30 * BROOD_MILLISECOND);
		struct brood_job *job = NULL;
		struct brood_result result = BROOD_RESULT_INIT;
		if (brood_start(&job, &cmd, 1, &options, NULL) < 0) {
			n_bad++;
			continue;
		}
		struct stopper stopper = start_stopper(brood_job_pid(job));
		int code = brood_job_wait(job, BROOD_FOREVER, &result, NULL);
		if ((code != BROOD_ETIMEOUT || result.stages[0].how != BROOD_SIGNALED ||
			    result.stages[0].signal != SIGTERM) &&
			n_bad++ == 0)
			tap_note("round %d: %s, signal %d", i, brood_code_name(code),
				result.n_stages ? result.stages[0].signal : -1);
		end_stopper(stopper);
		brood_job_free(job);
		brood_result_done(&result);
	}
	return n_bad;
}

static void rain(int n, const char *what)
{
	int before = n_alarms;
	int bad = output_rounds(n);
	tap_ok(bad == 0, "%s: %d outputs are whole: %d are not", what, n, bad);
	bad = failing_rounds(n * 2);
	tap_ok(bad == 0, "%s: %d failing starts say ENOENT: %d do not", what, n * 2, bad);
	bad = stopping_rounds(n);
	tap_ok(bad == 0, "%s: %d waits end by brood_job_stop: %d do not", what, n, bad);
	bad = stopped_child_rounds(n / 10 + 1);
	tap_ok(bad == 0, "%s: %d stopped and continued children keep their limit: %d do not", what,
		n / 10 + 1, bad);
	tap_ok(n_alarms - before > n, "%s: signals did come: %d", what, n_alarms - before);
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 100;
	pthread_t watcher;
	pthread_t sender;
	sigset_t all;
	sigset_t old;
	helper = getenv("FAULT_CHILD");
	input = malloc(INPUT_BYTES);
	if (!helper || !input)
		return 99;
	for (size_t i = 0; i < INPUT_BYTES; i++)
		input[i] = (char)('a' + i % 23);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	if (pthread_create(&watcher, NULL, watch, NULL) != 0 ||
		pthread_create(&sender, NULL, send_sigchld, NULL) != 0)
		return 99;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	start_storm();
	rain(n, "SIGALRM and SIGCHLD");
	struct stopper stopper = start_stopper(getpid());
	rain(n, "stopped and continued too");
	end_stopper(stopper);
	stop_all = 1;
	pthread_join(watcher, NULL);
	pthread_join(sender, NULL);
	free(input);
	return tap_end();
}
