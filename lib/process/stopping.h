/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * When which signal is due to a job that is being stopped.
 *
 *	struct brood__stop_state s = { .steps = steps, .n = n };
 *	brood__stop_begin(&s, now);
 *	while (brood__stop_due(&s, now, &signal, &escalated))
 *		send it
 *	wait until s.due at most
 *
 * Each step's grace counts from when its signal was handed out. After the last step SIGKILL
 * follows, unless that was SIGKILL; after a SIGKILL nothing does, whatever the list says.
 */

#include "base/deadline.h"
#include <brood/job.h>
#include <signal.h>

/* Whether SIGCONT is to follow a stop signal, so that a stopped process notices it. */
static inline bool brood__stop_needs_cont(int signal)
{
	return signal != SIGKILL && signal != SIGSTOP && signal != SIGCONT;
}

/* Why a job is being stopped: the first reason that came up. */
#define BROOD__STOP_NONE    0
#define BROOD__STOP_TIMEOUT 1
#define BROOD__STOP_CANCEL  2
#define BROOD__STOP_LIMIT   3
#define BROOD__STOP_GUARD   4 /* the guard of the job is lost */

/* What outlives a job that may take for ever to stop is killed after that long. */
#define BROOD__REST_GRACE (5 * BROOD_SECOND)

struct brood__stop_state {
	const struct brood_stop *steps; /* NULL: SIGTERM, 5 s, SIGKILL */
	size_t n;
	size_t next;        /* the step that is due at `due`; n: SIGKILL at the end */
	brood__instant due; /* valid once begun; BROOD__NEVER: nothing more comes */
	bool begun;
};

/** Makes the first step due now. A second call changes nothing. */
void brood__stop_begin(struct brood__stop_state *s, brood__instant now);

/**
 * Says whether a signal is due; if so, sets *ret_signal, and *ret_escalated to whether it is not
 * the first one, and goes on to the next. To be asked until it says no: a grace of 0 or less makes
 * the next step due at once.
 */
bool brood__stop_due(
	struct brood__stop_state *s, brood__instant now, int *ret_signal, bool *ret_escalated);
