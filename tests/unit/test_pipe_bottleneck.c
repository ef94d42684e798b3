/* SPDX-License-Identifier: MIT */
/* Which stage is the bottleneck and why: all states of short pipelines. */
#include "pipe/stats_bottleneck.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

#define MOST  4
#define LOOKS 8

enum link { EMPTY, BALANCED, FULL, N_LINKS };

static void make_chain(struct stats_stage *stages, size_t n)
{
	memset(stages, 0, n * sizeof *stages);
	for (size_t i = 0; i < n; i++) {
		stages[i].is_alive = true;
		stages[i].looks = LOOKS;
		stages[i].source = (ptrdiff_t)i - 1;
		stages[i].is_last = i + 1 == n;
		stages[i].fill = -1;
	}
}

/* What is seen when the pipe in front of a reader is so. */
static void set_link(struct stats_stage *stages, size_t reader, enum link link, bool has_fill)
{
	static const int fills[N_LINKS] = { 0, 500, 1000 };

	if (has_fill)
		stages[reader].fill = fills[link];
	if (link == EMPTY)
		stages[reader].waits[STATS_READS] = LOOKS;
	if (link == FULL)
		stages[reader - 1].waits[STATS_WRITES] = LOOKS;
}

/* Full pipes up to the slow one, empty ones behind it. */
static void make_slow(struct stats_stage *stages, size_t n, size_t slow, bool has_fill)
{
	make_chain(stages, n);
	for (size_t i = 1; i < n; i++)
		set_link(stages, i, i <= slow ? FULL : EMPTY, has_fill);
	stages[slow].waits[STATS_RUNS] = LOOKS;
}

static void the_slow_one_has_full_pipes_before_it_and_empty_ones_behind(void **state)
{
	(void)state;
	for (size_t n = 1; n <= MOST; n++)
		for (size_t slow = 0; slow < n; slow++)
			for (int has_fill = 0; has_fill < 2; has_fill++) {
				struct stats_stage stages[MOST];
				make_slow(stages, n, slow, has_fill);
				struct stats_verdict verdict = stats_bottleneck(stages, n);
				assert_int_equal(verdict.stage, slow);
				assert_int_equal(verdict.reason, STATS_CPU);
			}
}

static void balanced_pipes_name_nobody(void **state)
{
	(void)state;
	for (size_t n = 2; n <= MOST; n++)
		for (int has_fill = 0; has_fill < 2; has_fill++) {
			struct stats_stage stages[MOST];
			make_chain(stages, n);
			for (size_t i = 1; i < n; i++)
				set_link(stages, i, BALANCED, has_fill);
			assert_int_equal(stats_bottleneck(stages, n).reason, STATS_NOTHING);
		}
}

static void those_that_have_ended_do_not_count(void **state)
{
	(void)state;
	for (size_t first = 0; first < MOST; first++)
		for (size_t last = first; last < MOST; last++)
			for (size_t slow = first; slow <= last; slow++) {
				struct stats_stage stages[MOST];
				make_slow(stages, MOST, slow, true);
				for (size_t i = 0; i < MOST; i++)
					stages[i].is_alive = i >= first && i <= last;
				struct stats_verdict verdict = stats_bottleneck(stages, MOST);
				assert_int_equal(verdict.stage, slow);
				assert_int_equal(verdict.reason, STATS_CPU);
			}
}

static void nothing_is_said_before_the_second_look(void **state)
{
	struct stats_stage stages[2];

	(void)state;
	make_slow(stages, 2, 1, true);
	for (int looks = 0; looks < 2; looks++) {
		stages[1].looks = looks;
		assert_int_equal(stats_bottleneck(stages, 2).reason, STATS_NOTHING);
	}
	assert_int_equal(stats_bottleneck(stages, 0).reason, STATS_NOTHING);
}

/* Makes the state with the given number; returns false behind the last one. */
static bool make_state(struct stats_stage stages[MOST], unsigned int number)
{
	make_chain(stages, MOST);
	bool has_fill = number % 2;
	number /= 2;
	for (size_t i = 0; i < MOST; i++) {
		stages[i].is_alive = number % 2;
		number /= 2;
	}
	for (size_t i = 1; i < MOST; i++) {
		set_link(stages, i, (enum link)(number % N_LINKS), has_fill);
		number /= N_LINKS;
	}
	return number == 0;
}

static void in_no_state_is_one_named_that_does_not_run(void **state)
{
	struct stats_stage stages[MOST];
	unsigned int number = 0, named = 0;

	(void)state;
	for (; make_state(stages, number); number++) {
		struct stats_verdict verdict = stats_bottleneck(stages, MOST);
		if (verdict.reason == STATS_NOTHING)
			continue;
		assert_true(verdict.stage < MOST && stages[verdict.stage].is_alive);
		named++;
	}
	assert_int_equal(number, 2 * 16 * 27);
	assert_in_range(named, number / 4, number - 1);
}

/* The indices of the stages are of no meaning, only who reads from whom. */
static void their_order_does_not_matter(void **state)
{
	static const size_t orders[][MOST] = { { 3, 2, 1, 0 }, { 1, 3, 0, 2 }, { 2, 0, 3, 1 } };
	struct stats_stage stages[MOST], moved[MOST];

	(void)state;
	for (unsigned int number = 0; make_state(stages, number); number++)
		for (size_t k = 0; k < sizeof orders / sizeof *orders; k++) {
			for (size_t i = 0; i < MOST; i++) {
				moved[orders[k][i]] = stages[i];
				if (i > 0)
					moved[orders[k][i]].source = (ptrdiff_t)orders[k][i - 1];
			}
			struct stats_verdict a = stats_bottleneck(stages, MOST);
			struct stats_verdict b = stats_bottleneck(moved, MOST);
			assert_int_equal(a.reason, b.reason);
			if (a.reason != STATS_NOTHING)
				assert_int_equal(orders[k][a.stage], b.stage);
		}
}

static void a_writer_to_several_waits_for_the_slowest(void **state)
{
	struct stats_stage stages[3];

	(void)state;
	for (size_t slow = 1; slow < 3; slow++) {
		make_chain(stages, 3);
		stages[2].source = 0;
		stages[1].is_last = true;
		for (size_t i = 1; i < 3; i++) {
			stages[i].fill = i == slow ? 300 : 0;
			stages[i].waits[i == slow ? STATS_RUNS : STATS_READS] = LOOKS;
		}
		stages[0].waits[STATS_WRITES] = LOOKS;
		struct stats_verdict verdict = stats_bottleneck(stages, 3);
		assert_int_equal(verdict.stage, slow);
		assert_int_equal(verdict.reason, STATS_CPU);
	}
}

/* The reason for the middle, first, last or only one that mostly does the given thing. */
static enum stats_reason reason_for(enum stats_wait wait, bool is_first, bool is_last)
{
	struct stats_stage stages[3];
	size_t slow = is_first ? 0 : 1, n = is_last ? slow + 1 : slow + 2;

	make_chain(stages, n);
	for (size_t i = 1; i < n; i++)
		set_link(stages, i, i <= slow ? FULL : EMPTY, true);
	stages[slow].waits[wait] = LOOKS - 1;
	struct stats_verdict verdict = stats_bottleneck(stages, n);
	assert_int_equal(verdict.stage, slow);
	return verdict.reason;
}

static void the_reason_is_what_it_mostly_does(void **state)
{
	static const struct {
		enum stats_wait wait;
		enum stats_reason only, first, middle, last;
	} cases[] = {
		{ STATS_UNKNOWN, STATS_IDLE, STATS_IDLE, STATS_IDLE, STATS_IDLE },
		{ STATS_CHILDREN, STATS_IDLE, STATS_IDLE, STATS_IDLE, STATS_IDLE },
		{ STATS_STOPPED, STATS_BY_STOP, STATS_BY_STOP, STATS_BY_STOP, STATS_BY_STOP },
		{ STATS_SLEEPS, STATS_IDLE, STATS_IDLE, STATS_IDLE, STATS_IDLE },
		{ STATS_POLLS, STATS_OUTPUT, STATS_INPUT, STATS_IDLE, STATS_OUTPUT },
		{ STATS_NETWORK, STATS_BY_NETWORK, STATS_BY_NETWORK, STATS_BY_NETWORK,
			STATS_BY_NETWORK },
		{ STATS_DISK, STATS_DISK_READ, STATS_DISK_READ, STATS_DISK_READ, STATS_DISK_READ },
		{ STATS_RUNS, STATS_CPU, STATS_CPU, STATS_CPU, STATS_CPU },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(reason_for(cases[i].wait, true, true), cases[i].only);
		assert_int_equal(reason_for(cases[i].wait, true, false), cases[i].first);
		assert_int_equal(reason_for(cases[i].wait, false, false), cases[i].middle);
		assert_int_equal(reason_for(cases[i].wait, false, true), cases[i].last);
	}
	/* These two say something of the pipe as well, so they fit some places only. */
	assert_int_equal(reason_for(STATS_READS, true, true), STATS_INPUT);
	assert_int_equal(reason_for(STATS_READS, true, false), STATS_INPUT);
	assert_int_equal(reason_for(STATS_WRITES, false, true), STATS_OUTPUT);
	assert_int_equal(reason_for(STATS_WRITES, true, true), STATS_OUTPUT);
}

static void a_stage_whose_writer_has_ended_waits_for_nothing_outside(void **state)
{
	struct stats_stage stages[2];

	(void)state;
	make_chain(stages, 2);
	stages[0].is_alive = false;
	stages[1].is_last = false;
	for (enum stats_wait wait = STATS_POLLS; wait <= STATS_READS; wait++) {
		memset(stages[1].waits, 0, sizeof stages[1].waits);
		stages[1].waits[wait] = LOOKS;
		struct stats_verdict verdict = stats_bottleneck(stages, 2);
		assert_int_equal(verdict.stage, 1);
		assert_int_not_equal(verdict.reason, STATS_INPUT);
	}
}

static void the_processor_goes_before_what_is_waited_for(void **state)
{
	struct stats_stage stages[2];

	(void)state;
	make_slow(stages, 2, 1, true);
	memset(stages[1].waits, 0, sizeof stages[1].waits);
	stages[1].waits[STATS_DISK] = LOOKS;
	stages[1].cpu = 499;
	assert_int_equal(stats_bottleneck(stages, 2).reason, STATS_DISK_READ);
	stages[1].disk_written = 1;
	assert_int_equal(stats_bottleneck(stages, 2).reason, STATS_DISK_WRITE);
	stages[1].disk_read = 1;
	assert_int_equal(stats_bottleneck(stages, 2).reason, STATS_DISK_READ);
	stages[1].cpu = 500;
	assert_int_equal(stats_bottleneck(stages, 2).reason, STATS_CPU);
}

static void a_relay_that_does_not_work_keeps_a_rate(void **state)
{
	struct stats_stage stages[3];

	(void)state;
	make_slow(stages, 3, 1, true);
	stages[1].is_relay = true;
	assert_int_equal(stats_bottleneck(stages, 3).reason, STATS_CPU);
	stages[1].waits[STATS_RUNS] = 0;
	stages[1].waits[STATS_SLEEPS] = LOOKS;
	assert_int_equal(stats_bottleneck(stages, 3).reason, STATS_RATE);
	assert_int_equal(stats_bottleneck(stages, 3).stage, 1);
}

static void every_reason_has_its_words(void **state)
{
	(void)state;
	for (int a = 0; a < STATS_N_REASONS; a++) {
		assert_non_null(stats_reason_text((enum stats_reason)a));
		for (int b = 0; b < a; b++)
			assert_string_not_equal(stats_reason_text((enum stats_reason)a),
				stats_reason_text((enum stats_reason)b));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_slow_one_has_full_pipes_before_it_and_empty_ones_behind),
		cmocka_unit_test(balanced_pipes_name_nobody),
		cmocka_unit_test(those_that_have_ended_do_not_count),
		cmocka_unit_test(nothing_is_said_before_the_second_look),
		cmocka_unit_test(in_no_state_is_one_named_that_does_not_run),
		cmocka_unit_test(their_order_does_not_matter),
		cmocka_unit_test(a_writer_to_several_waits_for_the_slowest),
		cmocka_unit_test(the_reason_is_what_it_mostly_does),
		cmocka_unit_test(a_stage_whose_writer_has_ended_waits_for_nothing_outside),
		cmocka_unit_test(the_processor_goes_before_what_is_waited_for),
		cmocka_unit_test(a_relay_that_does_not_work_keeps_a_rate),
		cmocka_unit_test(every_reason_has_its_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
