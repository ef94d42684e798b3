/* SPDX-License-Identifier: MIT */
/*
 * Matching. A * stands between segments, whose elements each match one character (or a text). The
 * first segment is bound to the beginning, the last one to the end; each one between may take the
 * first place that there is, since what comes behind a * does not mind. So nothing is tried twice.
 */

#include "sh/pattern.h"

#include "sh/pattern_code.h"

#include <string.h>

/* Part of a text. */
struct range {
	size_t start, end;
};

/* ---- one element ---- */

static bool matches_character(const struct pattern_code *code,
	const struct pattern_element *element, const char *bytes, size_t length)
{
	size_t decoded;

	if (element->kind == PATTERN_ANY)
		return true;
	if (element->kind == PATTERN_BYTE)
		return length == 1 && *bytes == code->pattern->bytes[element->start];
	uint32_t character = pattern_decode(code->is_utf8, bytes, length, &decoded);
	return pattern_bracket_matches(code->pattern, code->is_utf8, element, character);
}

/* Matches at range->start; takes what it matched from the range. */
static bool match_forward(const struct pattern_code *code, const struct pattern_element *element,
	const char *text, struct range *range)
{
	size_t length = element->length, left = range->end - range->start;

	if (element->kind == PATTERN_TEXT) {
		if (length > left || memcmp(text + range->start,
					     code->pattern->bytes + element->start, length) != 0)
			return false;
	} else {
		if (left == 0)
			return false;
		pattern_decode(code->is_utf8, text + range->start, left, &length);
		if (!matches_character(code, element, text + range->start, length))
			return false;
	}
	range->start += length;
	return true;
}

/* The same at range->end. */
static bool match_backward(const struct pattern_code *code, const struct pattern_element *element,
	const char *text, struct range *range)
{
	size_t length = element->length, left = range->end - range->start;

	if (element->kind == PATTERN_TEXT) {
		if (length > left || memcmp(text + range->end - length,
					     code->pattern->bytes + element->start, length) != 0)
			return false;
	} else {
		if (left == 0)
			return false;
		length = pattern_length_before(code->is_utf8, text, range->start, range->end);
		if (!matches_character(code, element, text + range->end - length, length))
			return false;
	}
	range->end -= length;
	return true;
}

/* ---- a segment: elements first to end ---- */

static bool segment_at_start(const struct pattern_code *code, struct range segment,
	const char *text, struct range *range)
{
	for (size_t i = segment.start; i < segment.end; i++)
		if (!match_forward(code, &code->elements[i], text, range))
			return false;
	return true;
}

static bool segment_at_end(const struct pattern_code *code, struct range segment, const char *text,
	struct range *range)
{
	for (size_t i = segment.end; i > segment.start; i--)
		if (!match_backward(code, &code->elements[i - 1], text, range))
			return false;
	return true;
}

/* The first place where a segment may match; false: there is none. */
static bool skip_forward(const struct pattern_code *code, struct range segment, const char *text,
	struct range *range)
{
	if (segment.start == segment.end)
		return true;
	const struct pattern_element *first = &code->elements[segment.start];
	if (first->kind != PATTERN_TEXT)
		return true;
	const char *wanted = code->pattern->bytes + first->start;
	size_t left = range->end - range->start;
	const char *found = first->length == 1
				    ? memchr(text + range->start, *wanted, left)
				    : memmem(text + range->start, left, wanted, first->length);
	if (found == NULL)
		return false;
	range->start = (size_t)(found - text);
	return true;
}

/* Finds the first place of a segment; *ret_match is it. */
static bool find_first(const struct pattern_code *code, struct range segment, const char *text,
	struct range range, struct range *ret_match)
{
	while (skip_forward(code, segment, text, &range)) {
		struct range rest = range;
		size_t length;
		if (segment_at_start(code, segment, text, &rest)) {
			*ret_match = (struct range){ range.start, rest.start };
			return true;
		}
		if (range.start == range.end)
			return false;
		pattern_decode(code->is_utf8, text + range.start, range.end - range.start, &length);
		range.start += length;
	}
	return false;
}

/* The last place where a segment may end; false: there is none. */
static bool skip_backward(const struct pattern_code *code, struct range segment, const char *text,
	struct range *range)
{
	if (segment.start == segment.end)
		return true;
	const struct pattern_element *last = &code->elements[segment.end - 1];
	if (last->kind != PATTERN_TEXT)
		return true;
	const char *wanted = code->pattern->bytes + last->start;
	const char *found = memrchr(
		text + range->start, wanted[last->length - 1], range->end - range->start);
	if (found == NULL)
		return false;
	range->end = (size_t)(found - text) + 1;
	return true;
}

static bool find_last(const struct pattern_code *code, struct range segment, const char *text,
	struct range range, struct range *ret_match)
{
	while (skip_backward(code, segment, text, &range)) {
		struct range rest = range;
		if (segment_at_end(code, segment, text, &rest)) {
			*ret_match = (struct range){ rest.end, range.end };
			return true;
		}
		if (range.start == range.end)
			return false;
		range.end -= pattern_length_before(code->is_utf8, text, range.start, range.end);
	}
	return false;
}

/* ---- a whole pattern ---- */

static struct range first_segment(const struct pattern_code *code)
{
	return (struct range){ 0, code->first_star };
}

static struct range last_segment(const struct pattern_code *code)
{
	return (struct range){ code->last_star + 1, code->n };
}

/* Finds the segments between the first and the last star, each at its first place. */
static bool find_middle(const struct pattern_code *code, const char *text, struct range *range)
{
	struct range match;

	for (size_t star = code->first_star; star < code->last_star;) {
		struct range segment = { star + 1, star + 1 };
		while (code->elements[segment.end].kind != PATTERN_STAR)
			segment.end++;
		if (!find_first(code, segment, text, *range, &match))
			return false;
		range->start = match.end;
		star = segment.end;
	}
	return true;
}

/* The same from the end on, each at its last place. */
static bool find_middle_backward(
	const struct pattern_code *code, const char *text, struct range *range)
{
	struct range match;

	for (size_t star = code->last_star; star > code->first_star;) {
		struct range segment = { star, star };
		while (code->elements[segment.start - 1].kind != PATTERN_STAR)
			segment.start--;
		if (!find_last(code, segment, text, *range, &match))
			return false;
		range->end = match.start;
		star = segment.start - 1;
	}
	return true;
}

static bool has_star(const struct pattern_code *code)
{
	return code->first_star < code->n;
}

bool pattern_code_matches(const struct pattern_code *code, const char *text, size_t length)
{
	struct range range = { 0, length };

	if (!segment_at_start(code, first_segment(code), text, &range))
		return false;
	if (!has_star(code))
		return range.start == range.end;
	return segment_at_end(code, last_segment(code), text, &range) &&
	       find_middle(code, text, &range);
}

bool pattern_matches(const struct pattern *pattern, const char *text, size_t length)
{
	struct pattern_code code;

	if (pattern->is_literal)
		return pattern->length == length && memcmp(pattern->bytes, text, length) == 0;
	pattern_compile(&code, pattern);
	bool is_match = pattern_code_matches(&code, text, length);
	pattern_code_done(&code);
	return is_match;
}

static bool code_prefix(const struct pattern_code *code, const char *text, size_t length,
	bool is_longest, size_t *ret_length)
{
	struct range range = { 0, length }, segment = last_segment(code), match;

	if (!segment_at_start(code, first_segment(code), text, &range))
		return false;
	*ret_length = range.start;
	if (!has_star(code))
		return true;
	if (!find_middle(code, text, &range))
		return false;
	bool is_found = is_longest ? find_last(code, segment, text, range, &match)
				   : find_first(code, segment, text, range, &match);
	*ret_length = is_found ? match.end : 0;
	return is_found;
}

bool pattern_prefix(const struct pattern *pattern, const char *text, size_t length, bool is_longest,
	size_t *ret_length)
{
	struct pattern_code code;

	if (pattern->is_literal) {
		*ret_length = pattern->length;
		return pattern->length <= length &&
		       memcmp(text, pattern->bytes, pattern->length) == 0;
	}
	pattern_compile(&code, pattern);
	bool is_match = code_prefix(&code, text, length, is_longest, ret_length);
	pattern_code_done(&code);
	return is_match;
}

static bool code_suffix(const struct pattern_code *code, const char *text, size_t length,
	bool is_longest, size_t *ret_length)
{
	struct range range = { 0, length }, match;
	bool is_found;

	if (!has_star(code)) {
		is_found = segment_at_end(code, first_segment(code), text, &range);
		*ret_length = length - range.end;
		return is_found;
	}
	if (!segment_at_end(code, last_segment(code), text, &range))
		return false;
	if (is_longest) {
		/* The first place of the first segment leaves the others all the room there is. */
		is_found = find_first(code, first_segment(code), text, range, &match);
		if (is_found) {
			range.start = match.end;
			is_found = find_middle(code, text, &range);
		}
	} else {
		is_found = find_middle_backward(code, text, &range) &&
			   find_last(code, first_segment(code), text, range, &match);
	}
	*ret_length = is_found ? length - match.start : 0;
	return is_found;
}

bool pattern_suffix(const struct pattern *pattern, const char *text, size_t length, bool is_longest,
	size_t *ret_length)
{
	struct pattern_code code;

	if (pattern->is_literal) {
		*ret_length = pattern->length;
		return pattern->length <= length && memcmp(text + length - pattern->length,
							    pattern->bytes, pattern->length) == 0;
	}
	pattern_compile(&code, pattern);
	bool is_match = code_suffix(&code, text, length, is_longest, ret_length);
	pattern_code_done(&code);
	return is_match;
}
