/* SPDX-License-Identifier: MIT */
/* Strings that are found at once, against looking at every place; and which strings a pattern
   cannot do without. */

#include "filter/match_cover.h"
#include "filter/match_find.h"
#include "filter/match_tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static unsigned int seed;

static size_t any(size_t below)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 8) % below;
}

static bool is_at(const struct cover_string *string, const char *data, size_t length)
{
	if (length < string->length)
		return false;
	for (size_t i = 0; i < string->length; i++)
		if (((unsigned char)data[i] | (string->any_case >> i & 1 ? 0x20 : 0)) !=
			string->bytes[i])
			return false;
	return true;
}

static struct cover_string make_string(size_t shortest, const char *letters)
{
	struct cover_string string = { .length = (unsigned char)(shortest + any(6)) };

	for (size_t i = 0; i < string.length; i++) {
		char c = letters[any(strlen(letters))];
		string.bytes[i] = (unsigned char)c;
		if (c >= 'a' && c <= 'z' && any(3) == 0)
			string.any_case |= (uint64_t)1 << i;
	}
	return string;
}

/* n strings in data whose letters make hits rare or frequent. */
static void check_finder(size_t n, size_t shortest, const char *letters, const char *others)
{
	struct cover_string *strings = calloc(n, sizeof *strings);
	uint32_t *ids = calloc(n, sizeof *ids), id;
	size_t length = any(700);
	char *data = malloc(length + 1);

	for (size_t i = 0; i < n; i++) {
		strings[i] = make_string(shortest, letters);
		ids[i] = (uint32_t)(n - i);
	}
	for (size_t i = 0; i < length; i++) {
		const char *from = any(4) ? others : letters;
		data[i] = from[any(strlen(from))];
	}
	struct finder *finder = finder_new(strings, ids, n);
	for (size_t from = 0, expected; from <= length; from = expected + 1) {
		bool found = false;
		for (expected = from; expected < length; expected++) {
			for (size_t i = 0; i < n && !found; i++)
				found = is_at(&strings[i], data + expected, length - expected);
			if (found)
				break;
		}
		size_t at = finder_next(finder, data, length, from, &id);
		if (at != expected)
			fail_msg("%zu strings: at %zu, not %zu of %zu", n, at, expected, length);
		if (at < length)
			assert_true(id >= 1 && id <= n &&
				    is_at(&strings[n - id], data + at, length - at));
	}
	finder_free(finder);
	free(strings);
	free(ids);
	free(data);
}

static void strings_are_found_where_they_are(void **state)
{
	static const size_t counts[] = { 1, 1, 1, 2, 5, 8, 17, 48, 49, 200 };

	(void)state;
	for (seed = 1; seed < 4000; seed += 3)
		for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
			unsigned int here = seed;
			check_finder(counts[i], 1 + any(4), any(2) ? "ab" : "abcXY-01\xc3\xa9",
				any(2) ? "ABab" : "abcdefgh XYZ0123\n\xc3");
			seed = here + (unsigned int)(i == 9);
		}
}

/* The strings, with | between them, = before them if they are exact. */
static void check_cover(
	const char *pattern, enum match_syntax syntax, bool ignore_case, const char *expected)
{
	struct tree tree = { .utf8 = true, .ignore_case = ignore_case };
	struct cover *cover = malloc(sizeof *cover);
	struct text why = { 0 }, text = { 0 };
	size_t column;

	assert_int_equal(tree_parse(&tree, pattern, strlen(pattern), syntax, &column, &why), 0);
	cover_find(&tree, cover);
	text_string(&text, cover->exact ? "=" : "");
	for (size_t i = 0; i < cover->n; i++) {
		text_string(&text, i ? "|" : "");
		text_add(&text, cover->strings[i].bytes, cover->strings[i].length);
	}
	assert_string_equal(text.bytes, expected);
	tree_done(&tree);
	text_done(&text);
	text_done(&why);
	free(cover);
}

static void a_pattern_tells_what_it_cannot_do_without(void **state)
{
	(void)state;
	check_cover("ERROR", MATCH_ERE, false, "=ERROR");
	check_cover("a.b*", MATCH_FIXED, false, "=a.b*");
	check_cover("ERROR.*500", MATCH_ERE, false, "ERROR");
	check_cover("^ERROR$", MATCH_ERE, false, "ERROR");
	check_cover("ERROR|WARN", MATCH_ERE, false, "=ERROR|WARN");
	check_cover("(ERROR|WARN): x", MATCH_ERE, false, "=ERROR: x|WARN: x");
	check_cover("gr[ae]y", MATCH_ERE, false, "=gray|grey");
	check_cover("x(abc)+y", MATCH_ERE, false, "abc");
	check_cover("x(abc)*yz", MATCH_ERE, false, "yz");
	check_cover("x(abc)?", MATCH_ERE, false, "x");
	check_cover("(foo|b*)", MATCH_ERE, false, "");
	check_cover("[a-z]+", MATCH_ERE, false, "");
	check_cover("(ab)\\1", MATCH_ERE, false, "ab");
	check_cover("Err", MATCH_ERE, true, "=err");
	/* More than two characters are an s. */
	check_cover("master", MATCH_ERE, true, "ter");
	check_cover("\xc3\xa9t", MATCH_ERE, false, "=\xc3\xa9t");
	check_cover("", MATCH_ERE, false, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strings_are_found_where_they_are),
		cmocka_unit_test(a_pattern_tells_what_it_cannot_do_without),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
