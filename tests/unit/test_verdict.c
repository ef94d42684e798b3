/* SPDX-License-Identifier: MIT */
/* Every combination of facts about an ended job, against the list at brood_job_wait(). */

#include "job/verdict.h"

#include <brood/error.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* The order of the header's list, with what has to hold for each. The first that does is told. */
enum fact {
	FACT_TIMEOUT,
	FACT_CANCEL,
	FACT_LIMIT,
	FACT_LOST,
	FACT_FAILED,
	FACT_PIPE_HELD,
	FACT_PUMP,
	FACT_COUNT
};

static const int codes[] = {
	[FACT_TIMEOUT] = BROOD_ETIMEOUT,
	[FACT_CANCEL] = BROOD_ECANCELED,
	[FACT_LIMIT] = BROOD_ELIMIT,
	[FACT_LOST] = BROOD_ELOST,
	[FACT_FAILED] = BROOD_EEXIT,
	[FACT_PIPE_HELD] = BROOD_EWAITDELAY,
};

static int wanted_code(const bool holds[FACT_COUNT], int pump_error)
{
	for (int i = 0; i < FACT_PUMP; i++) {
		if (holds[i])
			return codes[i];
	}
	return pump_error;
}

static int wanted_cause(const bool holds[FACT_COUNT], const struct brood_status *status)
{
	static const int causes[] = {
		[FACT_TIMEOUT] = BROOD_CAUSE_TIMEOUT,
		[FACT_CANCEL] = BROOD_CAUSE_CANCEL,
		[FACT_LIMIT] = BROOD_CAUSE_LIMIT,
		[FACT_LOST] = BROOD_CAUSE_LOST,
	};

	for (int i = 0; i <= FACT_LOST; i++) {
		if (holds[i])
			return causes[i];
	}
	if (status->how == BROOD_SIGNALED)
		return BROOD_CAUSE_SIGNAL;
	return holds[FACT_PIPE_HELD] && !holds[FACT_FAILED] ? BROOD_CAUSE_WAIT_DELAY
							    : BROOD_CAUSE_EXIT;
}

static void check(const struct brood__verdict_input *in, bool is_failure)
{
	const bool holds[FACT_COUNT] = {
		[FACT_TIMEOUT] = in->stop_reason == BROOD__STOP_TIMEOUT,
		[FACT_CANCEL] = in->stop_reason == BROOD__STOP_CANCEL,
		[FACT_LIMIT] = in->stop_reason == BROOD__STOP_LIMIT,
		[FACT_LOST] = in->status->how == BROOD_LOST,
		[FACT_FAILED] = is_failure,
		[FACT_PIPE_HELD] = in->pipe_held,
		[FACT_PUMP] = in->pump_error != 0,
	};
	int cause = -1;

	assert_int_equal(brood__verdict(in, &cause), wanted_code(holds, in->pump_error));
	assert_int_equal(cause, wanted_cause(holds, in->status));
	assert_int_equal(brood__verdict(in, NULL), wanted_code(holds, in->pump_error));
}

/* All facts but the status and the list of codes. */
static void check_around(
	const struct brood_status *status, const uint8_t *ok, size_t n, bool is_failure)
{
	static const int pump_errors[] = { 0, -ENOSPC, -ENOMEM, BROOD_ELIMIT };

	for (int reason = BROOD__STOP_NONE; reason <= BROOD__STOP_LIMIT; reason++) {
		for (int held = 0; held < 2; held++) {
			for (size_t i = 0; i < 4; i++) {
				const struct brood__verdict_input in = { status, ok, n, reason,
					held != 0, pump_errors[i] };
				check(&in, is_failure);
			}
		}
	}
}

static void ranks_every_combination(void **state)
{
	static const struct {
		uint8_t codes[3];
		size_t n;
	} lists[] = { { { 0 }, 0 }, { { 0 }, 1 }, { { 3 }, 1 }, { { 0, 3, 255 }, 3 } };

	(void)state;
	for (int code = 0; code < 256; code++) {
		const struct brood_status status = { .how = BROOD_EXITED, .exit_code = code };
		check_around(&status, NULL, 0, code != 0);
		for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
			bool is_listed = memchr(lists[i].codes, code, lists[i].n) != NULL;
			check_around(&status, lists[i].codes, lists[i].n, !is_listed);
		}
	}
	for (int signal = 1; signal < 65; signal++) {
		/* 0 as an exit code must not count for a signal. */
		const struct brood_status status = { .how = BROOD_SIGNALED, .signal = signal };
		check_around(&status, NULL, 0, true);
		check_around(&status, lists[1].codes, 1, true);
	}
	const struct brood_status lost = { .how = BROOD_LOST, .exit_code = -1 };
	check_around(&lost, NULL, 0, true);
}

static void has_no_verdict_on_what_has_not_ended(void **state)
{
	static const int hows[] = { BROOD_RUNNING, BROOD_NOT_STARTED, BROOD_STOPPED, 99 };

	(void)state;
	for (size_t i = 0; i < sizeof hows / sizeof hows[0]; i++) {
		const struct brood_status status = { .how = hows[i] };
		const struct brood__verdict_input in = { .status = &status,
			.stop_reason = BROOD__STOP_TIMEOUT };
		int cause = -1;
		assert_int_equal(brood__verdict(&in, &cause), BROOD_EMISUSE);
		assert_int_equal(cause, BROOD_CAUSE_NONE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranks_every_combination),
		cmocka_unit_test(has_no_verdict_on_what_has_not_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
