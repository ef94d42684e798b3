/* SPDX-License-Identifier: MIT */
#include "filter/stop.h"

#include <signal.h>
#include <stddef.h>
#include <time.h>

/* How often a call is interrupted, and how many interruptions what is left to write has. */
#define INTERVAL_MILLISECONDS 20
#define MOST_INTERRUPTIONS    25

static volatile sig_atomic_t received;
static volatile sig_atomic_t n_interruptions;
static timer_t timer;
static bool has_timer;
static bool pipe_kills;

static void catch (int number)
{
	static const struct itimerspec again = { { 0, INTERVAL_MILLISECONDS * BROOD_MILLISECOND },
		{ 0, INTERVAL_MILLISECONDS * BROOD_MILLISECOND } };

	if (received == 0) {
		received = number;
		if (has_timer)
			(void)timer_settime(timer, 0, &again, NULL);
	} else if (number == SIGALRM) {
		if (n_interruptions < MOST_INTERRUPTIONS)
			n_interruptions++;
	} else {
		/* A second one: whoever sent it does not want to wait. */
		n_interruptions = MOST_INTERRUPTIONS;
	}
}

static void catch_one(int number, bool may_be_ignored)
{
	struct sigaction action = { .sa_handler = catch }, before;

	sigemptyset(&action.sa_mask);
	if (sigaction(number, NULL, &before) == 0 &&
		!(may_be_ignored && before.sa_handler == SIG_IGN))
		(void)sigaction(number, &action, NULL);
}

void stop_install(brood_duration timeout)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM };
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction before;
	sigset_t alarm;

	catch_one(SIGALRM, false);
	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	(void)pthread_sigmask(SIG_UNBLOCK, &alarm, NULL);
	has_timer = timer_create(CLOCK_MONOTONIC, &event, &timer) == 0;
	catch_one(SIGINT, true);
	catch_one(SIGTERM, true);
	catch_one(SIGHUP, true);
	pipe_kills = sigaction(SIGPIPE, &ignore, &before) == 0 && before.sa_handler == SIG_DFL;
	if (timeout > 0 && has_timer) {
		const struct itimerspec once = { { 0, 0 },
			{ timeout / BROOD_SECOND, timeout % BROOD_SECOND } };
		(void)timer_settime(timer, 0, &once, NULL);
	}
}

int stop_signal(void)
{
	return received;
}

bool stop_is_late(void)
{
	return n_interruptions >= MOST_INTERRUPTIONS;
}

bool stop_by_pipe(void)
{
	return pipe_kills;
}
