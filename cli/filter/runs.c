/* SPDX-License-Identifier: MIT */
#include "filter/runs.h"

#include "common/memory.h"

#include <stdlib.h>
#include <string.h>

void runs_done(struct runs *runs)
{
	free(runs->at);
	*runs = (struct runs){ 0 };
}

void runs_add(struct runs *runs, size_t start, size_t end)
{
	if (start == end)
		return;
	if (runs->n > 0 && runs->at[runs->n - 1].end == start) {
		runs->at[runs->n - 1].end = end;
		return;
	}
	if (runs->n == runs->size) {
		runs->size = runs->size ? runs->size * 2 : 1024;
		runs->at = memory_resize(runs->at, runs->size * sizeof *runs->at);
	}
	runs->at[runs->n++] = (struct run){ start, end };
}

/* A range ends before its newline; the last line of all need not have one. */
static size_t behind(const struct match_range *range, size_t length)
{
	return range->end < length ? range->end + 1 : length;
}

void runs_of_ranges(struct runs *runs, const struct match_ranges *ranges, size_t length)
{
	runs->n = 0;
	for (size_t i = 0; i < ranges->n;) {
		size_t start = ranges->at[i].start, end = behind(&ranges->at[i], length);
		for (i++; i < ranges->n && ranges->at[i].start == end; i++)
			end = behind(&ranges->at[i], length);
		runs_add(runs, start, end);
	}
}

void runs_add_gaps(
	struct runs *runs, const struct match_ranges *ranges, size_t start, size_t length)
{
	size_t at = 0;

	for (size_t i = 0; i < ranges->n; i++) {
		runs_add(runs, start + at, start + ranges->at[i].start);
		at = behind(&ranges->at[i], length);
	}
	runs_add(runs, start + at, start + length);
}

void runs_of_gaps(struct runs *runs, const struct match_ranges *ranges, size_t length)
{
	runs->n = 0;
	runs_add_gaps(runs, ranges, 0, length);
}

void runs_intersect(struct runs *runs, const struct runs *a, const struct runs *b)
{
	size_t i = 0, j = 0;

	runs->n = 0;
	while (i < a->n && j < b->n) {
		size_t start = a->at[i].start > b->at[j].start ? a->at[i].start : b->at[j].start;
		size_t end = a->at[i].end < b->at[j].end ? a->at[i].end : b->at[j].end;
		if (start < end)
			runs_add(runs, start, end);
		if (a->at[i].end < b->at[j].end)
			i++;
		else
			j++;
	}
}

size_t line_end(const char *block, size_t start, size_t end, char eol)
{
	const char *found = memchr(block + start, eol, end - start);

	return found ? (size_t)(found - block) + 1 : end;
}

/* Bytes that are compared at once. */
typedef unsigned char lanes __attribute__((vector_size(16)));
/* A lane counts so far. */
#define MOST_ROUNDS 255

static size_t count_in_lanes(const char *bytes, size_t n_rounds, char eol)
{
	const lanes wanted = (lanes){ 0 } + (unsigned char)eol;
	lanes found = { 0 };
	size_t n = 0;

	for (size_t i = 0; i < n_rounds; i++) {
		lanes next;
		memcpy(&next, bytes + i * sizeof next, sizeof next);
		/* True is all ones, which is -1. */
		found -= (lanes)(next == wanted);
	}
	for (size_t i = 0; i < sizeof found; i++)
		n += found[i];
	return n;
}

size_t count_lines(const char *bytes, size_t length, char eol)
{
	size_t n = 0, at = 0;

	while (length - at >= sizeof(lanes)) {
		size_t rounds = (length - at) / sizeof(lanes);
		if (rounds > MOST_ROUNDS)
			rounds = MOST_ROUNDS;
		n += count_in_lanes(bytes + at, rounds, eol);
		at += rounds * sizeof(lanes);
	}
	for (; at < length; at++)
		n += bytes[at] == eol;
	return n + (length > 0 && bytes[length - 1] != eol);
}

size_t last_lines(const char *block, size_t start, size_t end, size_t n, char eol)
{
	while (n > 0 && end > start) {
		const char *found = end - 1 > start ? memrchr(block + start, eol, end - 1 - start)
						    : NULL;
		end = found ? (size_t)(found - block) + 1 : start;
		n--;
	}
	return end;
}
