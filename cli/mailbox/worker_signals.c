/* SPDX-License-Identifier: MIT */
#include "mailbox/worker_signals.h"

#include "common/exit_code.h"
#include "common/signals.h"

#include <pthread.h>
#include <stddef.h>
#include <time.h>

static volatile sig_atomic_t wish, received, asked, is_gentle;

static void on_signal(int number)
{
	switch (number) {
	case SIGPIPE:
		break;
	case SIGQUIT:
		asked = 1;
		break;
	default:
		received = number;
		if (wish == WORKER_GO_ON && number == SIGINT && is_gentle)
			wish = WORKER_FINISH;
		else if (wish < WORKER_STOP)
			wish = WORKER_STOP;
		else
			wish = WORKER_KILL;
		break;
	}
}

static void catch_signal(int number)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct sigaction before;

	sigfillset(&action.sa_mask);
	if (sigaction(number, &action, &before) == 0 && before.sa_handler == SIG_IGN)
		(void)sigaction(number, &before, NULL);
}

void worker_signals_install(bool gentle, sigset_t *ret_mask)
{
	static const int numbers[] = { SIGTERM, SIGINT, SIGHUP, SIGQUIT };
	/* Ignored, it would take the status of our children away from us. */
	const struct sigaction plain = { .sa_handler = SIG_DFL };
	sigset_t set;

	is_gentle = gentle;
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		catch_signal(numbers[i]);
		sigaddset(&set, numbers[i]);
	}
	/* Caught, and so default in the jobs. */
	catch_signal(SIGPIPE);
	(void)sigaction(SIGCHLD, &plain, NULL);
	(void)pthread_sigmask(SIG_BLOCK, &set, ret_mask);
}

enum worker_wish worker_signals_wish(void)
{
	return (enum worker_wish)wish;
}

int worker_signals_received(void)
{
	return received;
}

int worker_signals_poll(struct pollfd *fds, size_t n, brood_duration left, const sigset_t *mask)
{
	static const struct timespec at_once = { 0 };
	const struct timespec time = { left / BROOD_SECOND, left % BROOD_SECOND };
	int r = ppoll(fds, n, left == BROOD_FOREVER ? NULL : &time, mask);

	/* When something was ready, signals that have come as well are still pending. */
	if (r > 0)
		(void)ppoll(NULL, 0, &at_once, mask);
	return r;
}

int worker_signals_end(int code)
{
	if (code == EXIT_SIGNAL + SIGINT && received == SIGINT)
		signals_die_of(SIGINT);
	return code;
}

bool worker_signals_was_asked(void)
{
	bool was = asked;

	asked = 0;
	return was;
}
