/* SPDX-License-Identifier: MIT */
/* Errors and the names of codes and steps. */

#include "base/error.h"

#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void fills_every_field(void **state)
{
	struct brood_error error;

	(void)state;
	memset(&error, 0xff, sizeof error);
	assert_int_equal(brood__fail(&error, -ENOENT, BROOD_STEP_OPEN, "/no/file"), -ENOENT);
	assert_int_equal(error.code, -ENOENT);
	assert_int_equal(error.os_errno, ENOENT);
	assert_int_equal(error.step, BROOD_STEP_OPEN);
	assert_int_equal(error.flags, 0);
	assert_int_equal(error.stage, -1);
	assert_int_equal(error.fd, -1);
	assert_string_equal(error.subject, "/no/file");
}

static void names_the_descriptor(void **state)
{
	struct brood_error error = BROOD_ERROR_INIT;

	(void)state;
	assert_int_equal(brood__fail_fd(&error, -EBADF, BROOD_STEP_DESCRIPTORS, 7, NULL), -EBADF);
	assert_int_equal(error.fd, 7);
	assert_string_equal(error.subject, "");
}

static void keeps_the_codes_of_brood_and_of_the_system_apart(void **state)
{
	struct brood_error error = BROOD_ERROR_INIT;

	(void)state;
	brood__fail(&error, BROOD_EMISUSE, BROOD_STEP_CONFIG, "x");
	assert_int_equal(error.os_errno, 0);
	brood__fail(&error, BROOD_EEXIT, BROOD_STEP_WAIT, "x");
	assert_int_equal(error.os_errno, 0);
	brood__fail(&error, -4095, BROOD_STEP_WAIT, "x");
	assert_int_equal(error.os_errno, 4095);
}

static void needs_no_error_to_fill(void **state)
{
	(void)state;
	assert_int_equal(brood__fail(NULL, -EPERM, BROOD_STEP_SIGNAL, NULL), -EPERM);
}

static void cuts_a_long_subject(void **state)
{
	struct brood_error error = BROOD_ERROR_INIT;
	char subject[301];

	(void)state;
	memset(subject, 'x', 300);
	subject[235] = '\0';
	brood__fail(&error, -EPERM, BROOD_STEP_EXEC, subject);
	assert_string_equal(error.subject, subject);
	subject[235] = 'x';
	subject[300] = '\0';
	brood__fail(&error, -EPERM, BROOD_STEP_EXEC, subject);
	assert_int_equal(strlen(error.subject), 235);
	assert_string_equal(error.subject + 230, "xx...");
}

static void names_every_step_once(void **state)
{
	(void)state;
	for (int i = 0; i <= BROOD_STEP_TRACE; i++) {
		const char *name = brood_step_name(i);
		assert_string_not_equal(name, "unknown");
		for (const char *at = name; *at; at++)
			assert_true((*at >= 'a' && *at <= 'z') || *at == '-');
		for (int j = 0; j < i; j++)
			assert_string_not_equal(name, brood_step_name(j));
	}
	assert_string_equal(brood_step_name(BROOD_STEP_CHDIR), "chdir");
	assert_string_equal(brood_step_name(BROOD_STEP_GUARD), "guard");
	assert_string_equal(brood_step_name(BROOD_STEP_TRACE + 1), "unknown");
	assert_string_equal(brood_step_name(-1), "unknown");
	assert_string_equal(brood_step_name(INT_MAX), "unknown");
}

static void names_the_codes_of_brood(void **state)
{
	(void)state;
	assert_string_equal(brood_code_name(0), "OK");
	assert_string_equal(brood_code_name(BROOD_EEXIT), "BROOD_EEXIT");
	assert_string_equal(brood_code_name(BROOD_ENOTFOUND), "BROOD_ENOTFOUND");
	assert_string_equal(brood_code_name(BROOD_EDOT), "BROOD_EDOT");
	assert_string_equal(brood_code_name(BROOD_ETIMEOUT), "BROOD_ETIMEOUT");
	assert_string_equal(brood_code_name(BROOD_ECANCELED), "BROOD_ECANCELED");
	assert_string_equal(brood_code_name(BROOD_EWAITDELAY), "BROOD_EWAITDELAY");
	assert_string_equal(brood_code_name(BROOD_ELIMIT), "BROOD_ELIMIT");
	assert_string_equal(brood_code_name(BROOD_ELOST), "BROOD_ELOST");
	assert_string_equal(brood_code_name(BROOD_EMISUSE), "BROOD_EMISUSE");
	assert_string_equal(brood_code_name(BROOD_ESTOPPED), "BROOD_ESTOPPED");
}

static void names_what_libc_names(void **state)
{
	(void)state;
#ifdef __GLIBC__
	for (int i = 1; i < 4096; i++) {
		const char *wanted = strerrorname_np(i);
		assert_string_equal(brood_code_name(-i), wanted ? wanted : "unknown");
	}
#endif
	assert_string_equal(brood_code_name(-ENOENT), "ENOENT");
	assert_string_equal(brood_code_name(-EHWPOISON), "EHWPOISON");
}

static void does_not_know_other_codes(void **state)
{
	(void)state;
	assert_string_equal(brood_code_name(1), "unknown");
	assert_string_equal(brood_code_name(INT_MAX), "unknown");
	assert_string_equal(brood_code_name(INT_MIN), "unknown");
	assert_string_equal(brood_code_name(-4095), "unknown");
	assert_string_equal(brood_code_name(-4096), "unknown");
	assert_string_equal(brood_code_name(BROOD_ESTOPPED - 1), "unknown");
}

static void knows_its_version(void **state)
{
	char wanted[32];

	(void)state;
	snprintf(wanted, sizeof wanted, "%d.%d.%d", BROOD_VERSION_MAJOR, BROOD_VERSION_MINOR,
		BROOD_VERSION_PATCH);
	assert_string_equal(brood_version(), wanted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fills_every_field),
		cmocka_unit_test(names_the_descriptor),
		cmocka_unit_test(keeps_the_codes_of_brood_and_of_the_system_apart),
		cmocka_unit_test(needs_no_error_to_fill),
		cmocka_unit_test(cuts_a_long_subject),
		cmocka_unit_test(names_every_step_once),
		cmocka_unit_test(names_the_codes_of_brood),
		cmocka_unit_test(names_what_libc_names),
		cmocka_unit_test(does_not_know_other_codes),
		cmocka_unit_test(knows_its_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
