/* SPDX-License-Identifier: MIT */
#include "exec/init.h"

#include "common/duration.h"
#include "common/exit_code.h"
#include "common/file.h"
#include "common/message.h"
#include "common/terminal.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* How long what cannot die may take; and how often it is looked for what was forked meanwhile. */
#define LONGEST_KILL BROOD_SECOND
#define KILL_ROUND   (10 * BROOD_MILLISECOND)

#define LARGEST_LIST ((size_t)16 << 20)

struct init {
	const struct exec_config *config;
	struct brood_job *job;
	pid_t pid;
	bool is_first; /* nobody is above us; the kernel ends the rest with us */
	bool is_over;
	bool is_stopped;
	bool gives_up;    /* a signal that ends us came behind the program's end */
	sigset_t signals; /* all that we take, which are blocked */
};

/* All but those by which a program says that it is broken. */
static void fill_signals(sigset_t *signals)
{
	static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS };

	sigfillset(signals);
	for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
		sigdelset(signals, faults[i]);
}

/* All zombies but the program's own, which the library reaps. */
static void reap(struct init *init)
{
	for (;;) {
		siginfo_t info = { .si_pid = 0 };
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0)
			return;
		if (info.si_pid == init->pid && init->job) {
			init->is_over = true;
			return;
		}
		(void)waitid(P_PID, (id_t)info.si_pid, &info, WEXITED | WNOHANG);
	}
}

static bool is_stopped(struct init *init)
{
	struct brood_status status = BROOD_STATUS_INIT;

	return brood_job_check(init->job) >= 0 && brood_job_status(init->job, 0, &status) == 0 &&
	       status.how == BROOD_STOPPED;
}

/* A shell shall see that its job has stopped, and the job is both of us. TSTP does not stop a group
   that nobody could continue. */
static void stop_too(struct init *init)
{
	static const struct timespec at_once = { 0 };
	sigset_t only;

	sigemptyset(&only);
	sigaddset(&only, SIGTSTP);
	/* Pending before we look once more: a CONT after that takes it away again. */
	(void)raise(SIGTSTP);
	if (is_stopped(init)) {
		(void)pthread_sigmask(SIG_UNBLOCK, &only, NULL);
		(void)pthread_sigmask(SIG_BLOCK, &only, NULL);
	} else {
		(void)sigtimedwait(&only, NULL, &at_once);
	}
}

/* A CONT that waits for us goes on to the program; a signal that stops us would take it away. */
static bool is_to_continue(void)
{
	sigset_t pending;

	return sigpending(&pending) == 0 && sigismember(&pending, SIGCONT);
}

static void look_for_stop(struct init *init)
{
	bool was_stopped = init->is_stopped;

	init->is_stopped = is_stopped(init);
	/* Where nobody can continue us, a Ctrl-Z has to be as good as none. */
	if (!init->is_stopped || was_stopped || init->is_first || is_to_continue())
		return;
	stop_too(init);
	/* We have been continued, and so has the program: should it be stopped when we look next,
	   it was stopped once more. */
	init->is_stopped = false;
}

/* What the terminal sends to a group has come to the program as well, unless it has left ours. */
static bool has_got_it(const struct init *init, const siginfo_t *info)
{
	return info->si_code == SI_KERNEL && getpgid(init->pid) == getpgrp();
}

static void resume(struct init *init)
{
	init->is_stopped = false;
	/* What the shell has given to us goes on to the program's group. */
	if (!init->config->init_group || !terminal_is_with(getpgrp()) ||
		brood_job_foreground(init->job) < 0)
		(void)brood_job_signal(init->job, SIGCONT);
}

static void pass_on(struct init *init, const siginfo_t *info)
{
	int number = info->si_signo;

	if (number == SIGTTIN || number == SIGTTOU || has_got_it(init, info))
		return;
	number = init_rewritten(&init->config->ends, number);
	if (number == 0)
		return;
	if (number == SIGCONT)
		resume(init);
	else if (init->config->init_group)
		(void)brood_job_signal(init->job, number);
	else if (info->si_code == SI_QUEUE)
		(void)sigqueue(init->pid, number, info->si_value);
	else
		(void)kill(init->pid, number);
}

static bool is_ending(int number)
{
	return number == SIGTERM || number == SIGINT || number == SIGHUP;
}

static void look_after(struct init *init)
{
	siginfo_t info;

	while (!init->is_over) {
		int number = sigwaitinfo(&init->signals, &info);
		if (number < 0)
			continue;
		/* A signal to a program that has ended would be lost. */
		reap(init);
		if (init->is_over)
			init->gives_up = is_ending(number);
		else if (number == SIGCHLD)
			look_for_stop(init);
		else
			pass_on(init, &info);
	}
}

/* 0 and below would be groups. */
static void kill_child(long pid)
{
	if (pid > 0)
		(void)kill((pid_t)pid, SIGKILL);
}

/* Returns false if we have no children any more. */
static bool kill_children(void)
{
	char path[64], *rest = NULL;
	struct text text = { 0 };
	siginfo_t info;

	if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
		return false;
	snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
	if (file_read(path, &text, LARGEST_LIST) == 0)
		for (char *word = strtok_r(text.bytes, " ", &rest); word;
			word = strtok_r(NULL, " ", &rest))
			kill_child(strtol(word, NULL, 10));
	text_done(&text);
	return true;
}

/* What is killed leaves its own children to us, so it takes as many rounds as the tree is deep. */
static void kill_rest(struct init *init)
{
	static const struct timespec round = { 0, KILL_ROUND };
	int64_t until = duration_now() + LONGEST_KILL;
	sigset_t only;

	sigemptyset(&only);
	sigaddset(&only, SIGCHLD);
	bool is_any = kill_children();
	while (is_any && duration_now() < until) {
		(void)sigtimedwait(&only, NULL, &round);
		reap(init);
		is_any = kill_children();
	}
	/* They may be another user's; or there is no /proc that shows them. */
	if (is_any)
		message("exec: init: what the program has left behind could not be killed");
}

static void wait_for_rest(struct init *init)
{
	siginfo_t info;

	while (!init->gives_up && waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0) {
		reap(init);
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
			return;
		init->gives_up = is_ending(sigwaitinfo(&init->signals, &info));
	}
	if (init->gives_up)
		kill_rest(init);
}

static void end_rest(struct init *init)
{
	switch (init->config->orphans) {
	case EXEC_ORPHANS_KILL:
		if (!init->is_first)
			kill_rest(init);
		break;
	case EXEC_ORPHANS_WAIT:
		wait_for_rest(init);
		break;
	case EXEC_ORPHANS_LEAVE:
		break;
	}
}

static int start(struct init *init, const struct brood_cmd *cmd, struct brood_error *error)
{
	struct brood_options options = BROOD_OPTIONS(.flags = 0);
	struct brood_signals inherited = { .size = sizeof inherited, .has_mask = 1 };
	const struct sigaction plain = { .sa_handler = SIG_DFL };
	struct brood_cmd child = *cmd;
	struct terminal terminal;

	if (init->config->init_group) {
		terminal_look(&terminal);
		options.flags = terminal.exists && terminal.is_ours ? BROOD_FOREGROUND
								    : BROOD_NEW_GROUP;
	}
	fill_signals(&init->signals);
	(void)pthread_sigmask(SIG_BLOCK, &init->signals, &inherited.mask);
	/* Ignored, it would take all statuses away from us. */
	struct sigaction before;
	(void)sigaction(SIGCHLD, &plain, &before);
	if (!child.signals) {
		if (before.sa_handler == SIG_IGN)
			sigaddset(&inherited.ignore, SIGCHLD);
		child.signals = &inherited;
	}
	/* What the program's parent gets when its own parent ends goes on to the program. */
	if (init->config->attributes.death_signal != 0)
		(void)prctl(
			PR_SET_PDEATHSIG, (long)init->config->attributes.death_signal, 0L, 0L, 0L);
	if (!init->is_first)
		(void)prctl(PR_SET_CHILD_SUBREAPER, 1L, 0L, 0L, 0L);
	return brood_start(&init->job, &child, 1, &options, error);
}

int init_run(
	const struct exec_config *config, const struct brood_cmd *cmd, struct brood_error *error)
{
	struct init init = { .config = config, .is_first = getpid() == 1 };
	struct brood_result result = BROOD_RESULT_INIT;
	int r = start(&init, cmd, error);

	if (r < 0)
		return r;
	init.pid = brood_job_pid(init.job);
	if (config->verbose)
		message("exec: init: pid %d", (int)init.pid);
	/* What was there before us, or came before we could wait. */
	reap(&init);
	look_after(&init);
	r = brood_job_wait(init.job, BROOD_FOREVER, &result, error);
	int code = exit_code_of(r, result.n_stages > 0 ? &result.stages[0] : NULL, error);
	if (r == BROOD_EEXIT && config->ends.is_ok[code])
		code = 0;
	brood_job_free(init.job);
	init.job = NULL;
	end_rest(&init);
	brood_result_done(&result);
	return code;
}
