/* SPDX-License-Identifier: MIT */
/* The matcher of brood filter behind a pipe: compare.py asks it thousands of times without starting
   a program for each. A request is seven numbers (syntax, engine, flags, bytes of the pattern,
   bytes of the data, longest block, and how often the work is done) and the two texts; the answer
   is a number (0, or the matcher's error), the number of lines, start and end of each, then the
   same for places, then the length of the name of the engine or of the error, and that text. All
   are uint64. */
#include "filter/match.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IGNORE_CASE = 1, WORDS = 2, LINES = 4, UTF8 = 8, SPANS = 16, NUL_LINES = 32 };
enum { SYNTAX, ENGINE, FLAGS, PATTERN_BYTES, DATA_BYTES, BLOCK, TIMES, N_NUMBERS };

static void put(uint64_t number)
{
	fwrite(&number, sizeof number, 1, stdout);
}

static void put_ranges(const struct match_ranges *ranges)
{
	put(ranges->n);
	for (size_t i = 0; i < ranges->n; i++) {
		put(ranges->at[i].start);
		put(ranges->at[i].end);
	}
}

static void add(struct match_ranges *all, size_t offset, const struct match_range *range)
{
	if (all->n == all->size) {
		all->size = all->size ? 2 * all->size : 1024;
		all->at = realloc(all->at, all->size * sizeof *all->at);
		if (!all->at)
			abort();
	}
	all->at[all->n++] = (struct match_range){ offset + range->start, offset + range->end };
}

/* The end of the last whole line within the block's length, of one line if it is longer. */
static size_t block_end(const char *data, size_t length, size_t start, size_t block, char line_end)
{
	const char *end;

	if (length - start <= block)
		return length;
	end = memrchr(data + start, line_end, block);
	if (!end)
		end = memchr(data + start, line_end, length - start);
	return end ? (size_t)(end - data) + 1 : length;
}

struct work {
	struct matcher *matcher;
	const char *data;
	size_t length;
	size_t block;
	char line_end;
	bool spans;
	struct match_ranges lines;
	struct match_ranges places;
	struct text why;
};

static int find_places(struct work *w, const struct match_range *line)
{
	struct match_range place;
	size_t from = 0, length = line->end - line->start;
	int r;

	while ((r = match_span(w->matcher, w->data + line->start, length, from, &place, &w->why)) >
		0) {
		if (place.end <= place.start || place.start < from || place.end > length)
			abort();
		add(&w->places, line->start, &place);
		from = place.end;
	}
	return r;
}

static int work(struct work *w)
{
	struct match_ranges found = { 0 };
	int r = 0;

	w->lines.n = w->places.n = 0;
	for (size_t start = 0, end; start < w->length && r == 0; start = end) {
		end = block_end(w->data, w->length, start, w->block, w->line_end);
		r = match_block(w->matcher, w->data + start, end - start, 0, &found, &w->why);
		for (size_t i = 0; i < found.n; i++)
			add(&w->lines, start, &found.at[i]);
	}
	for (size_t i = 0; i < w->lines.n && w->spans && r == 0; i++)
		r = find_places(w, &w->lines.at[i]);
	match_ranges_done(&found);
	return r;
}

static void answer(const uint64_t *numbers, const char *pattern, const char *data)
{
	struct match_pattern one = { .bytes = pattern, .length = numbers[PATTERN_BYTES] };
	uint64_t flags = numbers[FLAGS];
	struct match_spec spec = {
		.patterns = &one,
		.n_patterns = 1,
		.syntax = (enum match_syntax)numbers[SYNTAX],
		.engine = (enum match_engine)numbers[ENGINE],
		.ignore_case = flags & IGNORE_CASE,
		.words = flags & WORDS,
		.lines = flags & LINES,
		.utf8 = flags & UTF8,
		.spans = flags & SPANS,
		.nul_lines = flags & NUL_LINES,
	};
	struct work w = { .data = data,
		.length = numbers[DATA_BYTES],
		.block = numbers[BLOCK],
		.line_end = spec.nul_lines ? '\0' : '\n',
		.spans = spec.spans };
	int r = match_new(&w.matcher, &spec, &w.why);
	const char *text;

	for (uint64_t i = 0; r == 0 && i < numbers[TIMES]; i++)
		r = work(&w);
	text = r == 0 ? match_engine_name(w.matcher) : w.why.bytes;
	if (!text)
		abort();
	put((uint64_t)-r);
	put_ranges(&w.lines);
	put_ranges(&w.places);
	put(strlen(text));
	fputs(text, stdout);
	match_free(w.matcher);
	match_ranges_done(&w.lines);
	match_ranges_done(&w.places);
	text_done(&w.why);
}

static char *get(size_t length)
{
	/* Exactly as long as it is, so that a sanitizer sees what reads behind the end. */
	char *bytes = malloc(length ? length : 1);

	if (!bytes || fread(bytes, 1, length, stdin) != length)
		abort();
	return bytes;
}

int main(void)
{
	uint64_t numbers[N_NUMBERS];

	while (fread(numbers, sizeof *numbers, N_NUMBERS, stdin) == N_NUMBERS) {
		char *pattern = get(numbers[PATTERN_BYTES]), *data = get(numbers[DATA_BYTES]);
		answer(numbers, pattern, data);
		fflush(stdout);
		free(pattern);
		free(data);
	}
	return 0;
}
