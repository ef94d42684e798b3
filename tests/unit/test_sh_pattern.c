/* SPDX-License-Identifier: MIT */
/* Patterns of the shell: against fnmatch(3), against trying everything, and in UTF-8. */

#include "sh/pattern.h"

#include <fnmatch.h>
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct pattern plain(const char *text)
{
	return (struct pattern){ .bytes = text, .length = strlen(text) };
}

static bool matches(const char *pattern, const char *text)
{
	struct pattern asked = plain(pattern);

	return pattern_matches(&asked, text, strlen(text));
}

/* The same with a mask of which characters are quoted: 'q' is. */
static bool matches_quoted(const char *pattern, const char *mask, const char *text)
{
	unsigned char quoted[64] = { 0 };
	struct pattern asked = plain(pattern);

	for (size_t i = 0; mask[i]; i++)
		quoted[i] = mask[i] == 'q';
	asked.quoted = quoted;
	return pattern_matches(&asked, text, strlen(text));
}

static void use_utf8(void)
{
	assert_non_null(setlocale(LC_ALL, "C.UTF-8"));
}

static int back_to_c(void **state)
{
	(void)state;
	return setlocale(LC_ALL, "C") ? 0 : -1;
}

/* ---- a number as a text over an alphabet ---- */

static void spell(char *text, unsigned number, size_t length, const char *alphabet)
{
	unsigned n = (unsigned)strlen(alphabet);

	for (size_t i = 0; i < length; i++) {
		text[i] = alphabet[number % n];
		number /= n;
	}
	text[length] = '\0';
}

static unsigned power(size_t base, size_t exponent)
{
	unsigned result = 1;

	while (exponent-- > 0)
		result *= (unsigned)base;
	return result;
}

static void every_short_pattern_agrees_with_fnmatch(void **state)
{
	static const char *const alphabets[] = { "ab*?[]", "ab*[]!-", "a*\\?b", "[]-a!c" };
	static const char *const texts[] = { "", "a", "b", "ab", "ba", "aa", "aab", "bab", "[", "]",
		"-", "[a]", "a]", "!", "*", "a*b", "\\", "c", "b]" };
	char pattern[16];

	(void)state;
	for (size_t set = 0; set < sizeof alphabets / sizeof *alphabets; set++)
		for (size_t length = 0; length <= 5; length++)
			for (unsigned i = 0; i < power(strlen(alphabets[set]), length); i++) {
				spell(pattern, i, length, alphabets[set]);
				/* What a backslash at the end means is left open. */
				size_t slashes = 0;
				while (slashes < length && pattern[length - 1 - slashes] == '\\')
					slashes++;
				if (slashes % 2 == 1)
					continue;
				for (size_t j = 0; j < sizeof texts / sizeof *texts; j++) {
					bool expected = fnmatch(pattern, texts[j], 0) == 0;
					if (matches(pattern, texts[j]) != expected)
						fail_msg("'%s' on '%s': not %d", pattern, texts[j],
							expected);
				}
			}
}

static void check_cuts(const char *pattern, const char *text)
{
	struct pattern asked = plain(pattern);
	size_t length = strlen(text), shortest = length + 1, longest = length + 1, found;

	for (size_t n = 0; n <= length; n++)
		if (pattern_matches(&asked, text, n)) {
			shortest = shortest > length ? n : shortest;
			longest = n;
		}
	for (int is_longest = 0; is_longest < 2; is_longest++) {
		size_t expected = is_longest ? longest : shortest;
		bool is_found = pattern_prefix(&asked, text, length, is_longest, &found);
		if (is_found != (expected <= length) || (is_found && found != expected))
			fail_msg("prefix '%s' of '%s': %d %zu, not %zu", pattern, text, is_found,
				found, expected);
	}
	shortest = longest = length + 1;
	for (size_t n = 0; n <= length; n++)
		if (pattern_matches(&asked, text + length - n, n)) {
			shortest = shortest > length ? n : shortest;
			longest = n;
		}
	for (int is_longest = 0; is_longest < 2; is_longest++) {
		size_t expected = is_longest ? longest : shortest;
		bool is_found = pattern_suffix(&asked, text, length, is_longest, &found);
		if (is_found != (expected <= length) || (is_found && found != expected))
			fail_msg("suffix '%s' of '%s': %d %zu, not %zu", pattern, text, is_found,
				found, expected);
	}
}

static void prefixes_and_suffixes_are_what_trying_all_lengths_finds(void **state)
{
	char pattern[16], text[16];

	(void)state;
	for (size_t length = 0; length <= 6; length++)
		for (unsigned i = 0; i < power(4, length); i++) {
			spell(pattern, i, length, "ab*?");
			for (size_t n = 0; n <= 5; n++)
				for (unsigned j = 0; j < power(2, n); j++) {
					spell(text, j, n, "ab");
					check_cuts(pattern, text);
				}
		}
}

static void a_quoted_character_matches_itself(void **state)
{
	(void)state;
	assert_true(matches_quoted("*", "q", "*"));
	assert_false(matches_quoted("*", "q", "a"));
	assert_true(matches_quoted("a*", "q.", "abc"));
	assert_true(matches_quoted("[a]", "q..", "[a]"));
	assert_false(matches_quoted("[a]", "q..", "a"));
	assert_true(matches_quoted("[a]", "..q", "[a]"));
	/* In brackets: neither the end, nor a range, nor an inversion, nor a class. */
	assert_true(matches_quoted("[a]b]", "..q..", "]"));
	assert_true(matches_quoted("[a-c]", "..q..", "-"));
	assert_false(matches_quoted("[a-c]", "..q..", "b"));
	assert_true(matches_quoted("[!a]", ".q..", "!"));
	assert_false(matches_quoted("[!a]", ".q..", "b"));
	assert_true(matches_quoted("[[:alpha:]]", "..q........", ":]"));
	assert_true(matches_quoted("\\*", "q.", "\\xy"));
	assert_true(matches_quoted("\\*", "..", "*"));
	assert_false(matches_quoted("\\*", "..", "\\xy"));
	/* A backslash does not quote what is quoted already: it is one then. */
	assert_true(matches_quoted("\\?", ".q", "\\?"));
	assert_false(matches_quoted("\\?", ".q", "?"));
}

static void brackets(void **state)
{
	(void)state;
	assert_true(matches("[]]", "]"));
	assert_true(matches("[!]]", "a"));
	assert_false(matches("[!]]", "]"));
	assert_true(matches("[^a]", "b"));
	assert_false(matches("[^a]", "a"));
	assert_true(matches("[a-]", "-"));
	assert_true(matches("[-a]", "-"));
	assert_true(matches("[--/]", "."));
	assert_false(matches("[z-a]", "m"));
	assert_true(matches("[", "["));
	assert_true(matches("[a", "[a"));
	assert_true(matches("a[", "a["));
	assert_true(matches("[!", "[!"));
	assert_true(matches("[]", "[]"));
	assert_true(matches("[[]", "["));
	assert_true(matches("[\\]]", "]"));
	assert_true(matches("[[.-.]]", "-"));
	assert_true(matches("[[.a.]-c]", "b"));
	assert_true(matches("[a-[.c.]]", "b"));
	assert_true(matches("[[=a=]b]", "a"));
	assert_true(matches("[[.].]]", "]"));
	assert_false(matches("[[.ch.]]", "c"));
}

static void classes(void **state)
{
	static const char *const names[] = { "alnum", "alpha", "blank", "cntrl", "digit", "graph",
		"lower", "print", "punct", "space", "upper", "xdigit" };
	char pattern[32], text[2] = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		for (int byte = 1; byte < 256; byte++) {
			snprintf(pattern, sizeof pattern, "[[:%s:]]", names[i]);
			text[0] = (char)byte;
			assert_int_equal(matches(pattern, text), fnmatch(pattern, text, 0) == 0);
			snprintf(pattern, sizeof pattern, "[![:%s:]]", names[i]);
			assert_int_equal(matches(pattern, text), fnmatch(pattern, text, 0) == 0);
		}
	assert_false(matches("[[:nothing:]]", "a"));
	assert_true(matches("[[:nothing:]a]", "a"));
	assert_true(matches("[[:digit:]x]*", "x7"));
	assert_true(matches("[[:digit]", ":"));
}

static void characters_of_utf8(void **state)
{
	size_t length;
	struct pattern any = plain("?"), any_star = plain("?*");

	(void)state;
	assert_false(matches("?", "\u00e9"));
	assert_true(matches("??", "\u00e9"));
	use_utf8();
	assert_true(matches("?", "\u00e9"));
	assert_false(matches("??", "\u00e9"));
	assert_true(matches("??", "\U0001f600\u20ac"));
	assert_true(matches("[\u00e0-\u00ff]", "\u00e9"));
	assert_false(matches("[\u00e0-\u00e5]", "\u00e9"));
	assert_true(matches("[!a]", "\u00e9"));
	assert_true(matches("[[:alpha:]]", "\u00e9"));
	assert_true(matches("[[:upper:]]", "\u00c9"));
	assert_false(matches("[[:upper:]]", "\u00e9"));
	assert_true(matches("*\u00e9*", "caf\u00e9s"));
	assert_true(pattern_suffix(&any, "caf\u00e9", 5, false, &length));
	assert_int_equal(length, 2);
	assert_true(pattern_prefix(&any_star, "\u20acx", 4, false, &length));
	assert_int_equal(length, 3);
	assert_int_equal(pattern_character("\u20acx", 4), 3);
	assert_int_equal(pattern_characters("\u20acx\xff\u00e9", 7), 4);
	/* Runs of ASCII are counted by eights. */
	const char mixed[] = "0123456789abcdef0123456\u20ac01234567\u00e9\xe9"
			     "0123456789";
	for (size_t from = 0; from < 24; from++)
		assert_int_equal(pattern_characters(mixed + from, sizeof mixed - 1 - from),
			23 - from + 1 + 8 + 2 + 10);
}

static void bytes_that_are_no_characters_match_themselves(void **state)
{
	size_t length;
	struct pattern half = plain("\xa9");

	(void)state;
	use_utf8();
	assert_true(matches("?", "\xff"));
	assert_true(matches("??", "\xc3("));
	assert_true(matches("[\xff]", "\xff"));
	assert_false(matches("[\xfe]", "\xff"));
	assert_true(matches("\xff*", "\xff\xfe"));
	/* Not the half of another one. */
	assert_false(pattern_suffix(&half, "\u00e9", 2, false, &length));
	assert_false(matches("\xc3*", "\u00e9"));
	assert_false(matches("*\xa9", "\u00e9"));
	assert_false(matches("*\xa9*", "\u00e9"));
	assert_true(matches("*\xa9*", "x\xa9\u00e9"));
	/* Too long, a surrogate, beyond the last one: no characters. */
	assert_true(matches("??", "\xc0\x80"));
	assert_true(matches("???", "\xed\xa0\x80"));
	assert_true(matches("????", "\xf4\x90\x80\x80"));
}

static void magic_is_what_can_match_something_else(void **state)
{
	static const char *const magic[] = { "*", "a?", "[a]", "[!]a]", "\\\\*", "[]*" };
	static const char *const others[] = { "", "a", "[", "[a", "]", "\\*", "a\\?b", "[]",
		"\\[a]", "[\\]" };

	(void)state;
	for (size_t i = 0; i < sizeof magic / sizeof *magic; i++) {
		struct pattern asked = plain(magic[i]);
		assert_true(pattern_is_magic(&asked));
	}
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		struct pattern asked = plain(others[i]);
		assert_false(pattern_is_magic(&asked));
	}
}

static void a_literal_pattern_is_compared_only(void **state)
{
	struct pattern asked = { .bytes = "*?", .length = 2, .is_literal = true };
	size_t length;

	(void)state;
	assert_true(pattern_matches(&asked, "*?", 2));
	assert_false(pattern_matches(&asked, "ab", 2));
	assert_true(pattern_prefix(&asked, "*?x", 3, true, &length));
	assert_int_equal(length, 2);
	assert_true(pattern_suffix(&asked, "x*?", 3, true, &length));
	assert_false(pattern_suffix(&asked, "?", 1, true, &length));
	assert_false(pattern_is_magic(&asked));
}

static void many_stars_take_no_time(void **state)
{
	enum { STARS = 2000, TEXT = 20000 };
	char *pattern = malloc(2 * STARS + 2), *text = malloc(TEXT + 1);
	size_t length;

	(void)state;
	assert_true(pattern && text);
	for (size_t i = 0; i < STARS; i++)
		memcpy(pattern + 2 * i, "a*", 2);
	memcpy(pattern + 2 * STARS, "b", 2);
	memset(text, 'a', TEXT);
	text[TEXT] = '\0';
	struct pattern asked = plain(pattern);
	assert_false(pattern_matches(&asked, text, TEXT));
	assert_false(pattern_prefix(&asked, text, TEXT, true, &length));
	assert_false(pattern_suffix(&asked, text, TEXT, false, &length));
	assert_false(pattern_suffix(&asked, text, TEXT, true, &length));
	text[TEXT - 1] = 'b';
	assert_true(pattern_matches(&asked, text, TEXT));
	assert_true(pattern_suffix(&asked, text, TEXT, false, &length));
	assert_int_equal(length, STARS + 1);
	free(pattern);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_short_pattern_agrees_with_fnmatch),
		cmocka_unit_test(prefixes_and_suffixes_are_what_trying_all_lengths_finds),
		cmocka_unit_test(a_quoted_character_matches_itself),
		cmocka_unit_test(brackets),
		cmocka_unit_test(classes),
		cmocka_unit_test_teardown(characters_of_utf8, back_to_c),
		cmocka_unit_test_teardown(bytes_that_are_no_characters_match_themselves, back_to_c),
		cmocka_unit_test(magic_is_what_can_match_something_else),
		cmocka_unit_test(a_literal_pattern_is_compared_only),
		cmocka_unit_test(many_stars_take_no_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
