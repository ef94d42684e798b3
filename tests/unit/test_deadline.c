/* SPDX-License-Identifier: MIT */
/* Points in time, at the edges of their type. */

#include "base/deadline.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void adds_without_overflow(void **state)
{
	(void)state;
	assert_true(brood__deadline(100, 5) == 105);
	assert_true(brood__deadline(100, 0) == 100);
	assert_true(brood__deadline(100, -1) == 100);
	assert_true(brood__deadline(100, INT64_MIN) == 100);
	assert_true(brood__deadline(100, BROOD_FOREVER) == BROOD__NEVER);
	assert_true(brood__deadline(0, BROOD_FOREVER) == BROOD__NEVER);
	assert_true(brood__deadline(100, BROOD_FOREVER - 1) == BROOD__NEVER);
	assert_true(brood__deadline(100, BROOD_FOREVER - 101) == INT64_MAX - 1);
	assert_true(brood__deadline(-100, BROOD_FOREVER) == BROOD__NEVER);
}

static void picks_the_earlier_one(void **state)
{
	(void)state;
	assert_true(brood__earlier(1, 2) == 1);
	assert_true(brood__earlier(2, 1) == 1);
	assert_true(brood__earlier(BROOD__NEVER, 7) == 7);
	assert_true(brood__earlier(BROOD__NEVER, BROOD__NEVER) == BROOD__NEVER);
}

static void says_how_long_it_is_until_then(void **state)
{
	(void)state;
	assert_true(brood__remaining(100, 105) == 5);
	assert_true(brood__remaining(100, 100) == 0);
	assert_true(brood__remaining(105, 100) == 0);
	assert_true(brood__remaining(100, BROOD__NEVER) == BROOD_FOREVER);
	assert_true(brood__remaining(INT64_MIN, INT64_MAX - 1) == BROOD_FOREVER);
	assert_true(brood__remaining(INT64_MAX, INT64_MIN) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(adds_without_overflow),
		cmocka_unit_test(picks_the_earlier_one),
		cmocka_unit_test(says_how_long_it_is_until_then),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
