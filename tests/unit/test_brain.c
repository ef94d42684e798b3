/* SPDX-License-Identifier: MIT */
/* The guard's decisions, over every order of events at a few instants. */

#include "guard/brain.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define SECOND    BROOD_SECOND
#define START     (1000 * SECOND)
#define N_SLOTS   5
#define N_EVENTS  8
#define N_LISTS   6
#define MOST_ASKS 400

enum event { NOTHING, ENDS, EMPTIES, STOP, KILL, FRONT_GOES, DETACHES, RELEASES };

static const struct {
	struct brood_stop steps[3];
	uint32_t n;
} lists[N_LISTS] = {
	{ { { SIGTERM, 0, 2 * SECOND } }, 1 },
	{ { { SIGTERM, 0, BROOD_FOREVER } }, 1 },
	{ { { SIGKILL, 0, 0 } }, 1 },
	{ { { SIGINT, 0, SECOND }, { SIGTERM, 0, BROOD_FOREVER } }, 2 },
	{ { { SIGTERM, 0, -1 }, { SIGKILL, 0, BROOD_FOREVER }, { SIGINT, 0, 0 } }, 3 },
	{ { { SIGINT, 0, BROOD_FOREVER }, { SIGTERM, 0, SECOND } }, 2 },
};

/* What a run has seen, to be compared with what may be. */
struct run {
	struct brood__guard_plan plan;
	struct brood__brain brain;
	int64_t now;
	int64_t begun_at; /* of the stop; NEVER: not begun */
	int64_t ended_at;
	int64_t first_kill;
	bool stop_asked;
	bool kill_asked;
	bool front_gone; /* and was not let go before */
	bool let_go;     /* it is not to be held any more */
	bool is_alone;   /* nobody but the job's own process is there */
	bool was_stuck;
	bool has_finished;
	size_t n_signals;
};

/* How long after its begin a step is due at the earliest; NEVER: it is not reached. */
static int64_t due_after(const struct run *run, size_t step)
{
	int64_t sum = 0;
	for (size_t i = 0; i < step; i++)
		sum = brood__deadline(sum, run->plan.steps[i].grace);
	return sum;
}

static int64_t kill_due_after(const struct run *run)
{
	for (size_t i = 0; i < run->plan.n_steps; i++) {
		if (run->plan.steps[i].signal == SIGKILL)
			return due_after(run, i);
	}
	return due_after(run, run->plan.n_steps);
}

/* Whether the job's own process is to be kept, once it has ended. */
static bool is_held(const struct run *run)
{
	return run->plan.flags & BROOD__GUARD_HOLD && !run->let_go && !run->stop_asked &&
	       !run->kill_asked && !run->front_gone && run->begun_at == BROOD__NEVER;
}

/* Whether the job may go on: it lives, or what is left of it is waited for. */
static bool may_last(const struct run *run)
{
	return !run->brain.ended || run->plan.flags & BROOD__GUARD_ORPHANS_WAIT || is_held(run);
}

static void check_begin(struct run *run)
{
	const struct brood__brain *brain = &run->brain;
	bool is_late = run->now >= run->plan.deadline;
	bool lasts = may_last(run);
	assert_int_equal(brood__brain_holds(brain), is_held(run) && !brain->stop.begun);
	if (!brain->stop.begun) {
		assert_false(run->stop_asked || run->kill_asked || run->front_gone);
		assert_false(is_late && lasts);
		assert_true(lasts);
		return;
	}
	if (run->begun_at != BROOD__NEVER)
		return;
	run->begun_at = run->now;
	assert_true(run->stop_asked || run->kill_asked || run->front_gone || (is_late && lasts) ||
		    !lasts);
	if (brain->reason == BROOD__STOP_TIMEOUT)
		assert_true(is_late);
	if (brain->reason == BROOD__STOP_CANCEL)
		assert_true(run->front_gone || run->stop_asked);
}

static void check_kill(struct run *run)
{
	if (run->first_kill == BROOD__NEVER)
		run->first_kill = run->now;
	int64_t by_steps = brood__deadline(run->begun_at, kill_due_after(run));
	int64_t since = run->ended_at == BROOD__NEVER   ? BROOD__NEVER
			: run->ended_at > run->begun_at ? run->ended_at
							: run->begun_at;
	int64_t as_rest = brood__deadline(since, BROOD__REST_GRACE);
	assert_true(run->kill_asked || run->now >= by_steps || run->now >= as_rest);
}

static void check_signal(struct run *run)
{
	assert_true(run->first_kill == BROOD__NEVER);
	assert_true(run->n_signals < run->plan.n_steps);
	assert_int_equal(run->brain.signal, run->plan.steps[run->n_signals].signal);
	assert_true(run->now >= brood__deadline(run->begun_at, due_after(run, run->n_signals)));
	run->n_signals++;
}

static void check_sleep(const struct run *run)
{
	const struct brood__brain *brain = &run->brain;
	assert_true(brain->due > run->now);
	bool has_time = brain->stop.begun && !brain->killing && brain->stop.due == BROOD__NEVER &&
			!brain->ended;
	if (brain->stop.begun && !has_time)
		assert_true(brain->due != BROOD__NEVER);
	if (!brain->stop.begun && may_last(run))
		assert_true(brain->due <= run->plan.deadline);
	if (run->first_kill != BROOD__NEVER)
		assert_true(brain->due <= run->now + 2 * SECOND);
}

static void check_finish(const struct run *run)
{
	bool leaves = run->plan.flags & BROOD__GUARD_ORPHANS_LEAVE && !run->brain.stop.begun;
	assert_true(run->brain.ended);
	assert_false(is_held(run));
	assert_true(run->brain.empty || leaves);
}

/* Asks until there is nothing to do at this instant. */
static void ask(struct run *run)
{
	for (int i = 0; !run->has_finished; i++) {
		assert_true(i < MOST_ASKS);
		/* What is kept unreaped is still there. */
		run->brain.empty = run->brain.ended && run->is_alone && !is_held(run);
		int what = brood__brain_next(&run->brain, run->now);
		if (what == BROOD__BRAIN_FINISH) {
			check_finish(run);
			run->has_finished = true;
			return;
		}
		check_begin(run);
		switch (what) {
		case BROOD__BRAIN_SLEEP:
			check_sleep(run);
			return;
		case BROOD__BRAIN_SIGNAL:
			check_signal(run);
			break;
		case BROOD__BRAIN_KILL:
			check_kill(run);
			break;
		case BROOD__BRAIN_STUCK:
			assert_false(run->was_stuck);
			assert_true(run->now >= run->first_kill + SECOND);
			run->was_stuck = true;
			break;
		default:
			assert_int_equal(what, BROOD__BRAIN_MEASURE);
			assert_true(run->plan.flags & BROOD__GUARD_MEASURE);
			break;
		}
	}
}

/* Lets time go on to an instant, from one due time to the next. */
static void go_on(struct run *run, int64_t until)
{
	ask(run);
	for (int i = 0; !run->has_finished && run->brain.due <= until; i++) {
		assert_true(i < MOST_ASKS);
		run->now = run->brain.due;
		ask(run);
	}
	run->now = until;
}

static void happen(struct run *run, enum event event)
{
	struct brood__brain *brain = &run->brain;
	switch (event) {
	case EMPTIES:
		run->is_alone = true;
		brain->ended = true;
		break;
	case ENDS:
		brain->ended = true;
		break;
	case STOP:
		run->stop_asked = true;
		brood__brain_stop(brain, BROOD__STOP_CANCEL, run->now);
		break;
	case KILL:
		run->kill_asked = true;
		brood__brain_kill(brain, run->now);
		break;
	case FRONT_GOES:
		run->front_gone |= !brain->detached;
		brood__brain_front_gone(brain, run->now);
		break;
	case DETACHES:
		brain->detached = true;
		run->let_go = true;
		break;
	case RELEASES:
		brain->released = true;
		run->let_go = true;
		break;
	case NOTHING:
	default:
		break;
	}
	if (brain->ended && run->ended_at == BROOD__NEVER)
		run->ended_at = run->now;
}

static struct run run_of(uint32_t flags, int64_t deadline, int list)
{
	struct run run = {
		.plan = { .flags = flags, .deadline = deadline, .n_steps = lists[list].n },
		.now = START,
		.begun_at = BROOD__NEVER,
		.ended_at = BROOD__NEVER,
		.first_kill = BROOD__NEVER,
	};
	memcpy(run.plan.steps, lists[list].steps, sizeof lists[list].steps);
	return run;
}

static void try_order(uint32_t flags, int64_t deadline, int list, unsigned int order)
{
	struct run run = run_of(flags, deadline, list);
	brood__brain_begin(&run.brain, &run.plan, run.now);
	for (int slot = 0; slot < N_SLOTS && !run.has_finished; slot++, order /= N_EVENTS) {
		happen(&run, order % N_EVENTS);
		go_on(&run, START + (slot + 1) * SECOND);
	}
	if (run.has_finished)
		return;
	/* A job that is killed, or ends by itself at last, is all that it takes. */
	happen(&run, ENDS);
	go_on(&run, run.now + 10 * SECOND);
	if (!run.has_finished && run.brain.stop.begun)
		assert_true(run.first_kill != BROOD__NEVER);
	happen(&run, EMPTIES);
	ask(&run);
	if (!run.has_finished) {
		assert_true(is_held(&run));
		happen(&run, RELEASES);
		ask(&run);
	}
	assert_true(run.has_finished);
}

static bool has_release(unsigned int order)
{
	for (int slot = 0; slot < N_SLOTS; slot++, order /= N_EVENTS) {
		if (order % N_EVENTS == RELEASES)
			return true;
	}
	return false;
}

static void try_all(uint32_t flags)
{
	unsigned int n_orders = 1;
	for (int i = 0; i < N_SLOTS; i++)
		n_orders *= N_EVENTS;
	bool holds = flags & BROOD__GUARD_HOLD;
	/* What is held knows nothing of steps: one list with a last step that has an end, one
	 * without. */
	for (int list = 0; list < (holds ? 2 : N_LISTS); list++) {
		for (unsigned int order = 0; order < n_orders; order++) {
			/* To those that hold nothing it is nothing; a few orders show that. */
			if (!holds && list > 0 && has_release(order))
				continue;
			try_order(flags, BROOD__NEVER, list, order);
			try_order(flags, START + 2 * SECOND + 1, list, order);
		}
	}
}

static void every_order_of_events_comes_to_its_end(void **state)
{
	(void)state;
	try_all(0);
}

static void so_it_does_when_orphans_are_waited_for(void **state)
{
	(void)state;
	try_all(BROOD__GUARD_ORPHANS_WAIT);
}

static void so_it_does_when_orphans_are_left(void **state)
{
	(void)state;
	try_all(BROOD__GUARD_ORPHANS_LEAVE);
}

static void so_it_does_when_the_end_is_held(void **state)
{
	(void)state;
	try_all(BROOD__GUARD_HOLD);
}

static void so_it_does_when_the_end_is_held_and_orphans_are_waited_for(void **state)
{
	(void)state;
	try_all(BROOD__GUARD_HOLD | BROOD__GUARD_ORPHANS_WAIT);
}

static void so_it_does_when_the_end_is_held_and_orphans_are_left(void **state)
{
	(void)state;
	try_all(BROOD__GUARD_HOLD | BROOD__GUARD_ORPHANS_LEAVE);
}

static void looking_changes_nothing(void **state)
{
	(void)state;
	for (unsigned int order = 0; order < N_EVENTS * N_EVENTS * N_EVENTS; order++)
		try_order(BROOD__GUARD_MEASURE, START + SECOND, 0, order);
}

static void a_limit_in_the_past_strikes_at_once(void **state)
{
	(void)state;
	struct run run = run_of(0, START - 1, 0);
	brood__brain_begin(&run.brain, &run.plan, run.now);
	assert_int_equal(brood__brain_next(&run.brain, run.now), BROOD__BRAIN_SIGNAL);
	assert_int_equal(run.brain.signal, SIGTERM);
	assert_int_equal(run.brain.reason, BROOD__STOP_TIMEOUT);
}

static void rounds_of_killing_become_slower(void **state)
{
	(void)state;
	struct run run = run_of(0, BROOD__NEVER, 2);
	int64_t last = 0;
	brood__brain_begin(&run.brain, &run.plan, run.now);
	brood__brain_kill(&run.brain, run.now);
	run.kill_asked = true;
	run.begun_at = run.now;
	for (int i = 0; i < 30; i++) {
		unsigned int rounds = run.brain.rounds;
		ask(&run);
		int64_t pause = run.brain.due - run.now;
		assert_true(run.brain.rounds >= rounds);
		assert_true(pause <= 2 * SECOND);
		if (i > 15 && run.brain.rounds > rounds)
			assert_true(pause >= last);
		last = i > 15 ? pause : 0;
		run.now = run.brain.due;
	}
	assert_true(run.was_stuck);
	assert_true(run.brain.rounds < 30);
	assert_true(run.brain.rounds > 15);
}

static void the_first_reason_stays(void **state)
{
	(void)state;
	struct run run = run_of(0, START + SECOND, 0);
	brood__brain_begin(&run.brain, &run.plan, run.now);
	brood__brain_stop(&run.brain, BROOD__STOP_LIMIT, run.now);
	brood__brain_stop(&run.brain, BROOD__STOP_CANCEL, run.now);
	run.stop_asked = true;
	ask(&run);
	run.now += SECOND;
	ask(&run);
	assert_int_equal(run.brain.reason, BROOD__STOP_LIMIT);
	assert_false(run.brain.escalated);
	run.now += SECOND;
	ask(&run);
	assert_true(run.brain.escalated);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_order_of_events_comes_to_its_end),
		cmocka_unit_test(so_it_does_when_orphans_are_waited_for),
		cmocka_unit_test(so_it_does_when_orphans_are_left),
		cmocka_unit_test(so_it_does_when_the_end_is_held),
		cmocka_unit_test(so_it_does_when_the_end_is_held_and_orphans_are_waited_for),
		cmocka_unit_test(so_it_does_when_the_end_is_held_and_orphans_are_left),
		cmocka_unit_test(looking_changes_nothing),
		cmocka_unit_test(a_limit_in_the_past_strikes_at_once),
		cmocka_unit_test(rounds_of_killing_become_slower),
		cmocka_unit_test(the_first_reason_stays),
	};
	return cmocka_run_group_tests_name("brain", tests, NULL, NULL);
}
