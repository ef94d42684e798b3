/* SPDX-License-Identifier: MIT */
/* The times of lines, in all forms that logs have. */

#include "filter/moment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000000)
/* 2026-11-22 07:44:22 UTC */
#define THEN (INT64_C(1795333462) * SECOND)

static struct moment_reader reader_at(moment now)
{
	return (struct moment_reader){ .now = now };
}

static moment of_line(struct moment_reader *reader, const char *line)
{
	size_t length = strlen(line);
	char *copy = malloc(length ? length : 1);
	moment when = -1;

	assert_non_null(copy);
	memcpy(copy, line, length);
	if (!moment_of_line(reader, copy, length, &when))
		when = -1;
	free(copy);
	return when;
}

static void expect(const char *line, moment expected)
{
	struct moment_reader reader = reader_at(THEN + 3600 * SECOND);
	moment when = of_line(&reader, line);

	if (when != expected)
		fail_msg("'%s': %lld instead of %lld", line, (long long)when, (long long)expected);
}

static void set_zone(const char *zone)
{
	setenv("TZ", zone, 1);
	tzset();
}

static void every_form_is_read(void **state)
{
	(void)state;
	set_zone("UTC0");
	expect("2026-11-22T07:44:22Z x", THEN);
	expect("2026-11-22T07:44:22.5Z", THEN + SECOND / 2);
	expect("2026-11-22T07:44:22.123456789Z", THEN + 123456789);
	expect("2026-11-22T07:44:22.1234567899999Z", THEN + 123456789);
	expect("2026-11-22 07:44:22,001 INFO", THEN + 1000000);
	expect("2026-11-22 08:44:22 +0100 x", THEN);
	expect("2026-11-22T08:44:22+01:00 x", THEN);
	expect("2026-11-22T06:14:22-01:30 x", THEN);
	expect("2026-11-22T06:44:22-01", THEN);
	expect("2026-11-22 07:44:22 UTC x", THEN);
	expect("2026/11/22 07:44:22 [error] x", THEN);
	expect("  2026-11-22 07:44:22", THEN);
	expect("[2026-11-22 07:44:22] x", THEN);
	expect("Nov 22 07:44:22 host x: y", THEN);
	expect("Nov 22 2026 07:44:22 host x: y", THEN);
	expect("[Sun Nov 22 07:44:22.5 2026] x", THEN + SECOND / 2);
	expect("Sun Nov 22 07:44:22 2026", THEN);
	expect("Nov  2 07:44:22 host x", THEN - 20 * 86400 * SECOND);
	expect("Nov 22 07:44:22 8080 x", THEN);
	expect("<13>Nov 22 07:44:22 host x", THEN);
	expect("<13>1 2026-11-22T07:44:22Z host x", THEN);
	expect("1.2.3.4 - - [22/Nov/2026:07:44:22 +0000] \"GET /\"", THEN);
	expect("::1 - me [22/Nov/2026:08:44:22 +0100] \"GET /\"", THEN);
	expect("E1122 07:44:22.250000 1 x.go:1] y", THEN + SECOND / 4);
	expect("1795333462 x", THEN);
	expect("1795333462.25 x", THEN + SECOND / 4);
	expect("1795333462123 x", THEN + 123000000);
	expect("1795333462123456 x", THEN + 123456000);
	expect("1795333462123456789 x", THEN + 123456789);
	expect("{\"msg\":\"x\",\"ts\":1795333462.5}", THEN + SECOND / 2);
	expect("{\"time\":\"2026-11-22T07:44:22Z\"}", THEN);
	expect("{\"@timestamp\":\"2026-11-22T07:44:22Z\"}", THEN);
	expect("level=warn ts=2026-11-22T07:44:22Z msg=x", THEN);
	expect("level=warn time=\"2026-11-22 07:44:22\" msg=x", THEN);
	expect("2024-02-29T00:00:00Z", INT64_C(1709164800) * SECOND);
	expect("1969-12-31T23:59:59Z", -SECOND);
}

static void other_lines_have_no_time(void **state)
{
	static const char *const lines[] = { "", "x", "2026", "2026-11-22", "2026-11-22T07:44",
		"2026-13-22T07:44:22Z", "2026-11-32T07:44:22Z", "2026-11-22T24:44:22Z",
		"2026-11-22T07:60:22Z", "2026-11/22 07:44:22", "Now 22 07:44:22 x", "179533346 x",
		"17953334621 x", "1795333462-5", "0795333462 x", "12345678901234567890 x",
		"\tat java.lang.Thread", "{\"msg\":\"2026-11-22T07:44:22Z\"}", "Nov 22 x",
		"x 2026-11-22T07:44:22Z", "0000-11-22T07:44:22Z", "99/Nov/2026:07:44:22 +0000" };

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct moment_reader reader = reader_at(THEN);
		moment when = of_line(&reader, lines[i]);
		/* The one before 1970 would be this too, and is none of them. */
		if (when != -1)
			fail_msg("'%s': %lld", lines[i], (long long)when);
	}
}

static void a_time_without_a_year_lies_in_the_past_year(void **state)
{
	/* 2027-01-01 00:10 */
	struct moment_reader reader = reader_at(INT64_C(1798762200) * SECOND);

	(void)state;
	set_zone("UTC0");
	assert_int_equal(of_line(&reader, "Jan  1 00:09:00 x"), INT64_C(1798762140) * SECOND);
	assert_int_equal(of_line(&reader, "Dec 31 23:59:00 x"), INT64_C(1798761540) * SECOND);
	assert_int_equal(of_line(&reader, "Jan  1 12:00:00 x"), INT64_C(1798804800) * SECOND);
	assert_int_equal(of_line(&reader, "Jan  3 00:00:00 x"), INT64_C(1767398400) * SECOND);
}

static void a_time_without_a_zone_is_local(void **state)
{
	struct moment_reader reader = reader_at(THEN);

	(void)state;
	set_zone("CET-1CEST,M3.5.0,M10.5.0/3");
	assert_int_equal(of_line(&reader, "2026-11-22 08:44:22 x"), THEN);
	assert_int_equal(of_line(&reader, "2026-11-22 08:59:22 x"), THEN + 900 * SECOND);
	/* Summer: two hours. */
	assert_int_equal(of_line(&reader, "2026-07-01 02:00:00 x"), INT64_C(1782864000) * SECOND);
	assert_int_equal(of_line(&reader, "2026-11-22T07:44:22Z"), THEN);
	set_zone("UTC0");
}

/* Against the libc, over four hundred years. */
static void days_are_counted_as_the_libc_does(void **state)
{
	(void)state;
	set_zone("UTC0");
	for (int64_t day = -25000; day < 84000; day += 13) {
		time_t seconds = day * 86400 + 3661;
		struct moment_reader reader = reader_at(THEN);
		char line[64];
		struct tm tm;
		assert_non_null(gmtime_r(&seconds, &tm));
		strftime(line, sizeof line, "%Y-%m-%dT%H:%M:%SZ", &tm);
		if (seconds < 0 || tm.tm_year + 1900 > 2262)
			continue;
		assert_int_equal(of_line(&reader, line), (int64_t)seconds * SECOND);
	}
}

static void expect_option(const char *text, moment expected)
{
	struct moment_reader reader = reader_at(THEN);
	moment when = -1;

	if (!moment_of_option(&reader, text, &when) || when != expected)
		fail_msg("'%s': %lld", text, (long long)when);
}

static void options_say_times_in_more_ways(void **state)
{
	static const char *const bad[] = { "", "x", "-", "25:00", "07:60", "07:44x", "2026-11-22x",
		"2026-11-22T07:44:22Zx", "1795333462x", "off", "--10m", "+10m", "07:44:22:11",
		"Nov 22 07:44:22 x" };

	(void)state;
	set_zone("UTC0");
	expect_option("now", THEN);
	expect_option("10m", THEN - 600 * SECOND);
	expect_option("-10m", THEN - 600 * SECOND);
	expect_option("1h30m", THEN - 5400 * SECOND);
	expect_option("07:30", THEN - 862 * SECOND);
	expect_option("07:44:20.5", THEN - 1500 * SECOND / 1000);
	expect_option("2026-11-22", THEN - 27862 * SECOND);
	expect_option("2026-11-22T07:44", THEN - 22 * SECOND);
	expect_option("2026-11-22 07:44", THEN - 22 * SECOND);
	expect_option("2026-11-22T07:44:22Z", THEN);
	expect_option("2026-11-22 07:44:22", THEN);
	expect_option("1795333462", THEN);
	expect_option("Nov 22 07:44:22", THEN);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct moment_reader reader = reader_at(THEN);
		moment when;

		if (moment_of_option(&reader, bad[i], &when))
			fail_msg("'%s': %lld", bad[i], (long long)when);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_is_read),
		cmocka_unit_test(other_lines_have_no_time),
		cmocka_unit_test(a_time_without_a_year_lies_in_the_past_year),
		cmocka_unit_test(a_time_without_a_zone_is_local),
		cmocka_unit_test(days_are_counted_as_the_libc_does),
		cmocka_unit_test(options_say_times_in_more_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
