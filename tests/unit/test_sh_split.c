/* SPDX-License-Identifier: MIT */
/* Splitting lines as `read` does. */

#include "sh/split.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Only splitter_of() asks, which is not used here. */
const char *variable_get(struct shell *sh, const char *name)
{
	(void)sh;
	(void)name;
	return NULL;
}

/* As variable_hooks.c prepares them. */
static struct splitter splitter_for(struct separators *separators, const char *ifs)
{
	memset(separators, 0, sizeof *separators);
	for (const char *at = ifs; *at; at++) {
		unsigned char byte = (unsigned char)*at;
		if (byte >= 0xc0) {
			separators->kind[byte] = SEPARATOR_LONG;
			separators->has_wide = true;
		} else if (byte < 0x80) {
			separators->kind[byte] = strchr(" \t\n", *at) ? SEPARATOR_BLANK
								      : SEPARATOR_OTHER;
		}
	}
	return (struct splitter){ .separators = separators, .ifs = ifs };
}

/* The values, each in <>. A byte behind a ^ is an escaped one. */
static const char *split(const char *ifs, size_t n, const char *line)
{
	static char text[256];
	struct separators separators;
	struct splitter splitter = splitter_for(&separators, ifs);
	struct split_range *ranges = malloc(n * sizeof *ranges);
	size_t length = 0, at = 0;
	/* Memory of exactly this size, so that a sanitizer sees who reads behind it. */
	size_t carets = 0;

	for (const char *c = line; *c; c++)
		carets += *c == '^';
	size_t size = strlen(line) - carets;
	char *bytes = malloc(size ? size : 1);
	unsigned char *escaped = malloc(size ? size : 1);
	assert_true(ranges && bytes && escaped);
	for (; *line; line++) {
		bool is_escaped = *line == '^';
		line += is_escaped;
		escaped[length] = is_escaped;
		bytes[length++] = *line;
	}
	split_line(&splitter, bytes, carets ? escaped : NULL, length, ranges, n);
	for (size_t i = 0; i < n; i++) {
		assert_true(ranges[i].start <= ranges[i].end && ranges[i].end <= length);
		at += (size_t)snprintf(text + at, sizeof text - at, "<%.*s>",
			(int)(ranges[i].end - ranges[i].start), bytes + ranges[i].start);
	}
	free(ranges);
	free(bytes);
	free(escaped);
	return text;
}

#define BLANKS " \t\n"

static void white_space(void **state)
{
	(void)state;
	assert_string_equal(split(BLANKS, 3, "a b c"), "<a><b><c>");
	assert_string_equal(split(BLANKS, 3, "  a\t b  "), "<a><b><>");
	assert_string_equal(split(BLANKS, 2, " a  b  c  "), "<a><b  c>");
	assert_string_equal(split(BLANKS, 1, "  a b  "), "<a b>");
	assert_string_equal(split(BLANKS, 2, ""), "<><>");
	assert_string_equal(split(BLANKS, 2, "   "), "<><>");
	assert_string_equal(split("", 2, " a b "), "< a b ><>");
}

static void other_separators(void **state)
{
	(void)state;
	assert_string_equal(split(":", 3, "a:b:c"), "<a><b><c>");
	assert_string_equal(split(":", 3, "a::c"), "<a><><c>");
	assert_string_equal(split(":", 3, ":a"), "<><a><>");
	assert_string_equal(split(":", 2, "a:b:c"), "<a><b:c>");
	assert_string_equal(split(":", 2, " a : b "), "< a >< b >");
	assert_string_equal(split(": ", 3, " a : b : c "), "<a><b><c>");
	assert_string_equal(split(": ", 3, "a  :b"), "<a><b><>");
	assert_string_equal(split(": ", 3, "a : : b"), "<a><><b>");
}

static void one_separator_at_the_end_of_the_rest_goes(void **state)
{
	(void)state;
	assert_string_equal(split(":", 2, "a:b:"), "<a><b>");
	assert_string_equal(split(":", 2, "a:b::"), "<a><b::>");
	assert_string_equal(split(":", 2, "a:b:c:"), "<a><b:c:>");
	assert_string_equal(split(":", 1, "a:"), "<a>");
	assert_string_equal(split(":", 1, ":"), "<>");
	assert_string_equal(split(":", 2, "::"), "<><>");
	assert_string_equal(split(":", 2, ":::"), "<><::>");
	assert_string_equal(split(": ", 2, "a:b : "), "<a><b>");
	assert_string_equal(split(": ", 2, "a b : c : "), "<a><b : c :>");
}

static void escaped_bytes_separate_nothing(void **state)
{
	(void)state;
	assert_string_equal(split(BLANKS, 2, "a^ b c"), "<a b><c>");
	assert_string_equal(split(BLANKS, 2, "^ a b^ "), "< a><b >");
	assert_string_equal(split(BLANKS, 2, "a b c ^ "), "<a><b c  >");
	assert_string_equal(split(":", 2, "a^:b:c^:"), "<a:b><c:>");
	assert_string_equal(split(":", 1, "^:"), "<:>");
}

static void characters_of_several_bytes(void **state)
{
	(void)state;
	assert_non_null(setlocale(LC_ALL, "C.UTF-8"));
	assert_string_equal(split("\u00e9", 3, "a\u00e9b\u00e9\u00e8"), "<a><b><\u00e8>");
	assert_string_equal(split("\u20ac\u00e9", 2, "\u00e8\u20acx\u00e9"), "<\u00e8><x>");
	assert_string_equal(split("\u00e9", 2, "a\xc3"), "<a\xc3><>");
}

static int back_to_c(void **state)
{
	(void)state;
	return setlocale(LC_ALL, "C") ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(white_space),
		cmocka_unit_test(other_separators),
		cmocka_unit_test(one_separator_at_the_end_of_the_rest_goes),
		cmocka_unit_test(escaped_bytes_separate_nothing),
		cmocka_unit_test_teardown(characters_of_several_bytes, back_to_c),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
