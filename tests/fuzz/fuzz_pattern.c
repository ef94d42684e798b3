/* SPDX-License-Identifier: MIT */
/* Any pattern over any lines: it is refused with a reason, or all ways to find the lines agree. The
   first byte is the syntax and the options, the second the length of the pattern. */

#include "target.h"

#include "filter/match.h"

#include <string.h>

/* Where counting alone takes long nothing is learnt. */
#define LONGEST_PATTERN 200
#define LONGEST_DATA    4000

enum { IGNORE_CASE = 4, WORDS = 8, LINES = 16, UTF8 = 32, NUL_LINES = 64 };

struct input {
	struct match_pattern pattern;
	struct match_spec spec;
	const char *data;
	size_t length;
};

static void check_spans(struct matcher *matcher, const struct input *input,
	const struct match_range *line, struct text *why)
{
	struct match_range place;
	size_t length = line->end - line->start, from = 0;

	while (match_span(matcher, input->data + line->start, length, from, &place, why) == 1) {
		CHECK(place.start >= from && place.start < place.end && place.end <= length);
		from = place.end;
	}
}

static void check_lines(const struct input *input, const struct match_ranges *ranges)
{
	char line_end = input->spec.nul_lines ? '\0' : '\n';

	for (size_t i = 0; i < ranges->n; i++) {
		const struct match_range *line = &ranges->at[i];
		CHECK(line->start <= line->end && line->end <= input->length);
		CHECK(line->start == 0 || input->data[line->start - 1] == line_end);
		CHECK(line->end == input->length || input->data[line->end] == line_end);
		CHECK(i == 0 || line->start > ranges->at[i - 1].end);
	}
}

/* The lines that one engine finds. Returns 0, or the matcher's error. */
static int find(struct input *input, enum match_engine engine, struct match_ranges *ranges)
{
	struct matcher *matcher = NULL;
	struct text why = { 0 };

	input->spec.engine = engine;
	int r = match_new(&matcher, &input->spec, &why);
	if (r == 0)
		r = match_block(matcher, input->data, input->length, 0, ranges, &why);
	CHECK(r == 0 || (why.length > 0 && why.bytes));
	if (r == 0) {
		check_lines(input, ranges);
		for (size_t i = 0; i < ranges->n && match_can_span(matcher); i++)
			check_spans(matcher, input, &ranges->at[i], &why);
	}
	match_free(matcher);
	text_done(&why);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { 0 };
	static const enum match_engine engines[] = { MATCH_BUILT_IN, MATCH_WALK };
	struct match_ranges some = { 0 }, other = { 0 };

	if (size < 2 || size > LONGEST_DATA || data[1] > LONGEST_PATTERN ||
		(size_t)data[1] + 2 > size)
		return 0;
	input.pattern = (struct match_pattern){ .bytes = (const char *)data + 2,
		.length = data[1] };
	input.data = (const char *)data + 2 + data[1];
	input.length = size - 2 - data[1];
	input.spec = (struct match_spec){ .patterns = &input.pattern,
		.n_patterns = 1,
		.syntax = (enum match_syntax)(data[0] & 3),
		.ignore_case = data[0] & IGNORE_CASE,
		.words = data[0] & WORDS,
		.lines = data[0] & LINES,
		.utf8 = data[0] & UTF8,
		.nul_lines = data[0] & NUL_LINES };
	bool is_right = find(&input, MATCH_PCRE2, &some) == 0;
	for (size_t i = 0; is_right && i < sizeof engines / sizeof *engines; i++) {
		if (find(&input, engines[i], &other) != 0)
			continue;
		CHECK(some.n == other.n);
		CHECK(some.n == 0 || memcmp(some.at, other.at, some.n * sizeof *some.at) == 0);
	}
	match_ranges_done(&some);
	match_ranges_done(&other);
	return 0;
}
