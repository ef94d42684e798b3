/* SPDX-License-Identifier: MIT */
/* Signals by name. */

#include "base/signame.h"

#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void names_every_signal_of_libc(void **state)
{
	(void)state;
	for (int i = 1; i < 32; i++) {
		char wanted[32];
		snprintf(wanted, sizeof wanted, "SIG%s", sigabbrev_np(i));
		/* glibc calls it by its other name, POLL. */
		if (i == SIGIO)
			strcpy(wanted, "SIGIO");
		assert_string_equal(brood_signal_name(i), wanted);
	}
}

static void names_real_time_signals_from_both_ends(void **state)
{
	char wanted[32];
	int first = SIGRTMIN;
	int last = SIGRTMAX;

	(void)state;
	assert_string_equal(brood_signal_name(first), "SIGRTMIN");
	assert_string_equal(brood_signal_name(first + 3), "SIGRTMIN+3");
	assert_string_equal(brood_signal_name(last), "SIGRTMAX");
	assert_string_equal(brood_signal_name(last - 1), "SIGRTMAX-1");
	for (int i = first; i <= last; i++)
		assert_int_equal(brood_signal_number(brood_signal_name(i)), i);
	/* As kill -l of this many does it. */
	int middle = first + (last - first) / 2;
	snprintf(wanted, sizeof wanted, "SIGRTMIN+%d", middle - first);
	assert_string_equal(brood_signal_name(middle), wanted);
	snprintf(wanted, sizeof wanted, "SIGRTMAX-%d", last - middle - 1);
	assert_string_equal(brood_signal_name(middle + 1), wanted);
}

static void gives_no_name_to_what_is_no_signal(void **state)
{
	(void)state;
	assert_null(brood_signal_name(0));
	assert_null(brood_signal_name(-1));
	assert_null(brood_signal_name(SIGRTMAX + 1));
	assert_null(brood_signal_name(INT_MAX));
	assert_null(brood_signal_name(INT_MIN));
	/* libc keeps these for itself. */
	for (int i = 32; i < SIGRTMIN; i++)
		assert_null(brood_signal_name(i));
}

static void finds_every_signal_by_its_name(void **state)
{
	(void)state;
	for (int i = 1; i <= SIGRTMAX; i++) {
		const char *name = brood_signal_name(i);
		char number[16];
		if (!name)
			continue;
		assert_int_equal(brood_signal_number(name), i);
		assert_int_equal(brood_signal_number(name + 3), i);
		snprintf(number, sizeof number, "%d", i);
		assert_int_equal(brood_signal_number(number), i);
	}
}

static void reads_the_forms_that_people_write(void **state)
{
	(void)state;
	assert_int_equal(brood_signal_number("TERM"), SIGTERM);
	assert_int_equal(brood_signal_number("SIGTERM"), SIGTERM);
	assert_int_equal(brood_signal_number("term"), SIGTERM);
	assert_int_equal(brood_signal_number("SigTerm"), SIGTERM);
	assert_int_equal(brood_signal_number("15"), 15);
	assert_int_equal(brood_signal_number("015"), 15);
	assert_int_equal(brood_signal_number("0"), 0);
	assert_int_equal(brood_signal_number("EXIT"), 0);
	assert_int_equal(brood_signal_number("RTMIN"), SIGRTMIN);
	assert_int_equal(brood_signal_number("rtmin+3"), SIGRTMIN + 3);
	assert_int_equal(brood_signal_number("RTMAX-1"), SIGRTMAX - 1);
	assert_int_equal(brood_signal_number("SIGRTMIN+30"), SIGRTMIN + 30);
	assert_int_equal(brood_signal_number("IOT"), SIGABRT);
	assert_int_equal(brood_signal_number("CLD"), SIGCHLD);
	assert_int_equal(brood_signal_number("POLL"), SIGIO);
}

static void refuses_what_names_no_signal(void **state)
{
	static const char *const bad[] = { "", "SIG", "TERMS", "TER", "SIGSIGTERM", " TERM",
		"TERM ", "-15", "+15", "1x", "15 ", "99", "9999999999999999999", "65", "32",
		"RTMIN+", "RTMIN-1", "RTMAX+1", "RTMIN+99", "RTMAX-99", "RTMIN+x", "RTMIN3",
		"RTMIN+-1", "RT", "0x9", "NULL" };

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(brood_signal_number(bad[i]), -EINVAL);
	assert_int_equal(brood_signal_number(NULL), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_every_signal_of_libc),
		cmocka_unit_test(names_real_time_signals_from_both_ends),
		cmocka_unit_test(gives_no_name_to_what_is_no_signal),
		cmocka_unit_test(finds_every_signal_by_its_name),
		cmocka_unit_test(reads_the_forms_that_people_write),
		cmocka_unit_test(refuses_what_names_no_signal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
