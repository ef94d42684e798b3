/* SPDX-License-Identifier: MIT */
/* Time stamps, and the end of long outputs. */

#include "run/stamp.h"
#include "run/tail.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int in_utc(void **state)
{
	(void)state;
	return setenv("TZ", "UTC0", 1);
}

static void check_stamp(const char *format, const char *expected)
{
	struct stamp stamp = { .format = format };

	stamp_update(&stamp, &(struct timespec){ 1795219200, 123456789 });
	assert_string_equal(stamp.text.bytes, expected);
	stamp_done(&stamp);
}

static void a_stamp_is_strftime_with_fractions(void **state)
{
	(void)state;
	check_stamp("%Y-%m-%d %H:%M:%S", "2026-11-21 00:00:00");
	check_stamp("%S.%3N", "00.123");
	check_stamp("%N %6N %1N", "123456789 123456 1");
	check_stamp("%%3N %s", "%3N 1795219200");
	check_stamp("[x]", "[x]");
	check_stamp("%3N%3N%3N%3N%3N", "123123123123000");
}

static void within_a_second_only_the_fraction_changes(void **state)
{
	struct stamp stamp = { .format = "%S.%3N|%6N" };

	(void)state;
	stamp_update(&stamp, &(struct timespec){ 1795219200, 999000000 });
	assert_string_equal(stamp.text.bytes, "00.999|999000");
	stamp_update(&stamp, &(struct timespec){ 1795219201, 1000000 });
	assert_string_equal(stamp.text.bytes, "01.001|001000");
	stamp_update(&stamp, &(struct timespec){ 1795219201, 2345678 });
	assert_string_equal(stamp.text.bytes, "01.002|002345");
	stamp_update(&stamp, &(struct timespec){ 1795219200, 5 });
	assert_string_equal(stamp.text.bytes, "00.000|000000");
	stamp_done(&stamp);
}

static void check_tail(const struct tail *tail, const char *expected)
{
	size_t length = 0;
	const char *bytes = tail_end(tail, &length);

	assert_int_equal(length, strlen(expected));
	assert_memory_equal(bytes, expected, length);
}

static void a_short_output_is_kept_as_it_is(void **state)
{
	struct tail tail = { 0 };

	(void)state;
	assert_int_equal(tail_lines(&tail), 0);
	tail_add(&tail, "a\nb", 3);
	assert_int_equal(tail_lines(&tail), 2);
	check_tail(&tail, "a\nb");
	tail_add(&tail, "\n", 1);
	assert_int_equal(tail_lines(&tail), 2);
	check_tail(&tail, "a\nb\n");
	tail_done(&tail);
}

static void the_last_forty_lines_are_shown(void **state)
{
	struct tail tail = { 0 };
	char expected[1024] = "", line[16];

	(void)state;
	for (int i = 1; i <= 100000; i++) {
		int n = snprintf(line, sizeof line, "%d\n", i);
		tail_add(&tail, line, (size_t)n);
		if (i > 100000 - TAIL_LINES)
			strcat(expected, line);
	}
	assert_int_equal(tail_lines(&tail), 100000);
	check_tail(&tail, expected);
	tail_add(&tail, "x", 1);
	assert_int_equal(tail_lines(&tail), 100001);
	strcat(expected, "x");
	check_tail(&tail, strchr(expected, '\n') + 1);
	tail_done(&tail);
}

static void memory_is_bounded_by_what_is_kept(void **state)
{
	struct tail tail = { 0 };
	char *block = malloc(3 * TAIL_BYTES);
	size_t length = 0;

	(void)state;
	assert_non_null(block);
	memset(block, 'x', 3 * TAIL_BYTES);
	for (int i = 0; i < 5; i++)
		tail_add(&tail, block, TAIL_BYTES / 2 + 1);
	tail_add(&tail, block, 3 * TAIL_BYTES);
	tail_add(&tail, "y", 1);
	const char *end = tail_end(&tail, &length);
	assert_true(length >= TAIL_BYTES && length <= 2 * TAIL_BYTES);
	assert_int_equal(end[length - 1], 'y');
	free(block);
	tail_done(&tail);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stamp_is_strftime_with_fractions),
		cmocka_unit_test(within_a_second_only_the_fraction_changes),
		cmocka_unit_test(a_short_output_is_kept_as_it_is),
		cmocka_unit_test(the_last_forty_lines_are_shown),
		cmocka_unit_test(memory_is_bounded_by_what_is_kept),
	};

	return cmocka_run_group_tests(tests, in_utc, NULL);
}
