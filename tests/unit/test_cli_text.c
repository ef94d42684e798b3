/* SPDX-License-Identifier: MIT */
/* Text for terminals and for JSON, and the guessing of slips. */

#include "common/json.h"
#include "common/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void check_safe(const char *bytes, size_t length, const char *expected)
{
	struct text text = { 0 };

	text_safe(&text, bytes, length);
	text_add(&text, "", 0);
	assert_string_equal(text.bytes, expected);
	text_done(&text);
}

static void what_a_terminal_would_act_on_is_shown_as_hexadecimal(void **state)
{
	(void)state;
	check_safe("a\033[31mb\n", 7, "a\\x1b[31mb");
	check_safe("a\0b", 3, "a\\x00b");
	check_safe("\x7f", 1, "\\x7f");
	check_safe("\xc2\x9b", 2, "\\xc2\\x9b");
	check_safe("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\xa3", 11,
		"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\xa3");
	check_safe("\xff\xc3", 2, "\\xff\\xc3");
}

static void only_valid_utf8_is_a_character(void **state)
{
	(void)state;
	assert_int_equal(text_character("a", 1), 1);
	assert_int_equal(text_character("\xc3\xa9", 2), 2);
	assert_int_equal(text_character("\xe2\x82\xac", 3), 3);
	assert_int_equal(text_character("\xf4\x8f\xbf\xbf", 4), 4);
	static const char *const bad[] = { "\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf",
		"\xed\xa0\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xc3",
		"\xe2\x82", "\xc3(" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(text_character(bad[i], strlen(bad[i])), 0);
	/* Every code point, as an encoder of our own writes it. */
	for (unsigned int c = 0x80; c < 0x110000; c++) {
		char bytes[4] = { 0 };
		size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
		for (size_t i = n - 1; i > 0; i--)
			bytes[i] = (char)(0x80 | (c >> (6 * (n - 1 - i)) & 0x3f));
		bytes[0] = (char)((0xf00 >> n & 0xff) | c >> (6 * (n - 1)));
		if (text_character(bytes, n) != (c >= 0xd800 && c < 0xe000 ? 0 : n))
			fail_msg("U+%04X", c);
	}
}

static void the_distance_counts_single_slips(void **state)
{
	(void)state;
	assert_int_equal(text_distance("timeout", "timeout"), 0);
	assert_int_equal(text_distance("timout", "timeout"), 1);
	assert_int_equal(text_distance("timeuot", "timeout"), 1);
	assert_int_equal(text_distance("tineout", "timeout"), 1);
	assert_int_equal(text_distance("timeouts", "timeout"), 1);
	assert_int_equal(text_distance("", "run"), 3);
	assert_int_equal(text_distance("kitten", "sitting"), 3);
	assert_int_equal(text_distance("ca", "abc"), 3);
	assert_true(text_is_near("rnu", "run"));
	assert_true(text_is_near("time", "timeout"));
	assert_false(text_is_near("t", "timeout"));
	assert_false(text_is_near("xyz", "run"));
}

static void the_base_name_is_what_follows_the_last_slash(void **state)
{
	(void)state;
	assert_string_equal(text_base_name("/usr/bin/make"), "make");
	assert_string_equal(text_base_name("make"), "make");
	assert_string_equal(text_base_name("dir/"), "dir/");
	assert_string_equal(text_base_name(""), "");
}

static void a_json_object_is_one_line(void **state)
{
	char *const list[] = { (char[]){ "a b" }, (char[]){ "" }, NULL };
	char *const none[] = { NULL };
	struct text text = { 0 };

	(void)state;
	put_json_begin(&text);
	put_json_string(&text, "s", "x");
	put_json_string(&text, "n", NULL);
	put_json_null(&text, "z");
	put_json_boolean(&text, "t", true);
	put_json_boolean(&text, "f", false);
	put_json_integer(&text, "i", INT64_MIN);
	put_json_strings(&text, "l", list);
	put_json_strings(&text, "e", none);
	put_json_end(&text);
	assert_string_equal(text.bytes,
		"{\"s\":\"x\",\"n\":null,\"z\":null,\"t\":true,\"f\":false,"
		"\"i\":-9223372036854775808,\"l\":[\"a b\",\"\"],\"e\":[]}\n");
	text_done(&text);
}

static void check_json(const char *string, const char *expected)
{
	struct text text = { 0 };

	put_json_begin(&text);
	put_json_string(&text, "s", string);
	assert_string_equal(text.bytes, expected);
	text_done(&text);
}

static void json_strings_are_valid_whatever_the_bytes(void **state)
{
	(void)state;
	check_json("\"\\/", "{\"s\":\"\\\"\\\\/\"");
	check_json("\n\r\t\b\x01\x1f\x7f", "{\"s\":\"\\n\\r\\t\\u0008\\u0001\\u001f\\u007f\"");
	check_json("\xc3\xa9", "{\"s\":\"\xc3\xa9\"");
	check_json("a\xff\xc3", "{\"s\":\"a\\ufffd\\ufffd\"");
	check_json("\xed\xa0\x80", "{\"s\":\"\\ufffd\\ufffd\\ufffd\"");
}

static void check_seconds(int64_t nanoseconds, const char *expected)
{
	struct text text = { 0 };

	put_json_begin(&text);
	put_json_seconds(&text, "s", nanoseconds);
	assert_string_equal(text.bytes, expected);
	text_done(&text);
}

static void json_seconds_have_no_more_digits_than_needed(void **state)
{
	(void)state;
	check_seconds(0, "{\"s\":0.0");
	check_seconds(1000000000, "{\"s\":1.0");
	check_seconds(12413000000, "{\"s\":12.413");
	check_seconds(1999, "{\"s\":0.000001");
	check_seconds(100000000000, "{\"s\":100.0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_terminal_would_act_on_is_shown_as_hexadecimal),
		cmocka_unit_test(only_valid_utf8_is_a_character),
		cmocka_unit_test(the_distance_counts_single_slips),
		cmocka_unit_test(the_base_name_is_what_follows_the_last_slash),
		cmocka_unit_test(a_json_object_is_one_line),
		cmocka_unit_test(json_strings_are_valid_whatever_the_bytes),
		cmocka_unit_test(json_seconds_have_no_more_digits_than_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
