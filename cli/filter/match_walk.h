/* SPDX-License-Identifier: MIT */
#pragma once

#include "filter/match.h"
#include "filter/match_code.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * One expression in PCRE2's syntax, and pcre2_dfa_match(): it walks all ways through the expression
 * at once. That is much slower for each byte than code_search(), but a line is read once whatever
 * the expression, and it finds the longest match. For lines on which code_search() gives up, and
 * for the ends of matches. Back-references are beyond it.
 *
 * A line is all there is: ^ and $ are its ends, and nothing else.
 */

struct walk;

/* Returns NULL if the expression is too large for PCRE2. */
struct walk *walk_new(const char *expression, size_t length, bool utf8);
void walk_free(struct walk *walk);

/* Whether some match begins at from or behind it. With utf8 the line must be UTF-8. */
enum code_answer walk_matches(struct walk *walk, const char *line, size_t length, size_t from);

/* The longest match that begins at start and is not empty. */
enum code_answer walk_longest(struct walk *walk, const char *line, size_t length, size_t start,
	struct match_range *ret_range);

/* The longest of the leftmost matches that are not empty. */
enum code_answer walk_find(struct walk *walk, const char *line, size_t length, size_t from,
	struct match_range *ret_range);
