/* SPDX-License-Identifier: MIT */
/* Jobs, the terminal, and the person at it. */
#include "common/message.h"
#include "sh/jobs.h"
#include "sh/redirect.h"
#include "sh/traps.h"
#include "sh/undo.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

/* ---- the terminal ---- */

/* tcsetpgrp(3) from the background would stop us. */
static void set_foreground(int terminal, pid_t group)
{
	sigset_t set, old;

	sigemptyset(&set);
	sigaddset(&set, SIGTTOU);
	(void)!sigprocmask(SIG_BLOCK, &set, &old);
	(void)!tcsetpgrp(terminal, group);
	(void)!sigprocmask(SIG_SETMASK, &old, NULL);
}

void jobs_give_terminal(struct shell *sh, pid_t group, bool has_modes)
{
	struct jobs *jobs = jobs_of(sh);

	if (jobs->terminal < 0)
		return;
	set_foreground(jobs->terminal, group ? group : jobs->group);
	if (group == 0 && sh->is_interactive) {
		if (has_modes && jobs->has_modes)
			(void)!tcsetattr(jobs->terminal, TCSADRAIN, &jobs->modes);
		else
			jobs->has_modes = tcgetattr(jobs->terminal, &jobs->modes) == 0;
	}
}

/* Waits until somebody puts us into the foreground. */
static void wait_for_foreground(int terminal)
{
	for (;;) {
		pid_t group = tcgetpgrp(terminal);
		if (group < 0 || group == getpgrp())
			return;
		(void)!kill(0, SIGTTIN);
	}
}

static void begin_monitor(struct shell *sh, struct jobs *jobs)
{
	if (jobs->terminal < 0) {
		int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
		jobs->terminal = fd < 0 ? -1 : fd_move_high(fd);
	}
	if (jobs->terminal >= 0 && sh->is_interactive)
		wait_for_foreground(jobs->terminal);
	jobs->has_person = jobs->terminal >= 0 && sh->is_interactive && isatty(STDIN_FILENO);
	jobs->first_group = jobs->group = getpgrp();
	/* An interactive one leads a group, so that a signal for it does not reach others. */
	if (sh->is_interactive && jobs->group != getpid() && setpgid(0, 0) == 0)
		jobs->group = getpgrp();
	if (jobs->terminal >= 0 && sh->is_interactive) {
		set_foreground(jobs->terminal, jobs->group);
		jobs->has_modes = tcgetattr(jobs->terminal, &jobs->modes) == 0;
	}
}

static void end_monitor(struct jobs *jobs)
{
	if (jobs->group != jobs->first_group && jobs->terminal >= 0) {
		set_foreground(jobs->terminal, jobs->first_group);
		(void)!setpgid(0, jobs->first_group);
		jobs->group = jobs->first_group;
	}
	if (jobs->terminal >= 0)
		close(jobs->terminal);
	jobs->terminal = -1;
}

int jobs_set_monitor(struct shell *sh, bool is_on)
{
	struct jobs *jobs = jobs_of(sh);

	/* One without a process shall change nothing that cannot be undone. */
	if (undo_level(sh) > 0)
		return 0;
	fd_reserve(sh);
	jobs->has_groups = is_on;
	/* The terminal is the first shell's. */
	if (sh->is_forked)
		return 0;
	if (is_on)
		begin_monitor(sh, jobs);
	else
		end_monitor(jobs);
	sh->options[OPTION_MONITOR] = is_on;
	traps_look_again(sh);
	return 0;
}

/* ---- fg ---- */

bool stages_were_interrupted(const struct stage *stages, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (stages[i].signal == SIGINT)
			return true;
	}
	return false;
}

enum control jobs_tell_signal(
	struct shell *sh, const struct stage *last, bool had_group, bool was_interrupted)
{
	if (!sh->is_interactive || sh->is_forked)
		return CONTROL_NONE;
	/* In a group of its own it was the only one to get it; else so did we. A stage that was
	 * started behind the key only saw the end of its input. */
	if (was_interrupted && had_group) {
		sh->status = 128 + SIGINT;
		(void)!write_all(2, "\n", 1);
		return CONTROL_ABORT;
	}
	if (last->signal != 0 && last->signal != SIGINT && last->signal != SIGPIPE)
		message("%s%s", jobs_signal_text(last->signal),
			last->has_core ? " (core dumped)" : "");
	return CONTROL_NONE;
}

void jobs_tell_stop(struct shell *sh, struct sh_job *job)
{
	struct text line = { 0 };

	job->is_changed = false;
	if (!sh->is_interactive)
		return;
	text_string(&line, "\n");
	jobs_tell(sh, job, false, &line);
	(void)!write_all(2, line.bytes, line.length);
	text_done(&line);
}

enum control jobs_foreground(struct shell *sh, struct sh_job *job)
{
	for (size_t i = 0; i < job->n; i++)
		job->stages[i].is_stopped = false;
	job->state = JOB_RUNNING;
	job->is_changed = false;
	job->is_awaited = true;
	if (job->group > 0) {
		jobs_give_terminal(sh, job->group, false);
		(void)!kill(-job->group, SIGCONT);
	}
	enum job_state state = stages_wait(sh, job->stages, job->n);
	job->is_awaited = false;
	const struct stage *last = &job->stages[job->n - 1];
	sh->status = stages_status(sh, job->stages, job->n);
	bool was_interrupted = stages_were_interrupted(job->stages, job->n);
	jobs_give_terminal(sh, 0, last->signal != 0 || was_interrupted || state == JOB_STOPPED);
	struct stage ended = *last;
	job->state = state;
	if (state == JOB_STOPPED) {
		job->rank = ++jobs_of(sh)->last_rank;
		jobs_tell_stop(sh, job);
		return CONTROL_NONE;
	}
	bool had_group = job->group > 0;
	jobs_remove(sh, job);
	return jobs_tell_signal(sh, &ended, had_group, was_interrupted);
}

/* ---- people ---- */

const char *jobs_signal_text(int signal)
{
	const char *text = message_signal(signal);

	return text ? text : traps_name(signal);
}

static void add_state(struct text *text, const struct shell *sh, const struct sh_job *job)
{
	const struct stage *last = &job->stages[job->n - 1];

	if (job->state == JOB_RUNNING) {
		text_string(text, "Running");
	} else if (job->state == JOB_STOPPED) {
		int signal = SIGTSTP;
		for (size_t i = 0; i < job->n; i++)
			signal = job->stages[i].is_stopped ? job->stages[i].signal : signal;
		text_string(text, "Stopped");
		if (signal != SIGTSTP)
			text_format(text, " (SIG%s)", traps_name(signal));
	} else if (last->signal != 0) {
		text_format(text, "%s%s", jobs_signal_text(last->signal),
			last->has_core ? " (core dumped)" : "");
	} else {
		int status = stages_status(sh, job->stages, job->n);
		text_string(text, "Done");
		if (status != 0)
			text_format(text, "(%d)", status);
	}
}

void jobs_tell(struct shell *sh, const struct sh_job *job, bool has_pids, struct text *text)
{
	char mark = job == jobs_current(sh) ? '+' : job == jobs_previous(sh) ? '-' : ' ';

	text_format(text, "[%u] %c ", job->number, mark);
	if (has_pids)
		text_format(text, "%d ", (int)job->stages[0].pid);
	add_state(text, sh, job);
	text_format(text, " %s\n", job->text);
}

bool jobs_notify(struct shell *sh, bool is_behind)
{
	struct jobs *jobs = jobs_of(sh);
	struct text text = { 0 };

	jobs_poll(sh);
	for (size_t i = 0; i < jobs->n; i++) {
		if (jobs->items[i]->is_changed)
			jobs_tell(sh, jobs->items[i], false, &text);
	}
	for (size_t i = 0; i < jobs->n; i++) {
		struct sh_job *job = jobs->items[i];
		job->is_told |= job->is_changed && job->state == JOB_DONE;
		job->is_changed = false;
	}
	bool is_any = text.length > 0;
	if (is_any && is_behind)
		(void)!write_all(2, "\n", 1);
	if (is_any)
		(void)!write_all(2, text.bytes, text.length);
	text_done(&text);
	return is_any;
}

bool jobs_hold_back(struct shell *sh, bool is_end_of_input)
{
	struct jobs *jobs = jobs_of(sh);

	if (!sh->is_interactive || sh->is_forked)
		return false;
	/* It was the last thing that happened. */
	if (jobs->warned > 0 && sh->n_typed == jobs->warned - 1 + !is_end_of_input)
		return false;
	jobs_poll(sh);
	for (size_t i = 0; i < jobs->n; i++) {
		if (jobs->items[i]->state != JOB_STOPPED)
			continue;
		jobs->warned = sh->n_typed + 1;
		return true;
	}
	return false;
}
