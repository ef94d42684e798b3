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

static void gives_what_both_know(void **state)
{
	const struct current from = { sizeof from, 1, 2 };
	struct current same = { sizeof same, 9, 9 };
	struct current shorter = { sizeof(struct old), 9, 9 };
	struct newer longer = { .size = sizeof longer, .first = 9, .second = 9, .third = { 9, 9 } };
	struct current none = { 0, 9, 9 };

	(void)state;
	assert_int_equal(brood__struct_give(&same, &from, sizeof from), 0);
	assert_memory_equal(&same, &from, sizeof from);
	assert_int_equal(brood__struct_give(&shorter, &from, sizeof from), 0);
	assert_int_equal(shorter.size, sizeof(struct old));
	assert_int_equal(shorter.first, 1);
	assert_int_equal(shorter.second, 9);
	assert_int_equal(brood__struct_give(&longer, &from, sizeof from), 0);
	assert_int_equal(longer.size, sizeof longer);
	assert_int_equal(longer.second, 2);
	for (size_t i = 0; i < sizeof longer.third; i++)
		assert_int_equal(longer.third[i], 0);
	assert_int_equal(brood__struct_give(&none, &from, sizeof from), -E2BIG);
	assert_int_equal(none.first, 9);
	none.size = 1;
	assert_int_equal(brood__struct_give(&none, &from, sizeof from), BROOD_EMISUSE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_its_own_age),
		cmocka_unit_test(fills_up_an_older_one),
		cmocka_unit_test(takes_a_newer_one_whose_news_are_not_used),
		cmocka_unit_test(refuses_impossible_sizes),
		cmocka_unit_test(gives_what_both_know),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
