/* SPDX-License-Identifier: MIT */
#include "exec/interrupt.h"

#include "common/duration.h"

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <time.h>

static const int numbers[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGCHLD };

#define N_NUMBERS (sizeof numbers / sizeof *numbers)

static volatile sig_atomic_t received;
static bool has_begun;
static sigset_t blocked;
static struct sigaction before[N_NUMBERS];
static struct brood_signals for_children = { .size = sizeof for_children, .has_mask = 1 };

static void on_signal(int number)
{
	received = number;
}

void interrupt_begin(void)
{
	if (has_begun)
		return;
	has_begun = true;
	sigemptyset(&blocked);
	for (size_t i = 0; i < N_NUMBERS; i++) {
		/* Ignored, SIGCHLD would take the children's statuses away from us. */
		struct sigaction action = { .sa_handler = numbers[i] == SIGCHLD ? SIG_DFL
										: on_signal };
		sigfillset(&action.sa_mask);
		(void)sigaction(numbers[i], NULL, &before[i]);
		if (numbers[i] != SIGCHLD && before[i].sa_handler == SIG_IGN)
			continue;
		(void)sigaction(numbers[i], &action, NULL);
		if (numbers[i] != SIGCHLD)
			sigaddset(&blocked, numbers[i]);
	}
	(void)pthread_sigmask(SIG_BLOCK, &blocked, &for_children.mask);
}

const struct brood_signals *interrupt_signals(void)
{
	return has_begun ? &for_children : NULL;
}

int interrupt_wait(int fd, int64_t until)
{
	struct pollfd readable = { .fd = fd, .events = POLLIN };
	sigset_t open = for_children.mask;
	int64_t left = until - duration_now();

	for (size_t i = 0; i < N_NUMBERS; i++)
		if (sigismember(&blocked, numbers[i]))
			sigdelset(&open, numbers[i]);
	if (left < 0)
		left = 0;
	const struct timespec rest = { left / BROOD_SECOND, left % BROOD_SECOND };
	if (received == 0)
		(void)ppoll(&readable, 1, &rest, &open);
	return received;
}

int interrupt_end(void)
{
	static const struct timespec at_once = { 0 };

	if (!has_begun)
		return 0;
	has_begun = false;
	int pending = sigtimedwait(&blocked, NULL, &at_once);
	for (size_t i = 0; i < N_NUMBERS; i++)
		(void)sigaction(numbers[i], &before[i], NULL);
	(void)pthread_sigmask(SIG_SETMASK, &for_children.mask, NULL);
	return received ? received : pending > 0 ? pending : 0;
}
