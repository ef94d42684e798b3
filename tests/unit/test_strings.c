/* SPDX-License-Identifier: MIT */
/* Bounded texts. */

#include "base/put.h"
#include "base/strings.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void expect_copy(const char *from, size_t size, const char *wanted)
{
	char to[64];

	memset(to, '~', sizeof to);
	assert_int_equal(brood__text_copy(to, size, from), strlen(from));
	assert_string_equal(to, wanted);
	assert_int_equal(to[size], '~');
}

static void copies_what_fits_and_marks_what_does_not(void **state)
{
	char untouched = '~';

	(void)state;
	expect_copy("", 1, "");
	expect_copy("abc", 4, "abc");
	expect_copy("abcd", 4, "...");
	expect_copy("abcdef", 6, "ab...");
	expect_copy("abcd", 3, "..");
	expect_copy("abcd", 2, ".");
	expect_copy("abcd", 1, "");
	assert_int_equal(brood__text_copy(&untouched, 0, "abc"), 3);
	assert_int_equal(untouched, '~');
}

static void splits_no_character(void **state)
{
	(void)state;
	/* Two bytes each; the cut would fall into the middle of the second one. */
	expect_copy("\xc3\xa9\xc3\xa9\xc3\xa9", 7, "\xc3\xa9\xc3\xa9\xc3\xa9");
	expect_copy("\xc3\xa9\xc3\xa9\xc3\xa9z", 7, "\xc3\xa9...");
	expect_copy("\xe2\x82\xac\xe2\x82\xac", 6, "...");
	expect_copy("\xf0\x9f\x98\x80\xf0\x9f\x98\x80", 8, "\xf0\x9f\x98\x80...");
	expect_copy("\xf0\x9f\x98\x80\xf0\x9f\x98\x80", 7, "...");
	/* What is no UTF-8 may be cut anywhere. */
	expect_copy("\x80\x80\x80\x80\x80\x80", 6, "\x80\x80...");
}

static void measures_only_valid_sequences(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		size_t length;
	} cases[] = {
		{ "", 0, 0 },
		{ "a", 1, 1 },
		{ "\xc3\xa9", 2, 2 },
		{ "\xc3\xa9", 1, 0 },
		{ "\xc3z", 2, 0 },
		{ "\xc0\x80", 2, 0 },
		{ "\xc1\xbf", 2, 0 },
		{ "\xe2\x82\xac", 3, 3 },
		{ "\xe2\x82", 2, 0 },
		{ "\xe2\x82z", 3, 0 },
		{ "\xe0\x9f\xbf", 3, 0 },
		{ "\xe0\xa0\x80", 3, 3 },
		{ "\xed\x9f\xbf", 3, 3 },
		{ "\xed\xa0\x80", 3, 0 },
		{ "\xf0\x8f\xbf\xbf", 4, 0 },
		{ "\xf0\x90\x80\x80", 4, 4 },
		{ "\xf4\x8f\xbf\xbf", 4, 4 },
		{ "\xf4\x90\x80\x80", 4, 0 },
		{ "\xf5\x80\x80\x80", 4, 0 },
		{ "\x80", 1, 0 },
		{ "\xff", 1, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_int_equal(brood__utf8_length(cases[i].bytes, cases[i].n), cases[i].length);
}

static void counts_what_has_no_room(void **state)
{
	(void)state;
	for (size_t size = 0; size < 20; size++) {
		char memory[32];
		memset(memory, '~', sizeof memory);
		struct brood__text t = brood__text_over(memory, size);
		brood__text_add(&t, "abc");
		brood__text_add_n(&t, "defg", 2);
		brood__text_add_n(&t, "", 0);
		brood__text_add_int(&t, -12);
		assert_int_equal(t.length, 8);
		if (size > 0) {
			size_t n = size > 8 ? 8 : size - 1;
			assert_memory_equal(memory, "abcde-12", n);
			assert_int_equal(memory[n], '\0');
		}
		assert_int_equal(memory[size > 9 ? 9 : size], '~');
	}
}

static void begins_empty(void **state)
{
	char memory[4] = "abc";

	(void)state;
	struct brood__text t = brood__text_over(memory, sizeof memory);
	assert_string_equal(memory, "");
	assert_int_equal(t.length, 0);
	t = brood__text_over(NULL, 5);
	brood__text_add(&t, "abc");
	assert_int_equal(t.length, 3);
	brood__text_mark_cut(&t);
}

static void adds_every_integer(void **state)
{
	static const int64_t numbers[] = { 0, 1, -1, 9, 10, 1234567890, INT64_MAX, INT64_MIN };

	(void)state;
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		char memory[32];
		char wanted[32];
		struct brood__text t = brood__text_over(memory, sizeof memory);
		brood__text_add_int(&t, numbers[i]);
		snprintf(wanted, sizeof wanted, "%lld", (long long)numbers[i]);
		assert_string_equal(memory, wanted);
	}
}

static void expect_safe(const char *bytes, size_t n, const char *wanted)
{
	char memory[256];
	struct brood__text t = brood__text_over(memory, sizeof memory);

	brood__text_add_safe(&t, bytes, n);
	assert_string_equal(memory, wanted);
	assert_int_equal(t.length, strlen(wanted));
}

#define SAFE(bytes, wanted) expect_safe((bytes), sizeof(bytes) - 1, (wanted))

static void shows_what_a_terminal_would_act_on(void **state)
{
	(void)state;
	SAFE("plain \\ ~", "plain \\ ~");
	SAFE("\x1b[31mred\x07", "\\x1b[31mred\\x07");
	SAFE("a\0b\n\t\r", "a\\x00b\\x0a\\x09\\x0d");
	SAFE("\x7f", "\\x7f");
	SAFE("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
	SAFE("\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0", "\\xc2\\x80\\xc2\\x9b\\xc2\\x9f\xc2\xa0");
	SAFE("\x9b\xffz\xc3", "\\x9b\\xffz\\xc3");
	SAFE("\xed\xa0\x80", "\\xed\\xa0\\x80");
}

/* Whatever comes in, what goes out is harmless and valid. */
static void makes_all_bytes_harmless(void **state)
{
	(void)state;
	for (int first = 0; first < 256; first++) {
		for (int second = 0; second < 256; second++) {
			const char bytes[] = { (char)first, (char)second };
			char memory[16];
			struct brood__text t = brood__text_over(memory, sizeof memory);
			brood__text_add_safe(&t, bytes, 2);
			assert_true(t.length < sizeof memory);
			for (size_t i = 0; i < t.length;) {
				size_t length = brood__utf8_length(memory + i, t.length - i);
				assert_true(length > 0);
				assert_true((unsigned char)memory[i] >= 0x20 && memory[i] != 0x7f);
				i += length;
			}
		}
	}
}

static void expect_duration(brood_duration d, const char *wanted)
{
	char memory[64];
	struct brood__text t = brood__text_over(memory, sizeof memory);

	brood__text_add_duration(&t, d);
	assert_string_equal(memory, wanted);
}

static void writes_durations_as_people_do(void **state)
{
	(void)state;
	expect_duration(0, "0s");
	expect_duration(5 * BROOD_SECOND, "5s");
	expect_duration(100 * BROOD_MILLISECOND, "100ms");
	expect_duration(1500 * BROOD_MILLISECOND, "1.5s");
	expect_duration(BROOD_MINUTE, "1m");
	expect_duration(90 * BROOD_SECOND, "1m30s");
	expect_duration(2 * BROOD_HOUR, "2h");
	expect_duration(48 * BROOD_HOUR, "2d");
	expect_duration(36 * BROOD_HOUR + BROOD_SECOND, "1d12h1s");
	expect_duration(BROOD_MINUTE + 500 * BROOD_MILLISECOND, "1m0.5s");
	expect_duration(1500 * BROOD_MICROSECOND, "1.5ms");
	expect_duration(2500, "2.5us");
	expect_duration(1, "1ns");
	expect_duration(BROOD_SECOND + 1, "1.000000001s");
	expect_duration(BROOD_SECOND - 1, "999.999999ms");
	expect_duration(-5 * BROOD_SECOND, "-5s");
	expect_duration(BROOD_FOREVER, "forever");
	expect_duration(BROOD_FOREVER - 1, "106751d23h47m16.854775806s");
	expect_duration(INT64_MIN, "-106751d23h47m16.854775808s");
}

static void marks_a_text_that_was_cut(void **state)
{
	char memory[8];

	(void)state;
	struct brood__text t = brood__text_over(memory, sizeof memory);
	brood__text_add(&t, "1234567");
	brood__text_mark_cut(&t);
	assert_string_equal(memory, "1234567");
	brood__text_add(&t, "8");
	brood__text_mark_cut(&t);
	assert_string_equal(memory, "1234...");
	assert_int_equal(t.length, 8);
}

static void expect_put(int64_t number, const char *wanted)
{
	char memory[24];

	memset(memory, '~', sizeof memory);
	char *end = brood__put_number(memory, number);
	assert_int_equal(end - memory, strlen(wanted));
	assert_memory_equal(memory, wanted, strlen(wanted));
	assert_int_equal(*end, '~');
}

static void puts_numbers_and_texts_without_an_end(void **state)
{
	char memory[16] = "~~~~~~~~~";

	(void)state;
	expect_put(0, "0");
	expect_put(-7, "-7");
	expect_put(4294967295, "4294967295");
	expect_put(INT64_MAX, "9223372036854775807");
	expect_put(INT64_MIN, "-9223372036854775808");
	*brood__put_number(brood__put_text(brood__put_text(memory, "/a/"), ""), 90) = 0;
	assert_string_equal(memory, "/a/90");
	assert_int_equal(memory[6], '~');
}

static void counts_lists(void **state)
{
	char word[] = "x";
	char *list[] = { word, word, NULL, word };

	(void)state;
	assert_int_equal(brood__list_length(list), 2);
	assert_int_equal(brood__list_length(list + 2), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_what_fits_and_marks_what_does_not),
		cmocka_unit_test(splits_no_character),
		cmocka_unit_test(measures_only_valid_sequences),
		cmocka_unit_test(counts_what_has_no_room),
		cmocka_unit_test(begins_empty),
		cmocka_unit_test(adds_every_integer),
		cmocka_unit_test(shows_what_a_terminal_would_act_on),
		cmocka_unit_test(makes_all_bytes_harmless),
		cmocka_unit_test(writes_durations_as_people_do),
		cmocka_unit_test(marks_a_text_that_was_cut),
		cmocka_unit_test(puts_numbers_and_texts_without_an_end),
		cmocka_unit_test(counts_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
