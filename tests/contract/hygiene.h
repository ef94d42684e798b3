/* SPDX-License-Identifier: MIT */
#ifndef TESTS_CONTRACT_HYGIENE_H
#define TESTS_CONTRACT_HYGIENE_H

/*
 * What every contract test checks when it ends: that the library left nothing behind in its host.
 *
 *	static void runs_a_program(void **state) { ... }
 *
 *	int main(void)
 *	{
 *		const struct CMUnitTest tests[] = { hygienic(runs_a_program) };
 *		return hygiene_run("life cycle", tests);
 *	}
 *
 * Before the test a picture of the process is taken (picture.h: descriptors, signals, environment,
 * limits, ids and whatever else a process has); after it, the same must be there, and no child, be
 * it running or a zombie.
 *
 * A child must not write to the standard output of the test, which is TAP: give cmd.out something
 * else than its default.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/** One test, checked when it ends. */
#define hygienic(test)                                                         \
	{                                                                      \
		.name = #test, .test_func = test, .setup_func = hygiene_setup, \
		.teardown_func = hygiene_teardown                              \
	}

/** Runs the tests; every one gets the checks. Evaluates to what main() is to return. */
#define hygiene_run(name, tests) \
	(hygiene_start(), cmocka_run_group_tests_name((name), (tests), NULL, NULL))

/** Once, first of all: puts the process into a plain state, whatever it was started with. */
void hygiene_start(void);

/** Takes the picture. */
int hygiene_setup(void **state);

/** Compares; fails the test with a message that says what is different. */
int hygiene_teardown(void **state);

/** How many descriptors are open. */
int hygiene_open_descriptors(void);

#endif
