/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the contract tests use of cmocka, for machines and libcs that have none: the same names, and
 * TAP on standard output. The tests of a program run one after the other in its process; an
 * assertion that fails jumps out of its test. To see this folder in place of cmocka's is all that a
 * test needs.
 *
 * One thing is not as with cmocka: a signal that kills a test ends the program, and the plan then
 * says that cases are missing. One more thing: a test that is listed in the file $TAP_MISSING must
 * fail, and is told as TODO; if it passes all the same, it counts as failed, and so does a line
 * about a test that is not there.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct CMUnitTest {
	const char *name;
	void (*test_func)(void **state);
	int (*setup_func)(void **state); /* may be NULL, as the next; 0 is success */
	int (*teardown_func)(void **state);
	void *initial_state;
};

#define cmocka_unit_test(test) cmocka_unit_test_setup_teardown(test, NULL, NULL)
#define cmocka_unit_test_setup_teardown(test, setup, teardown)                                   \
	{                                                                                        \
		.name = #test, .test_func = test, .setup_func = setup, .teardown_func = teardown \
	}

/* Evaluates to how many tests failed; the whole group's setup and teardown may be NULL. */
#define cmocka_run_group_tests_name(name, tests, setup, teardown) \
	tap_run((name), (tests), sizeof(tests) / sizeof(tests)[0], (setup), (teardown))
#define cmocka_run_group_tests(tests, setup, teardown) \
	cmocka_run_group_tests_name(#tests, tests, setup, teardown)

int tap_run(const char *name, const struct CMUnitTest *tests, size_t n, int (*setup)(void **state),
	int (*teardown)(void **state));

/* A comment in what is printed. */
void print_message(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Where in the source an assertion stands. */
struct tap_place {
	const char *file;
	int line;
};
#define TAP_HERE ((struct tap_place){ __FILE__, __LINE__ })

/* Both end the test. With CMOCKA_TEST_ABORT=1 in the environment a failure calls abort(). */
void tap_fail(struct tap_place place, const char *format, ...)
	__attribute__((format(printf, 2, 3), noreturn));
void tap_skip(void) __attribute__((noreturn));

void tap_is(struct tap_place place, const char *what, bool value, bool wanted);
void tap_equal(struct tap_place place, uintmax_t a, uintmax_t b, bool wanted);
void tap_equal_texts(struct tap_place place, const char *a, const char *b, bool wanted);
void tap_equal_bytes(struct tap_place place, const void *a, const void *b, size_t n, bool wanted);
void tap_in_range(struct tap_place place, uintmax_t value, uintmax_t least, uintmax_t most);

#define skip()        tap_skip()
#define fail()        tap_fail(TAP_HERE, "failed")
#define fail_msg(...) tap_fail(TAP_HERE, __VA_ARGS__)

#define assert_true(value)     tap_is(TAP_HERE, #value, (value) ? true : false, true)
#define assert_false(value)    tap_is(TAP_HERE, #value, (value) ? true : false, false)
#define assert_non_null(value) tap_is(TAP_HERE, #value, (value) != NULL, true)
#define assert_null(value)     tap_is(TAP_HERE, #value, (value) != NULL, false)

/* As with cmocka, numbers of any type are converted to unsigned ones before they are compared. */
#define assert_int_equal(a, b)     tap_equal(TAP_HERE, (uintmax_t)(a), (uintmax_t)(b), true)
#define assert_int_not_equal(a, b) tap_equal(TAP_HERE, (uintmax_t)(a), (uintmax_t)(b), false)
#define assert_in_range(value, least, most) \
	tap_in_range(TAP_HERE, (uintmax_t)(value), (uintmax_t)(least), (uintmax_t)(most))
#define assert_ptr_equal(a, b)           assert_int_equal((uintptr_t)(a), (uintptr_t)(b))
#define assert_ptr_not_equal(a, b)       assert_int_not_equal((uintptr_t)(a), (uintptr_t)(b))
#define assert_string_equal(a, b)        tap_equal_texts(TAP_HERE, (a), (b), true)
#define assert_string_not_equal(a, b)    tap_equal_texts(TAP_HERE, (a), (b), false)
#define assert_memory_equal(a, b, n)     tap_equal_bytes(TAP_HERE, (a), (b), (n), true)
#define assert_memory_not_equal(a, b, n) tap_equal_bytes(TAP_HERE, (a), (b), (n), false)
