/* SPDX-License-Identifier: MIT */
#pragma once

#include "filter/match.h"

#include <stddef.h>

/*
 * Parts of a block of lines: each a number of whole lines that follow each other, newlines included
 * (the last line of a block may lack its own), in order and with something between any two of them.
 */

struct run {
	size_t start;
	size_t end;
};

struct runs {
	struct run *at;
	size_t n;
	size_t size; /* allocated */
};

void runs_done(struct runs *runs);

/* Adds what comes behind all that is there, or right at its end. */
void runs_add(struct runs *runs, size_t start, size_t end);

/* The lines of the ranges (without their newlines) of a block of that length. */
void runs_of_ranges(struct runs *runs, const struct match_ranges *ranges, size_t length);
/* All other lines of the block. */
void runs_of_gaps(struct runs *runs, const struct match_ranges *ranges, size_t length);
/* Adds them; the block begins at `start` of what the runs are parts of, behind all that is there.
 */
void runs_add_gaps(
	struct runs *runs, const struct match_ranges *ranges, size_t start, size_t length);

/* What lies in both. */
void runs_intersect(struct runs *runs, const struct runs *a, const struct runs *b);

/* Where the line that begins at `start` ends, its newline included. */
size_t line_end(const char *block, size_t start, size_t end, char eol);

/* How many lines these bytes are; the last one may lack its newline. */
size_t count_lines(const char *bytes, size_t length, char eol);

/* Where the last n lines in front of `end`, which is where a line begins, begin; not before start.
 */
size_t last_lines(const char *block, size_t start, size_t end, size_t n, char eol);
