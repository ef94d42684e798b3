/* SPDX-License-Identifier: MIT */
#include "common/signals.h"

#include "common/duration.h"
#include "common/exit_code.h"
#include "common/file.h"
#include "common/message.h"
#include "common/terminal.h"
#include "common/text.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

/* Two Ctrl-C within this time mean it. */
#define INSISTING (2 * BROOD_SECOND)
/* How often a blocked write is interrupted once we are in a hurry. */
#define TICK (100 * BROOD_MILLISECOND)

/* More than the kernel writes about a process. */
#define LARGEST_STAT 4096

/* All of it is written by the handlers or read by them. */
static struct brood_job *volatile const *volatile jobs; /* entries may become NULL */
static volatile size_t n_jobs;
static struct brood_job *volatile only_job;
static volatile sig_atomic_t received;
static volatile sig_atomic_t must_stop;
static volatile sig_atomic_t asked_for_state;
static volatile sig_atomic_t asked_to_suspend;
static volatile sig_atomic_t is_starting; /* a job comes soon or has come just now */
static volatile sig_atomic_t stops;
static volatile sig_atomic_t hurried;
static volatile sig_atomic_t continued;
static volatile sig_atomic_t has_lent; /* the job had the terminal in a group of its own */
static int64_t last_interrupt;
static int64_t attached;
static bool shares;
static bool waits_for_rest;
static bool has_timer;
static timer_t timer;
static char state_head[256];
static char state_tail[64];

/* Async-signal-safe. */
static void start_timer(brood_duration first)
{
	/* 0 for the first one: never. */
	const struct itimerspec times = {
		.it_value = { first / BROOD_SECOND, first % BROOD_SECOND },
		.it_interval = { TICK / BROOD_SECOND, TICK % BROOD_SECOND },
	};

	if (has_timer)
		timer_settime(timer, 0, &times, NULL);
}

/* The first one that is still there, or NULL. Async-signal-safe. */
static struct brood_job *first_job(void)
{
	for (size_t i = 0; i < n_jobs; i++) {
		struct brood_job *job = jobs[i];
		if (job)
			return job;
	}
	return NULL;
}

/* Returns 0 if somebody was there to get it. Async-signal-safe. */
static int signal_jobs(int number)
{
	int result = -ESRCH;

	for (size_t i = 0; i < n_jobs; i++) {
		struct brood_job *job = jobs[i];
		int r = job ? brood_job_signal(job, number) : -ESRCH;
		if (r == 0 || result == -ESRCH)
			result = r;
	}
	return result;
}

static void stop_jobs(void)
{
	for (size_t i = 0; i < n_jobs; i++) {
		struct brood_job *job = jobs[i];
		if (job)
			brood_job_stop(job);
	}
	hurried = 1;
	start_timer(TICK);
	if (stops++ > 0)
		signal_jobs(SIGKILL);
}

/* Whether a Ctrl-C was meant for the job as well as for us, and does not yet insist. */
static bool is_first_interrupt(int number, const siginfo_t *info)
{
	if (!shares || number != SIGINT || info->si_code != SI_KERNEL)
		return false;
	int64_t time = duration_now();
	bool insists = last_interrupt != 0 && time - last_interrupt < INSISTING;
	last_interrupt = time;
	if (insists)
		stops++;
	return !insists;
}

static void on_stop(int number, const siginfo_t *info)
{
	bool is_first = is_first_interrupt(number, info);

	received = number;
	if (!first_job())
		must_stop |= !is_first;
	else if (!is_first)
		stop_jobs();
}

/* No stdio in a handler: three pieces and a number with one decimal. */
static void show_state(void)
{
	char line[sizeof state_head + sizeof state_tail + 32];
	char digits[24];
	size_t length = strlen(state_head), n = 0;
	int64_t tenths = (duration_now() - attached) / (BROOD_SECOND / 10);

	memcpy(line, state_head, length);
	for (int64_t rest = tenths / 10; n == 0 || rest > 0; rest /= 10)
		digits[n++] = (char)('0' + rest % 10);
	while (n > 0)
		line[length++] = digits[--n];
	line[length++] = '.';
	line[length++] = (char)('0' + tenths % 10);
	memcpy(line + length, state_tail, strlen(state_tail));
	length += strlen(state_tail);
	ssize_t written = write(STDERR_FILENO, line, length);
	(void)written;
}

/* A signal for a whole group reaches its members one after the other, while the kernel's list of
   processes is held. This call can only fail, but wants to write to that list and so comes behind.
   Async-signal-safe. */
static void let_group_signals_pass(void)
{
	(void)setpgid(INT_MAX, INT_MAX);
}

/* Everything is blocked. As for the kernel, a stop not yet carried out is over then. */
static bool was_continued_meanwhile(void)
{
	sigset_t pending;

	let_group_signals_pass();
	return sigpending(&pending) == 0 && sigismember(&pending, SIGCONT) == 1;
}

/* In our group the job has got a Ctrl-Z too and may want to do something before it stops: we stop
   when it has, see signals_stop_too(). Unless it has ended and others are still there. info is NULL
   if the job may not have been there when it came. Everything is blocked. */
static void suspend(const siginfo_t *info)
{
	bool is_sent = !shares || !info || info->si_code != SI_KERNEL;

	if (!first_job() && is_starting) {
		asked_to_suspend = 1;
		return;
	}
	bool is_there = signal_jobs(is_sent ? SIGTSTP : 0) == 0;
	if (was_continued_meanwhile()) {
		/* Maybe before that. */
		if (is_there && is_sent)
			signal_jobs(SIGCONT);
		return;
	}
	if (is_there && shares)
		return;
	/* It has ended, and so do we in a moment, unless what it left is waited for. */
	if (first_job() && shares && !waits_for_rest)
		return;
	kill(getpid(), SIGSTOP);
}

/* A shell that is our job has a group of its own although it was started in ours. */
static bool is_in_our_group(void)
{
	return shares && getpgid(brood_job_pid(first_job())) == getpgrp();
}

/* A shell thinks that the terminal is where it has left it: what it has given to us goes on to the
   job. */
static void resume_job(void)
{
	if (!first_job() || is_in_our_group())
		return;
	if (has_lent && terminal_give(getpgid(brood_job_pid(first_job()))))
		has_lent = 0;
	signal_jobs(SIGCONT);
}

static void on_signal(int number, siginfo_t *info, void *context)
{
	int saved = errno;

	(void)context;
	switch (number) {
	case SIGALRM:
		hurried = 1;
		break;
	case SIGPIPE:
		break;
	case SIGQUIT:
		if (first_job())
			show_state();
		else
			asked_for_state = 1;
		break;
	case SIGTSTP:
		suspend(info);
		break;
	case SIGCONT:
		/* As for the kernel: a stop that has not been carried out yet is over. */
		asked_to_suspend = 0;
		continued = 1;
		resume_job();
		break;
	default:
		on_stop(number, info);
		break;
	}
	errno = saved;
}

/* What is ignored stays ignored, here and in the child. Not SA_RESTART: a write that blocks must
   come back. */
static void catch_signal(int number)
{
	struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO };
	struct sigaction before;

	sigfillset(&action.sa_mask);
	if (sigaction(number, &action, &before) == 0 && before.sa_handler == SIG_IGN)
		(void)sigaction(number, &before, NULL);
}

void signals_install(bool shares_group)
{
	shares = shares_group;
	is_starting = 1;
	catch_signal(SIGTERM);
	catch_signal(SIGINT);
	catch_signal(SIGHUP);
	catch_signal(SIGQUIT);
	/* Caught, and so default in the child: a reader that is gone shall not end us before it. */
	catch_signal(SIGPIPE);
	catch_signal(SIGCONT);
	catch_signal(SIGTSTP);
	/* Ignored, it would take the child's status away from us. */
	const struct sigaction plain = { .sa_handler = SIG_DFL };
	(void)sigaction(SIGCHLD, &plain, NULL);
}

void signals_wait_for_rest(void)
{
	waits_for_rest = true;
}

void signals_attach(struct brood_job *running, const char *name, brood_duration limit)
{
	only_job = running;
	signals_attach_all(&only_job, 1, name, limit);
}

void signals_attach_all(
	struct brood_job *volatile const *running, size_t n, const char *name, brood_duration limit)
{
	char duration[DURATION_TEXT_SIZE];
	struct brood_job *first = NULL;
	struct text safe = { 0 };

	for (size_t i = 0; i < n && !first; i++)
		first = running[i];
	text_safe(&safe, name, strlen(name));
	snprintf(state_head, sizeof state_head, "brood: %.200s: pid %d, running for ",
		safe.bytes ? safe.bytes : "", first ? (int)brood_job_pid(first) : 0);
	text_done(&safe);
	if (limit > 0)
		snprintf(state_tail, sizeof state_tail, "s, time limit %s\n",
			duration_text(limit, duration));
	else
		snprintf(state_tail, sizeof state_tail, "s, no time limit\n");
	attached = duration_now();
	/* Where it could not be had otherwise it has got a group of its own all the same. */
	if (first && brood_job_group(first) > 0)
		shares = false;
	/* What comes from now on waits, so that nothing is answered twice. */
	sigset_t all, before;
	sigfillset(&all);
	(void)pthread_sigmask(SIG_BLOCK, &all, &before);
	jobs = running;
	n_jobs = n;
	is_starting = 0;
	/* What came while it was being started. */
	if (asked_for_state)
		show_state();
	asked_for_state = 0;
	if (asked_to_suspend)
		suspend(NULL);
	asked_to_suspend = 0;
	if (must_stop)
		stop_jobs();
	else if (received)
		signal_jobs(SIGINT); /* from the terminal, maybe before it was there */
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void signals_detach(void)
{
	n_jobs = 0;
	jobs = NULL;
}

int signals_received(void)
{
	return received;
}

bool signals_was_continued(void)
{
	bool was = continued;

	continued = 0;
	return was;
}

void signals_stop_too(bool (*is_stopped)(struct brood_job *job))
{
	static const struct timespec at_once = { 0 };
	const struct sigaction plain = { .sa_handler = SIG_DFL };
	struct sigaction before;
	sigset_t only, mask;
	int had_lent = has_lent;

	if (shares && !is_in_our_group())
		has_lent |= terminal_is_with(getpgid(brood_job_pid(first_job())));
	/* Not SIGSTOP: shells have another word for that. And pending before we look at the job: a
	   CONT behind that takes it away again, and what one before it has continued is seen. */
	sigemptyset(&only);
	sigaddset(&only, SIGTSTP);
	(void)pthread_sigmask(SIG_BLOCK, &only, &mask);
	(void)raise(SIGTSTP);
	let_group_signals_pass();
	if (is_stopped(first_job()) && sigaction(SIGTSTP, &plain, &before) == 0) {
		(void)pthread_sigmask(SIG_SETMASK, &mask, NULL);
		(void)sigaction(SIGTSTP, &before, NULL);
		return;
	}
	has_lent = had_lent;
	(void)sigtimedwait(&only, NULL, &at_once);
	(void)pthread_sigmask(SIG_SETMASK, &mask, NULL);
}

bool signals_sleep(brood_duration duration, const char *state)
{
	int64_t until = duration_now() + duration;
	sigset_t all, before;

	/* Nothing may come between a look and the wait. */
	sigfillset(&all);
	(void)pthread_sigmask(SIG_BLOCK, &all, &before);
	while (received == 0) {
		if (asked_for_state)
			message("%s", state);
		asked_for_state = 0;
		int64_t left = until - duration_now();
		if (left <= 0)
			break;
		is_starting = 0;
		const struct timespec rest = { left / BROOD_SECOND, left % BROOD_SECOND };
		(void)ppoll(NULL, 0, &rest, &before);
	}
	is_starting = 1;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return received == 0;
}

void signals_hurry_after(brood_duration duration)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM };

	if (!has_timer) {
		catch_signal(SIGALRM);
		has_timer = timer_create(CLOCK_MONOTONIC, &event, &timer) == 0;
	}
	if (stops == 0)
		hurried = 0;
	start_timer(duration >= BROOD_FOREVER ? 0 : duration > 0 ? duration : 1);
}

bool signals_is_hurried(void)
{
	return hurried;
}

void signals_die_of(int number)
{
	const struct sigaction plain = { .sa_handler = SIG_DFL };
	sigset_t only;

	/* If somebody dumps core, it was the command. */
	(void)prctl(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L);
	(void)sigaction(number, &plain, NULL);
	sigemptyset(&only);
	sigaddset(&only, number);
	kill(getpid(), number);
	(void)pthread_sigmask(SIG_UNBLOCK, &only, NULL);
	_exit(EXIT_SIGNAL + number);
}

char signals_state_of(pid_t pid)
{
	char path[64];
	struct text text = { 0 };
	char state = 0;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	if (file_read(path, &text, LARGEST_STAT) == 0) {
		/* Its name stands before that and may hold anything. */
		const char *name_end = strrchr(text.bytes, ')');
		if (name_end && name_end[1] == ' ')
			state = name_end[2];
	}
	text_done(&text);
	return state;
}
