/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the guard does next: decided from what has happened and what time it is. Makes no call.
 *
 *	brood__brain_begin(&brain, plan);
 *	for (;;) {
 *		tell it what has happened: brain.ended, brain.empty, brood__brain_stop(), ...
 *		what = brood__brain_next(&brain, now);
 *		do it, and ask again; BROOD__BRAIN_SLEEP: until something happens, or brain.due
 *	}
 */

#include "guard/protocol.h"
#include "process/stopping.h"

#define BROOD__BRAIN_SLEEP   0 /* nothing is to be done before brain.due */
#define BROOD__BRAIN_SIGNAL  1 /* send brain.signal to all of the tree */
#define BROOD__BRAIN_KILL    2 /* send KILL to all that is there now; rounds count brain.rounds */
#define BROOD__BRAIN_STUCK   3 /* say that killing has not helped */
#define BROOD__BRAIN_MEASURE 4 /* look at what the tree uses */
#define BROOD__BRAIN_FINISH  5 /* it is over */

struct brood__brain {
	/* told by the guard */
	bool ended;    /* the job's own process */
	bool empty;    /* no child is left */
	bool detached; /* the front may go */
	bool released; /* all jobs that ours stands beside have ended */

	/* what came of it */
	int reason;     /* BROOD__STOP_...: why it is stopped; NONE also for orphans and kills */
	int signal;     /* of BROOD__BRAIN_SIGNAL */
	bool escalated; /* a step behind the first one was due while the job's process lived */
	unsigned int rounds;
	int64_t due;

	const struct brood__guard_plan *plan;
	struct brood__stop_state stop;
	bool killing;
	bool stuck;
	int64_t kill_due;
	int64_t kill_pause;
	int64_t stuck_due;
	int64_t rest_due; /* KILL for what the job left behind, if the steps never come to it */
	int64_t measure_due;
};

void brood__brain_begin(
	struct brood__brain *brain, const struct brood__guard_plan *plan, int64_t now);

/* Somebody wants it stopped: goes through the steps, unless that has begun. */
void brood__brain_stop(struct brood__brain *brain, int reason, int64_t now);

/* Somebody wants it dead at once. */
void brood__brain_kill(struct brood__brain *brain, int64_t now);

/* The front is gone. */
void brood__brain_front_gone(struct brood__brain *brain, int64_t now);

/*
 * Whether the job's own process is to be kept unreaped when it ends, and what it leaves behind to
 * be left alone: others are still to join its group, or use what it left. Once it is false it stays
 * so.
 */
bool brood__brain_holds(const struct brood__brain *brain);

/* Returns BROOD__BRAIN_...; each but SLEEP is to be done before the next call. */
int brood__brain_next(struct brood__brain *brain, int64_t now);
