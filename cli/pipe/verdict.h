/* SPDX-License-Identifier: MIT */
#pragma once

#include "pipe/plan.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * What the ends of all stages amount to. Decides only.
 */

enum pipe_how {
	PIPE_WAITING, /* not started yet */
	PIPE_RUNNING,
	PIPE_EXITED,
	PIPE_SIGNALED,
	PIPE_LOST,       /* ended; its status went to somebody else */
	PIPE_NOT_STARTED /* could not be */
};

/* How one node ended. */
struct pipe_end {
	enum pipe_how how;
	int exit_code;    /* EXITED: its own; NOT_STARTED: what that amounts to */
	int signal;       /* SIGNALED */
	bool was_limited; /* by its own time limit or by that of all */
	bool was_limited_with_all;
	bool was_guarded;   /* its guard was killed: not its own doing */
	bool was_stopped;   /* by us, since another one had failed */
	int interrupted_by; /* the signal to us that kept it from being tried again; 0: none */
	bool is_excused;    /* written by pipe_verdict() */
};

/* Whether it has ended and nothing was wrong with that. */
bool pipe_end_is_good(const struct pipe_node *node, const struct pipe_end *end);

bool pipe_end_is_over(const struct pipe_end *end);

/* Whether that end is reason enough to stop the others: it is no success, and nothing that comes
   later could excuse it. Not for one that was stopped itself. */
bool pipe_end_is_fatal(
	const struct pipe_plan *plan, size_t node, const struct pipe_end *end, enum pipe_mode mode);

/*
 * Who has to go when a node's end was fatal: sets is_doomed of them. Whoever read from a stage that
 * ended with a code has seen the end of its input and may finish what it has; those in front of it
 * go, as far as nobody else reads what they write. When a stage was killed or cut short, all go.
 * is_over says of each node whether nothing comes of it any more.
 */
void pipe_doom(const struct pipe_plan *plan, size_t node, const struct pipe_end *end,
	const bool *is_over, bool *is_doomed);

/* Says of each end whether it is excused. Returns the node whose end decides: the rightmost one
   that failed by itself; PIPE_NONE: all is well. */
size_t pipe_verdict(const struct pipe_plan *plan, struct pipe_end *ends, enum pipe_mode mode);

/* Whether the time limit of all has stopped anybody, which is the answer then, whatever else there
   is. */
bool pipe_was_limited(const struct pipe_plan *plan, const struct pipe_end *ends);

/* The exit code of the program for an end that is not good. */
int pipe_end_exit_code(const struct pipe_end *end);
