/* SPDX-License-Identifier: MIT */
/* The guard's decisions. */

#include "guard/brain.h"

#include <signal.h>

#define FIRST_KILL_PAUSE    BROOD_MILLISECOND
#define LONGEST_KILL_PAUSE  BROOD_SECOND
#define STUCK_AFTER         BROOD_SECOND
#define FIRST_MEASURE_PAUSE (10 * BROOD_MILLISECOND)
#define MEASURE_PAUSE       (50 * BROOD_MILLISECOND)

void brood__brain_begin(
	struct brood__brain *brain, const struct brood__guard_plan *plan, int64_t now)
{
	brain->plan = plan;
	brain->stop.steps = plan->steps;
	brain->stop.n = plan->n_steps;
	bool measures = plan->flags & BROOD__GUARD_MEASURE;
	brain->measure_due = measures ? now + FIRST_MEASURE_PAUSE : BROOD__NEVER;
}

void brood__brain_stop(struct brood__brain *brain, int reason, int64_t now)
{
	if (brain->stop.begun)
		return;
	brain->reason = reason;
	brood__stop_begin(&brain->stop, now);
}

static void begin_killing(struct brood__brain *brain, int64_t now)
{
	if (brain->killing)
		return;
	brain->killing = true;
	brain->kill_due = now;
	brain->kill_pause = FIRST_KILL_PAUSE;
	brain->stuck_due = brood__deadline(now, STUCK_AFTER);
}

void brood__brain_kill(struct brood__brain *brain, int64_t now)
{
	brood__brain_stop(brain, BROOD__STOP_NONE, now);
	begin_killing(brain, now);
}

void brood__brain_front_gone(struct brood__brain *brain, int64_t now)
{
	if (!brain->detached)
		brood__brain_stop(brain, BROOD__STOP_CANCEL, now);
}

bool brood__brain_holds(const struct brood__brain *brain)
{
	return brain->plan->flags & BROOD__GUARD_HOLD && !brain->released && !brain->detached &&
	       !brain->stop.begun;
}

static bool waits_for_orphans(const struct brood__brain *brain)
{
	return brain->plan->flags & BROOD__GUARD_ORPHANS_WAIT;
}

/* Whether the time limit can still strike. */
static bool is_limited(const struct brood__brain *brain)
{
	bool goes_on = !brain->ended || waits_for_orphans(brain) || brood__brain_holds(brain);
	return !brain->stop.begun && goes_on;
}

static bool is_over(const struct brood__brain *brain)
{
	bool leaves = brain->plan->flags & BROOD__GUARD_ORPHANS_LEAVE && !brain->stop.begun;
	return brain->ended && !brood__brain_holds(brain) && (brain->empty || leaves);
}

static int next_kill(struct brood__brain *brain, int64_t now)
{
	if (!brain->stuck && now >= brain->stuck_due) {
		brain->stuck = true;
		return BROOD__BRAIN_STUCK;
	}
	if (now < brain->kill_due)
		return BROOD__BRAIN_SLEEP;
	brain->kill_due = now + brain->kill_pause;
	if (brain->kill_pause < LONGEST_KILL_PAUSE)
		brain->kill_pause *= 2;
	brain->rounds++;
	return BROOD__BRAIN_KILL;
}

/* A last step without end is the job's own: its leftovers have not asked for it. */
static void limit_rest(struct brood__brain *brain, int64_t now)
{
	bool has_no_end = brain->stop.begun && brain->stop.due == BROOD__NEVER && !brain->killing;
	if (!brain->ended || !has_no_end)
		return;
	if (brain->rest_due == 0)
		brain->rest_due = now + BROOD__REST_GRACE;
	if (now >= brain->rest_due)
		begin_killing(brain, now);
}

static int next_stop(struct brood__brain *brain, int64_t now)
{
	bool escalated;
	if (!brain->killing && brood__stop_due(&brain->stop, now, &brain->signal, &escalated)) {
		brain->escalated |= escalated && !brain->ended;
		if (brain->signal != SIGKILL)
			return BROOD__BRAIN_SIGNAL;
		begin_killing(brain, now);
	}
	limit_rest(brain, now);
	return brain->killing ? next_kill(brain, now) : BROOD__BRAIN_SLEEP;
}

static int64_t next_due(const struct brood__brain *brain)
{
	int64_t due = brain->measure_due;
	if (is_limited(brain))
		due = brood__earlier(due, brain->plan->deadline);
	if (brain->killing)
		due = brood__earlier(due, brain->kill_due);
	if (brain->killing && !brain->stuck)
		due = brood__earlier(due, brain->stuck_due);
	if (brain->stop.begun && !brain->killing)
		due = brood__earlier(due, brain->stop.due);
	if (brain->rest_due != 0 && !brain->killing)
		due = brood__earlier(due, brain->rest_due);
	return due;
}

int brood__brain_next(struct brood__brain *brain, int64_t now)
{
	if (is_over(brain))
		return BROOD__BRAIN_FINISH;
	if (is_limited(brain) && now >= brain->plan->deadline)
		brood__brain_stop(brain, BROOD__STOP_TIMEOUT, now);
	if (brain->ended && !waits_for_orphans(brain) && !brood__brain_holds(brain))
		brood__brain_stop(brain, BROOD__STOP_NONE, now);
	int what = next_stop(brain, now);
	if (what == BROOD__BRAIN_SLEEP && now >= brain->measure_due) {
		brain->measure_due = now + MEASURE_PAUSE;
		what = BROOD__BRAIN_MEASURE;
	}
	brain->due = next_due(brain);
	return what;
}
