/* SPDX-License-Identifier: MIT */
#include "sh/traps.h"

#include "common/memory.h"
#include "sh/interp.h"
#include "sh/jobs.h"
#include "sh/undo.h"

#include <brood/cmd.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct trap {
	char *action;          /* NULL: default; "": ignored */
	char *shown;           /* what a subshell shows though it was reset; NULL: action */
	struct source *source; /* where the action stands; NULL: that is not known */
	struct place place;
	bool is_known;    /* whether the disposition at the beginning was looked at */
	bool is_fixed;    /* it was ignored then, and stays so */
	bool was_ignored; /* it was, and nobody has said anything since */
};

struct traps {
	struct trap all[TRAPS_SIGNALS];
	int n_set;           /* with an action that is run, EXIT not counted */
	int saved_status;    /* $? before the action that runs; -1: none runs */
	uint32_t undo_level; /* in which it runs */
	bool shows_old;      /* a subshell: no trap was set in it yet */
	bool watches_children;
	bool is_blind; /* the kernel refused: children are looked at from time to time */
	struct brood_signals signals; /* what traps_for_child() returned last */
};

volatile sig_atomic_t traps_pending;
static volatile sig_atomic_t came[TRAPS_SIGNALS];
static volatile sig_atomic_t child_came;

/* The signals that an interactive shell keeps from itself, and those for `set -m`. */
static const int kept[] = { SIGINT, SIGQUIT, SIGTERM };
static const int kept_by_monitor[] = { SIGTSTP, SIGTTIN, SIGTTOU };

static void take(int number)
{
	if (number == SIGCHLD)
		child_came = 1;
	came[number] = 1;
	traps_pending = 1;
}

/* A child's end without a trap wakes who waits for it, and breaks off nothing else. */
static void take_child(int number)
{
	(void)number;
	child_came = 1;
}

static struct traps *traps_of(struct shell *sh)
{
	if (!sh->traps) {
		sh->traps = memory_get(sizeof *sh->traps);
		memset(sh->traps, 0, sizeof *sh->traps);
		sh->traps->saved_status = -1;
	}
	return sh->traps;
}

/* ---- dispositions ---- */

/* Returns 0 or -errno. */
static int dispose(int number, void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler };

	sigemptyset(&action.sa_mask);
	return sigaction(number, &action, NULL) < 0 ? -errno : 0;
}

static bool is_in(const int *list, size_t n, int number)
{
	for (size_t i = 0; i < n; i++) {
		if (list[i] == number)
			return true;
	}
	return false;
}

static bool is_kept(const struct shell *sh, int number)
{
	if (sh->is_forked)
		return false;
	if (sh->is_interactive && is_in(kept, sizeof kept / sizeof *kept, number))
		return true;
	return sh->options[OPTION_MONITOR] &&
	       is_in(kept_by_monitor, sizeof kept_by_monitor / sizeof *kept_by_monitor, number);
}

/* What the signal does to this shell, as its trap and the shell's own needs say. */
static int apply(struct shell *sh, int number)
{
	const struct traps *traps = sh->traps;
	const char *action = traps->all[number].action;

	if (traps->all[number].is_fixed)
		return 0;
	if (action && *action)
		return dispose(number, take);
	if (!action && number == SIGCHLD && traps->watches_children)
		return dispose(number, take_child);
	if (action)
		return dispose(number, SIG_IGN);
	if (is_kept(sh, number))
		return dispose(number, number == SIGINT ? take : SIG_IGN);
	return dispose(number, traps->all[number].was_ignored ? SIG_IGN : SIG_DFL);
}

/* Before a disposition is changed for the first time. */
static void look_at(struct shell *sh, int number)
{
	struct trap *trap = &sh->traps->all[number];
	struct sigaction old;

	if (trap->is_known || number == 0)
		return;
	trap->is_known = true;
	trap->was_ignored = sigaction(number, NULL, &old) == 0 && old.sa_handler == SIG_IGN;
	trap->is_fixed = trap->was_ignored && !sh->is_interactive;
}

static void keep(struct shell *sh, const int *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		look_at(sh, list[i]);
		(void)apply(sh, list[i]);
	}
}

void traps_begin(struct shell *sh)
{
	(void)traps_of(sh);
	if (sh->is_interactive)
		keep(sh, kept, sizeof kept / sizeof *kept);
}

void traps_look_again(struct shell *sh)
{
	(void)traps_of(sh);
	keep(sh, kept_by_monitor, sizeof kept_by_monitor / sizeof *kept_by_monitor);
}

/* ---- setting and asking ---- */

int traps_number(const char *name)
{
	int number = brood_signal_number(name);

	return number >= 0 && number < TRAPS_SIGNALS ? number : -1;
}

const char *traps_name(int number)
{
	const char *name = number > 0 ? brood_signal_name(number) : "EXIT";

	return !name ? "?" : strncmp(name, "SIG", 3) == 0 ? name + 3 : name;
}

static bool is_run(const struct trap *trap)
{
	return trap->action && *trap->action;
}

/* A subshell that sets a trap has traps of its own from then on. */
static void forget_shown(struct traps *traps)
{
	if (!traps->shows_old)
		return;
	traps->shows_old = false;
	for (int i = 0; i < TRAPS_SIGNALS; i++) {
		free(traps->all[i].shown);
		traps->all[i].shown = NULL;
	}
}

int traps_set(struct shell *sh, int number, const char *action, struct place place)
{
	struct traps *traps = traps_of(sh);
	struct trap *trap = &traps->all[number];

	look_at(sh, number);
	forget_shown(traps);
	if (trap->is_fixed || number == SIGKILL || number == SIGSTOP)
		return 0;
	trap->was_ignored = false;
	if (number > 0)
		traps->n_set -= is_run(trap);
	free(trap->action);
	trap->action = action ? memory_copy(action, strlen(action)) : NULL;
	source_drop(trap->source);
	trap->source = action && sh->frame.source ? source_hold(sh->frame.source) : NULL;
	trap->place = place;
	if (number == 0)
		return 0;
	traps->n_set += is_run(trap);
	return apply(sh, number);
}

const char *traps_get(const struct shell *sh, int number)
{
	const struct trap *trap = sh->traps ? &sh->traps->all[number] : NULL;

	if (!trap)
		return NULL;
	return sh->traps->shows_old && trap->shown ? trap->shown : trap->action;
}

bool traps_signals_are_set(const struct shell *sh)
{
	return sh->traps && sh->traps->n_set > 0;
}

bool traps_are_set(const struct shell *sh)
{
	return sh->traps && (sh->traps->n_set > 0 || is_run(&sh->traps->all[0]));
}

int traps_exit_status(const struct shell *sh)
{
	const struct traps *traps = sh->traps;

	if (!traps || undo_level(sh) != traps->undo_level)
		return -1;
	return traps->saved_status;
}

void traps_free(struct shell *sh)
{
	for (int i = 0; sh->traps && i < TRAPS_SIGNALS; i++) {
		free(sh->traps->all[i].action);
		free(sh->traps->all[i].shown);
		source_drop(sh->traps->all[i].source);
	}
	free(sh->traps);
	sh->traps = NULL;
}

/* ---- subshells and programs ---- */

void traps_reset(struct shell *sh)
{
	struct traps *traps = traps_of(sh);

	for (int i = 0; i < TRAPS_SIGNALS; i++) {
		struct trap *trap = &traps->all[i];
		bool was_run = is_run(trap);
		came[i] = 0;
		if (was_run || (trap->action && i > 0)) {
			free(trap->shown);
			trap->shown = memory_copy(trap->action, strlen(trap->action));
		}
		if (was_run) {
			free(trap->action);
			trap->action = NULL;
		}
		if (i > 0 && trap->is_known && (was_run || (!trap->action && !trap->is_fixed)))
			(void)apply(sh, i);
	}
	traps_pending = 0;
	traps->n_set = 0;
	traps->shows_old = true;
	traps->saved_status = -1;
	if (traps->watches_children) {
		traps->watches_children = false;
		(void)apply(sh, SIGCHLD);
	}
}

void traps_ignore(struct shell *sh, int number)
{
	struct traps *traps = traps_of(sh);
	struct trap *trap = &traps->all[number];

	if (trap->action)
		return;
	trap->action = memory_copy("", 0);
	trap->is_known = true;
	(void)dispose(number, SIG_IGN);
}

const struct brood_signals *traps_for_child(struct shell *sh, bool is_async)
{
	struct traps *traps = sh->traps;
	bool is_plain = !sh->is_interactive && !sh->options[OPTION_MONITOR];
	bool ignores = is_async && !jobs_have_groups(sh);

	if (is_plain && !ignores)
		return NULL;
	traps = traps_of(sh);
	struct brood_signals *signals = &traps->signals;
	memset(signals, 0, sizeof *signals);
	signals->size = sizeof *signals;
	sigemptyset(&signals->ignore);
	sigemptyset(&signals->reset);
	for (int i = 1; i < TRAPS_SIGNALS; i++) {
		const struct trap *trap = &traps->all[i];
		/* tmux starts its shells with TTIN and TTOU ignored; a job is to be stopped all the
		   same when it reads the terminal from the background, where `bg` may put it.
		   What nobody can put there, in a script, inherits what the shell has. */
		bool stays = trap->was_ignored &&
			     !((is_async || jobs_of(sh)->has_person) &&
				     is_in(kept_by_monitor,
					     sizeof kept_by_monitor / sizeof *kept_by_monitor, i));
		if (is_kept(sh, i) && !trap->action && !trap->is_fixed)
			sigaddset(stays ? &signals->ignore : &signals->reset, i);
	}
	if (ignores) {
		/* In the child it would be too late to see what they were. */
		look_at(sh, SIGINT);
		look_at(sh, SIGQUIT);
		sigaddset(&signals->ignore, SIGINT);
		sigaddset(&signals->ignore, SIGQUIT);
		sigdelset(&signals->reset, SIGINT);
		sigdelset(&signals->reset, SIGQUIT);
	}
	return signals;
}

/* ---- actions ---- */

/* Runs an action; $? is what it was before, unless the action ends something. */
static enum control run_action(struct shell *sh, int number)
{
	struct traps *traps = sh->traps;
	const struct trap *trap = &traps->all[number];
	int outer = traps->saved_status, status = sh->status, tested = sh->tested;
	uint32_t outer_level = traps->undo_level;
	char name[32];

	(void)snprintf(name, sizeof name, "trap %s", traps_name(number));
	/* A copy: it may set another one while it runs. */
	struct source *source = source_new_within(
		trap->source, trap->place, name, trap->action, strlen(trap->action));
	traps->saved_status = status;
	traps->undo_level = undo_level(sh);
	/* It is no part of the condition that it came into. */
	sh->tested = 0;
	enum control control = run_string(sh, source, 0);
	sh->tested = tested;
	traps->saved_status = outer;
	traps->undo_level = outer_level;
	source_drop(source);
	if (control == CONTROL_NONE)
		sh->status = status;
	return control;
}

bool traps_has_come(int number)
{
	return came[number] != 0;
}

enum control traps_run(struct shell *sh)
{
	enum control control = CONTROL_NONE;

	/* In a subshell without a process they wait: see sh/subshell.h. */
	if (!sh->traps || (sh->here > 0 && sh->traps->n_set > 0))
		return CONTROL_NONE;
	while (traps_pending && control == CONTROL_NONE) {
		traps_pending = 0;
		for (int i = 1; i < TRAPS_SIGNALS && control == CONTROL_NONE; i++) {
			if (!came[i])
				continue;
			came[i] = 0;
			if (is_run(&sh->traps->all[i])) {
				control = run_action(sh, i);
			} else if (i == SIGINT && sh->is_interactive && !sh->is_forked) {
				/* Behind the ^C that the terminal shows. */
				(void)!write(STDERR_FILENO, "\n", 1);
				sh->status = 128 + SIGINT;
				control = CONTROL_ABORT;
			}
		}
		/* The rest is for the next time. */
		if (control != CONTROL_NONE) {
			for (int i = 1; i < TRAPS_SIGNALS; i++)
				traps_pending |= came[i];
		}
	}
	return control;
}

void traps_run_exit(struct shell *sh)
{
	if (!sh->traps || sh->is_exiting || !is_run(&sh->traps->all[0]))
		return;
	sh->is_exiting = true;
	int status = sh->status;
	enum control control = run_action(sh, 0);
	if (control != CONTROL_EXIT && control != CONTROL_RETURN)
		sh->status = status;
}

/* ---- waiting ---- */

#define BLIND_PAUSE_NS 20000000

bool traps_children(struct shell *sh)
{
	struct traps *traps = traps_of(sh);
	bool has_come = child_came;

	child_came = 0;
	if (!traps->watches_children) {
		traps->watches_children = true;
		look_at(sh, SIGCHLD);
		/* One that was ignored would hide what our children do. */
		traps->all[SIGCHLD].is_fixed = false;
		traps->is_blind = apply(sh, SIGCHLD) < 0;
		return true;
	}
	return has_come;
}

/* The first signal that came and means something; 0: none. */
static int due(struct shell *sh)
{
	for (int i = 1; i < TRAPS_SIGNALS; i++) {
		if (came[i] && (is_run(&sh->traps->all[i]) ||
				       (i == SIGINT && sh->is_interactive && !sh->is_forked)))
			return i;
	}
	return 0;
}

int traps_wait_readable(struct shell *sh, int fd, bool is_continued, bool tells_children)
{
	struct pollfd item = { .fd = fd, .events = POLLIN };
	sigset_t all, old;
	int number;

	sigfillset(&all);
	(void)!sigprocmask(SIG_SETMASK, &all, &old);
	do {
		number = due(sh);
		if (is_continued && number != SIGINT)
			number = 0;
		if (number == 0 && tells_children && child_came)
			number = SIGCHLD;
	} while (number == 0 && ppoll(&item, 1, NULL, &old) < 0 && errno == EINTR);
	(void)!sigprocmask(SIG_SETMASK, &old, NULL);
	return number;
}

int traps_wait(struct shell *sh, bool is_interruptible)
{
	sigset_t all, old;
	int number;

	sigfillset(&all);
	(void)!sigprocmask(SIG_SETMASK, &all, &old);
	while ((number = is_interruptible ? due(sh) : 0) == 0 && !child_came) {
		const struct timespec pause = { .tv_nsec = BLIND_PAUSE_NS };
		bool is_blind = sh->traps && sh->traps->is_blind;
		(void)!ppoll(NULL, 0, is_blind ? &pause : NULL, &old);
		child_came |= is_blind;
	}
	(void)!sigprocmask(SIG_SETMASK, &old, NULL);
	return number;
}
