/* SPDX-License-Identifier: MIT */
/* Durations as people write them. */

#include "common/duration.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void check(const char *string, brood_duration expected)
{
	brood_duration duration = 42;
	int r = duration_parse(string, &duration);

	if (r != 0 || duration != expected)
		fail_msg("'%s': %d, %lld", string, r, (long long)duration);
}

static void every_form_is_read(void **state)
{
	(void)state;
	check("500ms", 500 * BROOD_MILLISECOND);
	check("2s", 2 * BROOD_SECOND);
	check("2", 2 * BROOD_SECOND);
	check("1.5", 1500 * BROOD_MILLISECOND);
	check(".5", 500 * BROOD_MILLISECOND);
	check("1.", BROOD_SECOND);
	check("1.5s", 1500 * BROOD_MILLISECOND);
	check("1m30s", 90 * BROOD_SECOND);
	check("1h", BROOD_HOUR);
	check("2d", 48 * BROOD_HOUR);
	check("1d2h3m4s5ms6us7ns", 26 * BROOD_HOUR + 3 * BROOD_MINUTE + 4 * BROOD_SECOND + 5006007);
	check("0.5d", 12 * BROOD_HOUR);
	check("0.000000001", 1);
	check("1.5ms", 1500 * BROOD_MICROSECOND);
	check("0", 0);
	check("0s", 0);
	check("off", DURATION_OFF);
	check("none", DURATION_OFF);
	check("9223372036", 9223372036 * BROOD_SECOND);
	check("106751d", 106751 * 24 * BROOD_HOUR);
}

static void everything_else_is_refused(void **state)
{
	static const char *const bad[] = { "", "5 minutes", "5minutes", "5min", "s", ".", ".s",
		"-1", "+1", "1 s", " 1", "1s ", "1s30", "1e3", "1S", "0x10", "1..5s", "inf", "offs",
		"1,5" };
	brood_duration duration = 42;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (duration_parse(bad[i], &duration) != -EINVAL || duration != 42)
			fail_msg("'%s'", bad[i]);
}

static void what_does_not_fit_is_told_apart(void **state)
{
	static const char *const bad[] = { "9223372037", "106752d", "99999999999999999999",
		"9223372036.9s9s", "300y" };
	brood_duration duration = 42;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		if (duration_parse(bad[i], &duration) != -ERANGE || duration != 42)
			fail_msg("'%s'", bad[i]);
	assert_int_equal(duration_parse(bad[4], &duration), -EINVAL);
}

static void check_text(brood_duration duration, const char *expected)
{
	char text[DURATION_TEXT_SIZE];

	assert_string_equal(duration_text(duration, text), expected);
}

static void a_duration_is_written_as_it_is_read(void **state)
{
	(void)state;
	check_text(300 * BROOD_MILLISECOND, "300ms");
	check_text(0, "0s");
	check_text(1, "1ns");
	check_text(1500, "1.5us");
	check_text(1500000, "1.5ms");
	check_text(1500 * BROOD_MILLISECOND, "1.5s");
	check_text(10 * BROOD_SECOND, "10s");
	check_text(90 * BROOD_SECOND, "1m30s");
	check_text(BROOD_HOUR, "1h");
	check_text(26 * BROOD_HOUR, "1d2h");
	check_text(BROOD_MINUTE + 1, "1m0.000000001s");
	check_text(INT64_MAX, "106751d23h47m16.854775807s");
}

static void text_and_duration_are_inverse(void **state)
{
	char text[DURATION_TEXT_SIZE];

	(void)state;
	for (brood_duration duration = 1; duration > 0 && duration < INT64_MAX / 7;
		duration += duration / 3 + 1)
		check(duration_text(duration, text), duration);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_is_read),
		cmocka_unit_test(everything_else_is_refused),
		cmocka_unit_test(what_does_not_fit_is_told_apart),
		cmocka_unit_test(a_duration_is_written_as_it_is_read),
		cmocka_unit_test(text_and_duration_are_inverse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
