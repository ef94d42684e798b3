/* SPDX-License-Identifier: MIT */
#pragma once

#include "sh/shell.h"

#include <stddef.h>

/*
 * Splitting by IFS (XCU 2.6.5). White space around fields counts for nothing, and together with
 * another separator as that one; every other separator ends a field, be it empty.
 */
enum separator_kind {
	SEPARATOR_NONE,
	SEPARATOR_BLANK,
	SEPARATOR_OTHER,
	SEPARATOR_LONG /* in the table only: perhaps a character of several bytes */
};

struct splitter {
	const struct separators *separators;
	const char *ifs; /* its value; looked at only if it has characters of several bytes */
};

struct splitter splitter_of(struct shell *sh);

enum separator_kind splitter_look_long(
	const struct splitter *splitter, const char *bytes, size_t length, size_t *ret_length);

/* What the character at the beginning of length > 0 bytes is, and how long. (If it is no separator
   the length is 1: what follows in it is none either.) */
static inline enum separator_kind splitter_look(
	const struct splitter *splitter, const char *bytes, size_t length, size_t *ret_length)
{
	enum separator_kind kind = (enum separator_kind)
					   splitter->separators->kind[(unsigned char)*bytes];

	*ret_length = 1;
	return kind == SEPARATOR_LONG ? splitter_look_long(splitter, bytes, length, ret_length)
				      : kind;
}

struct split_range {
	size_t start, end;
};

/*
 * Splits a line as `read` does into n > 0 values, given as ranges of it: those for which nothing is
 * left are empty, the last one gets all the rest without white space at its end (and without the
 * separator, if the rest is one field with one behind it). escaped: a byte for each of the line's,
 * not 0 where a backslash has taken its meaning from it; NULL: nowhere.
 */
void split_line(const struct splitter *splitter, const char *bytes, const unsigned char *escaped,
	size_t length, struct split_range *ranges, size_t n);
