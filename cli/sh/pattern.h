/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * Patterns of POSIX.1-2024 XCU 2.14: *, ?, bracket expressions with classes, equivalence classes
 * and collating symbols, and quoted characters. Pure, but for the locale (setlocale(3)): characters
 * are those of UTF-8 where the locale's are; a byte that is none is a character of its own.
 *
 * A pattern comes as bytes and, for each of them, whether it is quoted: a quoted one matches
 * itself. An unquoted backslash quotes the next character. Matching takes time in
 * O(pattern * text), and memory only for patterns of more than a few dozen pieces.
 */
struct pattern {
	const char *bytes;
	const unsigned char *quoted; /* not 0: this byte is; NULL: none is */
	size_t length;
	bool is_literal; /* it is known that it matches only itself: then `quoted` is not looked at
			  */
};

/* Whether it can match anything but itself; a [ that begins no bracket expression does not make
   it so, nor does a backslash. */
bool pattern_is_magic(const struct pattern *pattern);

/* Whether all of the text matches. */
bool pattern_matches(const struct pattern *pattern, const char *text, size_t length);

/* The shortest or longest beginning (end) of the text that matches: sets *ret_length; returns
   whether there is one. */
bool pattern_prefix(const struct pattern *pattern, const char *text, size_t length, bool is_longest,
	size_t *ret_length);
bool pattern_suffix(const struct pattern *pattern, const char *text, size_t length, bool is_longest,
	size_t *ret_length);

/* Length in bytes of the first character of a text of length > 0, in this locale. */
size_t pattern_character(const char *text, size_t length);
/* How many characters a text has. */
size_t pattern_characters(const char *text, size_t length);
