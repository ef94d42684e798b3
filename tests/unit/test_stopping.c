/* SPDX-License-Identifier: MIT */
/* Which signal is due when, by lists of stop steps. */

#include "process/stopping.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>

#include <cmocka.h>

#define START 1000

/* What is to come out: at this time, this signal. */
struct event {
	int64_t at;
	int signal;
};

/* Looks at exactly the times that the state itself names, then never again. */
static void expect(
	const struct brood_stop *steps, size_t n, const struct event *wanted, size_t n_wanted)
{
	struct brood__stop_state s = { .steps = steps, .n = n };
	int signal = -1;
	bool is_escalated = false;

	assert_false(brood__stop_due(&s, INT64_MAX, &signal, &is_escalated));
	brood__stop_begin(&s, START);
	for (size_t i = 0; i < n_wanted; i++) {
		assert_true(s.due == wanted[i].at);
		assert_false(brood__stop_due(&s, s.due - 1, &signal, &is_escalated));
		assert_true(brood__stop_due(&s, s.due, &signal, &is_escalated));
		assert_int_equal(signal, wanted[i].signal);
		assert_int_equal(is_escalated, i > 0);
	}
	assert_true(s.due == BROOD__NEVER);
	assert_false(brood__stop_due(&s, INT64_MAX - 1, &signal, &is_escalated));
	assert_false(brood__stop_due(&s, INT64_MAX, &signal, &is_escalated));
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void asks_then_kills_by_default(void **state)
{
	const struct event wanted[] = { { START, SIGTERM }, { START + 5 * BROOD_SECOND, SIGKILL } };

	(void)state;
	expect(NULL, 0, wanted, COUNT(wanted));
}

static void goes_through_a_list_and_ends_with_kill(void **state)
{
	const struct brood_stop steps[] = { { SIGINT, 0, 10 }, { SIGTERM, 0, 20 },
		{ SIGQUIT, 0, 30 } };
	const struct event wanted[] = { { START, SIGINT }, { START + 10, SIGTERM },
		{ START + 30, SIGQUIT }, { START + 60, SIGKILL } };

	(void)state;
	expect(steps, COUNT(steps), wanted, COUNT(wanted));
}

static void kills_once_if_the_list_ends_with_kill(void **state)
{
	const struct brood_stop steps[] = { { SIGTERM, 0, 10 }, { SIGKILL, 0, 20 } };
	const struct event wanted[] = { { START, SIGTERM }, { START + 10, SIGKILL } };

	(void)state;
	expect(steps, COUNT(steps), wanted, COUNT(wanted));
	expect(steps + 1, 1, &(struct event){ START, SIGKILL }, 1);
}

static void sends_nothing_after_a_kill(void **state)
{
	const struct brood_stop steps[] = { { SIGKILL, 0, 10 }, { SIGTERM, 0, 20 } };

	(void)state;
	expect(steps, COUNT(steps), &(struct event){ START, SIGKILL }, 1);
}

static void never_goes_on_after_an_endless_grace(void **state)
{
	const struct brood_stop steps[] = { { SIGINT, 0, 10 }, { SIGTERM, 0, BROOD_FOREVER } };
	const struct event wanted[] = { { START, SIGINT }, { START + 10, SIGTERM } };
	const struct brood_stop first[] = { { SIGINT, 0, BROOD_FOREVER }, { SIGTERM, 0, 1 } };

	(void)state;
	expect(steps, COUNT(steps), wanted, COUNT(wanted));
	expect(first, COUNT(first), &(struct event){ START, SIGINT }, 1);
}

static void does_not_wait_for_a_grace_of_nothing(void **state)
{
	const struct brood_stop steps[] = { { SIGINT, 0, 0 }, { SIGTERM, 0, -5 },
		{ SIGQUIT, 0, 7 } };
	const struct event wanted[] = { { START, SIGINT }, { START, SIGTERM }, { START, SIGQUIT },
		{ START + 7, SIGKILL } };

	(void)state;
	expect(steps, COUNT(steps), wanted, COUNT(wanted));
}

static void kills_at_once_without_steps(void **state)
{
	const struct brood_stop none[] = { { SIGTERM, 0, 1 } };

	(void)state;
	expect(none, 0, &(struct event){ START, SIGKILL }, 1);
}

/* Who comes late must not find all graces used up. */
static void counts_a_grace_from_when_its_signal_went_out(void **state)
{
	const struct brood_stop steps[] = { { SIGINT, 0, 10 }, { SIGTERM, 0, 10 } };
	struct brood__stop_state s = { .steps = steps, .n = 2 };
	int signal;
	bool is_escalated;

	(void)state;
	brood__stop_begin(&s, START);
	assert_true(brood__stop_due(&s, START + 1000, &signal, &is_escalated));
	assert_int_equal(signal, SIGINT);
	assert_true(s.due == START + 1010);
	assert_false(brood__stop_due(&s, START + 1009, &signal, &is_escalated));
}

static void begins_once(void **state)
{
	struct brood__stop_state s = { 0 };
	int signal;
	bool is_escalated;

	(void)state;
	brood__stop_begin(&s, START);
	assert_true(brood__stop_due(&s, START, &signal, &is_escalated));
	brood__stop_begin(&s, START + 5);
	assert_false(brood__stop_due(&s, START + 5, &signal, &is_escalated));
	assert_true(s.due == START + 5 * BROOD_SECOND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(asks_then_kills_by_default),
		cmocka_unit_test(goes_through_a_list_and_ends_with_kill),
		cmocka_unit_test(kills_once_if_the_list_ends_with_kill),
		cmocka_unit_test(sends_nothing_after_a_kill),
		cmocka_unit_test(never_goes_on_after_an_endless_grace),
		cmocka_unit_test(does_not_wait_for_a_grace_of_nothing),
		cmocka_unit_test(kills_at_once_without_steps),
		cmocka_unit_test(counts_a_grace_from_when_its_signal_went_out),
		cmocka_unit_test(begins_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
