/* SPDX-License-Identifier: MIT */
/* Any pattern of the shell on any text: what the ends that match say agrees with what matches as a
   whole. The first byte is the locale, the second the length of the pattern; then come the pattern,
   as many bits that say which of it is quoted, and the text. */

#include "target.h"

#include "sh/pattern.h"

#include <locale.h>
#include <string.h>

#define LONGEST_PATTERN 100
#define LONGEST_TEXT    200

/* Where characters begin, so that a piece of the text is one. */
static size_t boundaries(const char *text, size_t length, size_t *list)
{
	size_t n = 0, at = 0;

	while (at < length) {
		list[n++] = at;
		at += pattern_character(text + at, length - at);
		CHECK(at <= length);
	}
	list[n++] = length;
	return n;
}

static void check_ends(const struct pattern *pattern, const char *text, size_t length)
{
	size_t list[LONGEST_TEXT + 1], n = boundaries(text, length, list), found;
	size_t none = length + 1;
	size_t first = none, last = none, late = none, early = none;

	for (size_t i = 0; i < n; i++) {
		if (pattern_matches(pattern, text, list[i])) {
			first = first == none ? list[i] : first;
			last = list[i];
		}
		if (pattern_matches(pattern, text + list[i], length - list[i])) {
			early = early == none ? length - list[i] : early;
			late = length - list[i];
		}
	}
	CHECK(pattern_prefix(pattern, text, length, false, &found) == (first != none));
	CHECK(first == none || found == first);
	CHECK(pattern_prefix(pattern, text, length, true, &found) == (last != none));
	CHECK(last == none || found == last);
	CHECK(pattern_suffix(pattern, text, length, false, &found) == (late != none));
	CHECK(late == none || found == late);
	CHECK(pattern_suffix(pattern, text, length, true, &found) == (early != none));
	CHECK(early == none || found == early);
	CHECK(pattern_characters(text, length) == n - 1);
}

/* All of it quoted it matches itself, and may say so. */
static void check_quoted(struct pattern pattern, const char *text, size_t length)
{
	unsigned char all[LONGEST_PATTERN];
	bool is_same = pattern.length == length && memcmp(pattern.bytes, text, length) == 0;

	memset(all, 1, sizeof all);
	pattern.quoted = all;
	CHECK(pattern_matches(&pattern, text, length) == is_same);
	CHECK(pattern_matches(&pattern, pattern.bytes, pattern.length));
	CHECK(!pattern_is_magic(&pattern));
	pattern.is_literal = true;
	CHECK(pattern_matches(&pattern, text, length) == is_same);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned char quoted[LONGEST_PATTERN];

	if (size < 2 || data[1] > LONGEST_PATTERN)
		return 0;
	size_t n = data[1], mask = (n + 7) / 8;
	if (size < 2 + n + mask || size - 2 - n - mask > LONGEST_TEXT)
		return 0;
	CHECK(setlocale(LC_ALL, data[0] & 1 ? "C.UTF-8" : "C"));
	for (size_t i = 0; i < n; i++)
		quoted[i] = data[2 + n + i / 8] >> (i % 8) & 1;
	const struct pattern pattern = {
		.bytes = (const char *)data + 2, .quoted = quoted, .length = n
	};
	const char *text = (const char *)data + 2 + n + mask;
	check_ends(&pattern, text, size - 2 - n - mask);
	check_quoted(pattern, text, size - 2 - n - mask);
	return 0;
}
