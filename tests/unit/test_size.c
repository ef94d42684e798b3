/* SPDX-License-Identifier: MIT */
/* The size rule, in both directions of age. */

#include "base/size.h"

#include <brood/error.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct old {
	size_t size;
	size_t first;
};

struct current {
	size_t size;
	size_t first;
	size_t second;
};

struct newer {
	size_t size;
	size_t first;
	size_t second;
	char third[3];
};

static void copies_its_own_age(void **state)
{
	const struct current from = { sizeof from, 1, 2 };
	struct current to = { 9, 9, 9 };

	(void)state;
	assert_int_equal(brood__struct_copy(&to, sizeof to, &from), 0);
	assert_memory_equal(&to, &from, sizeof to);
}

static void fills_up_an_older_one(void **state)
{
	const struct old from = { sizeof from, 1 };
	struct current to = { 9, 9, 9 };

	(void)state;
	assert_int_equal(brood__struct_copy(&to, sizeof to, &from), 0);
	assert_int_equal(to.size, sizeof to);
	assert_int_equal(to.first, 1);
	assert_int_equal(to.second, 0);
}

static void takes_a_newer_one_whose_news_are_not_used(void **state)
{
	struct newer from = { .size = sizeof from, .first = 1, .second = 2 };
	struct current to = { 9, 9, 9 };

	(void)state;
	assert_int_equal(brood__struct_copy(&to, sizeof to, &from), 0);
	assert_int_equal(to.size, sizeof to);
	assert_int_equal(to.second, 2);
	for (size_t i = 0; i < sizeof from.third; i++) {
		from.third[i] = 1;
		assert_int_equal(brood__struct_copy(&to, sizeof to, &from), -E2BIG);
		from.third[i] = 0;
	}
}

static void refuses_impossible_sizes(void **state)
{
	struct current from = { 0 };
	struct current to = { 9, 9, 9 };

	(void)state;
	assert_int_equal(brood__struct_copy(&to, sizeof to, &from), -E2BIG);
	for (from.size = 1; from.size < sizeof(size_t); from.size++)
		assert_int_equal(brood__struct_copy(&to, sizeof to, &from), BROOD_EMISUSE);
	assert_int_equal(brood__struct_copy(&to, sizeof to, &from), 0);
	assert_int_equal(to.first, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_its_own_age),
		cmocka_unit_test(fills_up_an_older_one),
		cmocka_unit_test(takes_a_newer_one_whose_news_are_not_used),
		cmocka_unit_test(refuses_impossible_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
