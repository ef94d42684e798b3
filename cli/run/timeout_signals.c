/* SPDX-License-Identifier: MIT */
#include "run/timeout_signals.h"

#include "common/text.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Those that end a program unless it has other ideas; but not those that tell of faults, which
   would be ours. The real-time ones come to them. */
static const int passed_on[] = { SIGALRM, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGUSR1,
	SIGUSR2, SIGVTALRM, SIGPROF, SIGPOLL, SIGXCPU, SIGXFSZ, SIGPWR, SIGSTKFLT };

#define N_PASSED_ON (sizeof passed_on / sizeof *passed_on)

/* What the handler needs. */
static struct timeout_signals config;
static struct brood_job *volatile job;
static volatile sig_atomic_t alarmed;
static volatile sig_atomic_t kill_begun;
static bool has_timer;
static timer_t timer;
static sigset_t inherited;
static char tail[256]; /* " to command 'sleep'\n" */

void timeout_signals_tell(int number)
{
	static const char head[] = "timeout: sending signal ";
	char line[sizeof head + sizeof tail + 32];
	const char *name = number > 0 ? brood_signal_name(number) : "SIG0";
	size_t length = sizeof head - 1;

	if (!config.command || !name)
		return;
	memcpy(line, head, length);
	memcpy(line + length, name + 3, strlen(name + 3));
	length += strlen(name + 3);
	memcpy(line + length, tail, strlen(tail));
	length += strlen(tail);
	ssize_t written = write(STDERR_FILENO, line, length);
	(void)written;
}

static void begin_to_kill(void)
{
	const struct itimerspec times = {
		.it_value = { config.kill_after / BROOD_SECOND, config.kill_after % BROOD_SECOND },
	};

	if (has_timer && !kill_begun)
		timer_settime(timer, 0, &times, NULL);
	kill_begun = 1;
}

static void pass_on(struct brood_job *running, int number, bool has_it)
{
	timeout_signals_tell(number);
	if (!has_it)
		brood_job_signal(running, number);
	if (!has_it && !config.foreground)
		brood_job_signal(running, SIGCONT);
	begin_to_kill();
}

static void on_signal(int number, siginfo_t *info, void *context)
{
	struct brood_job *running = job;
	int saved = errno;

	(void)context;
	/* That was our own words: who would have read them has gone. */
	if (number == SIGPIPE && info->si_pid == getpid())
		return;
	if (running && number == SIGALRM && info->si_code == SI_TIMER) {
		timeout_signals_tell(SIGKILL);
		brood_job_signal(running, SIGKILL);
	} else if (running && (number == SIGALRM || number == config.stop)) {
		alarmed |= number == SIGALRM;
		timeout_signals_tell(config.stop);
		brood_job_stop(running);
	} else if (running) {
		pass_on(running, number, config.shares_group && info->si_code == SI_KERNEL);
	}
	errno = saved;
}

static void catch_signal(int number, sigset_t *caught)
{
	struct sigaction action = { .sa_sigaction = on_signal,
		.sa_flags = SA_RESTART | SA_SIGINFO };
	struct sigaction before;

	if (sigaction(number, NULL, &before) < 0)
		return;
	/* What the caller has ignored stays ignored, in the command too. */
	if (before.sa_handler == SIG_IGN && number != SIGALRM && number != config.stop)
		return;
	sigfillset(&action.sa_mask);
	if (sigaction(number, &action, NULL) == 0)
		sigaddset(caught, number);
}

void timeout_signals_install(const struct timeout_signals *wanted, sigset_t *ret_mask)
{
	const struct sigaction plain = { .sa_handler = SIG_DFL };
	const struct sigaction ignored = { .sa_handler = SIG_IGN };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM };
	struct text safe = { 0 };
	sigset_t caught;

	config = *wanted;
	if (config.command) {
		text_safe(&safe, config.command, strnlen(config.command, 50));
		snprintf(tail, sizeof tail, " to command '%s'\n", safe.bytes ? safe.bytes : "");
		text_done(&safe);
	}
	if (config.kill_after < BROOD_FOREVER)
		has_timer = timer_create(CLOCK_MONOTONIC, &event, &timer) == 0;
	sigemptyset(&caught);
	for (size_t i = 0; i < N_PASSED_ON; i++)
		catch_signal(passed_on[i], &caught);
	for (int number = SIGRTMIN; number <= SIGRTMAX; number++)
		catch_signal(number, &caught);
	if (config.stop > 0)
		catch_signal(config.stop, &caught);
	/* What we say shall not stop us when we are in the background of a terminal. */
	(void)sigaction(SIGTTIN, &ignored, NULL);
	(void)sigaction(SIGTTOU, &ignored, NULL);
	/* Ignored, it would take the command's status away from us. */
	(void)sigaction(SIGCHLD, &plain, NULL);
	(void)pthread_sigmask(SIG_BLOCK, &caught, &inherited);
	*ret_mask = inherited;
}

void timeout_signals_attach(struct brood_job *running)
{
	sigset_t mask = inherited;

	job = running;
	/* The timer's. */
	sigdelset(&mask, SIGALRM);
	(void)pthread_sigmask(SIG_SETMASK, &mask, NULL);
}

void timeout_signals_detach(void)
{
	job = NULL;
}

bool timeout_signals_was_alarmed(void)
{
	return alarmed;
}
