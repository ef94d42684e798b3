/* SPDX-License-Identifier: MIT */
/* Starting all nodes. A start is mostly waiting, for the guard and for the program's execve, so
   several threads take turns at it: each takes the next node that nobody has begun. */
#include "pipe/relay.h"
#include "pipe/run.h"
#include "pipe/stats_sample.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

/* So many are enough to keep two processors busy. */
#define MOST_HELPERS 3
#define STACK_SIZE   ((size_t)256 << 10)

/* Descriptors: more than those that we were given, and than a stage has while it is started. */
#define PLENTY_FOR_ALL  128
#define PLENTY_FOR_EACH 8

struct starting {
	struct pipe_run *run;
	atomic_size_t next;
	atomic_bool has_failed;
};

static void start_some(struct starting *starting)
{
	struct pipe_run *run = starting->run;

	while (!atomic_load(&starting->has_failed)) {
		size_t node = atomic_fetch_add(&starting->next, 1);
		if (node >= run->plan->n_nodes)
			return;
		pipe_launch(run, node);
		if (run->processes[node].code < 0)
			atomic_store(&starting->has_failed, true);
	}
}

/* Another thread that does so. */
struct helper {
	struct starting *starting;
	pthread_t thread;
	struct stats_counts counts;
};

static void *help(void *data)
{
	struct helper *helper = data;

	start_some(helper->starting);
	if (helper->starting->run->stats)
		stats_sample_thread(&helper->counts);
	return NULL;
}

/* Whether there are so many descriptors that starts at the same time do not take them from each
   other. Has the kernel make its table of them that large now: as long as there is one thread it
   takes no time; with several, all processors have to pass through the scheduler first. */
static bool make_room(size_t n_nodes)
{
	int fd = fcntl(
		STDERR_FILENO, F_DUPFD_CLOEXEC, (int)(PLENTY_FOR_ALL + PLENTY_FOR_EACH * n_nodes));

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* Signals are for the first thread. Returns how many there are; without any it takes longer. */
static size_t start_helpers(struct starting *starting, struct helper helpers[MOST_HELPERS])
{
	size_t n = 0, most = starting->run->plan->n_nodes / 2;
	pthread_attr_t attributes;
	sigset_t all, before;

	most = most < MOST_HELPERS ? most : MOST_HELPERS;
	if (most == 0 || !make_room(starting->run->plan->n_nodes) ||
		pthread_attr_init(&attributes) != 0)
		return 0;
	(void)pthread_attr_setstacksize(&attributes, STACK_SIZE);
	sigfillset(&all);
	(void)pthread_sigmask(SIG_BLOCK, &all, &before);
	for (; n < most; n++) {
		helpers[n] = (struct helper){ .starting = starting };
		if (pthread_create(&helpers[n].thread, &attributes, help, &helpers[n]) != 0)
			break;
	}
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	(void)pthread_attr_destroy(&attributes);
	return n;
}

static void launch_all(struct pipe_run *run)
{
	struct starting starting = { .run = run };
	struct helper helpers[MOST_HELPERS];
	size_t n = start_helpers(&starting, helpers);

	start_some(&starting);
	for (size_t i = 0; i < n; i++) {
		(void)pthread_join(helpers[i].thread, NULL);
		pipe_stats_disown(run->stats, &helpers[i].counts);
	}
}

static void give_up(struct pipe_run *run)
{
	run->has_failed_to_start = true;
	for (size_t i = 0; i < run->plan->n_nodes; i++) {
		run->is_doomed[i] = run->processes[i].was_told = true;
		pipe_let_go(run, i);
		if (!run->jobs[i])
			continue;
		brood_job_stop(run->jobs[i]);
		brood_job_signal(run->jobs[i], SIGKILL);
	}
}

/* Not those of the thread that happens to start it. */
static void note_signals(struct pipe_run *run)
{
	sigset_t answered;

	run->signals = (struct brood_signals){ .size = sizeof run->signals, .has_mask = 1 };
	sigemptyset(&run->signals.ignore);
	sigemptyset(&run->signals.reset);
	(void)pthread_sigmask(SIG_SETMASK, NULL, &run->signals.mask);
	run->relay_signals = run->signals;
	pipe_relay_signals(&answered);
	(void)sigorset(&run->relay_signals.mask, &run->signals.mask, &answered);
}

void pipe_start_all(struct pipe_run *run)
{
	bool has_failed = false;

	note_signals(run);
	launch_all(run);
	for (size_t i = 0; i < run->plan->n_nodes; i++) {
		/* The first one that cannot is told. */
		if (!run->processes[i].was_launched || (has_failed && run->processes[i].code < 0))
			run->is_over[i] = true;
		else if (pipe_take(run, i) < 0)
			has_failed = true;
	}
	if (has_failed)
		give_up(run);
}
