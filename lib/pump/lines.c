/* SPDX-License-Identifier: MIT */
/* Output line by line. */

#include "pump/lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_BYTES ((size_t)128 << 10)
/* Less room than this behind an unfinished line, and it is moved to the front. */
#define READ_BYTES ((size_t)32 << 10)

void brood__lines_init(
	struct brood__lines *lines, brood_line_fn function, void *data, size_t longest)
{
	*lines = (struct brood__lines){
		.function = function,
		.data = data,
		.longest = longest ? longest : BROOD_LONGEST_LINE,
	};
}

int brood__lines_space(struct brood__lines *lines, char **ret_at, size_t *ret_size)
{
	if (lines->start > 0 && lines->capacity - lines->end < READ_BYTES) {
		memmove(lines->buffer, lines->buffer + lines->start, lines->end - lines->start);
		lines->end -= lines->start;
		lines->scanned -= lines->start;
		lines->start = 0;
	}
	if (lines->capacity - lines->end < READ_BYTES) {
		size_t capacity = lines->capacity ? lines->capacity * 2 : BUFFER_BYTES;
		char *buffer = realloc(lines->buffer, capacity);
		if (!buffer)
			return -ENOMEM;
		lines->buffer = buffer;
		lines->capacity = capacity;
	}
	*ret_at = lines->buffer + lines->end;
	*ret_size = lines->capacity - lines->end;
	return 0;
}

/* Hands out a line, in pieces if it is longer than allowed. flags are for the last piece. */
static int hand_out(struct brood__lines *lines, const char *line, size_t length, uint32_t flags)
{
	if (lines->continued)
		flags |= BROOD_LINE_CONTINUED;
	while (length > lines->longest) {
		uint32_t now = (flags & BROOD_LINE_CONTINUED) | BROOD_LINE_CUT;
		int r = lines->function(lines->data, line, lines->longest, now);
		if (r != 0)
			return r;
		line += lines->longest;
		length -= lines->longest;
		flags |= BROOD_LINE_CONTINUED;
	}
	lines->continued = false;
	return lines->function(lines->data, line, length, flags);
}

/* The unfinished line is longer than allowed: hands out all of it that is certain to be cut. */
static int hand_out_early(struct brood__lines *lines)
{
	while (lines->end - lines->start > lines->longest) {
		uint32_t flags = BROOD_LINE_CUT | (lines->continued ? BROOD_LINE_CONTINUED : 0);
		int r = lines->function(
			lines->data, lines->buffer + lines->start, lines->longest, flags);
		if (r != 0)
			return r;
		lines->start += lines->longest;
		lines->continued = true;
	}
	return 0;
}

int brood__lines_advance(struct brood__lines *lines, size_t n)
{
	const char *end = lines->buffer + lines->end + n;
	const char *line = lines->buffer + lines->start;
	const char *scan = lines->buffer + lines->scanned;
	int r = 0;
	const char *newline;
	while (r == 0 && (newline = memchr(scan, '\n', (size_t)(end - scan)))) {
		size_t length = (size_t)(newline - line);
		if (length <= lines->longest && !lines->continued)
			r = lines->function(lines->data, line, length, 0);
		else
			r = hand_out(lines, line, length, 0);
		line = scan = newline + 1;
	}
	lines->start = (size_t)(line - lines->buffer);
	lines->end = lines->scanned = (size_t)(end - lines->buffer);
	if (r == 0)
		r = hand_out_early(lines);
	if (lines->start == lines->end)
		lines->start = lines->end = lines->scanned = 0;
	return r;
}

int brood__lines_add(struct brood__lines *lines, const char *bytes, size_t n)
{
	int r = 0;
	while (r == 0 && n > 0) {
		char *at;
		size_t size;
		r = brood__lines_space(lines, &at, &size);
		if (r < 0)
			return r;
		size_t now = n < size ? n : size;
		memcpy(at, bytes, now);
		r = brood__lines_advance(lines, now);
		bytes += now;
		n -= now;
	}
	return r;
}

int brood__lines_finish(struct brood__lines *lines)
{
	size_t length = lines->end - lines->start;
	if (length == 0 && !lines->continued)
		return 0;
	const char *line = lines->buffer + lines->start;
	lines->start = lines->scanned = lines->end;
	return hand_out(lines, line, length, BROOD_LINE_UNTERMINATED);
}

/* Moves scanned to the next newline, or to the end. */
static void scan(struct brood__lines *lines)
{
	if (lines->scanned == lines->end)
		return;
	const char *newline = memchr(
		lines->buffer + lines->scanned, '\n', lines->end - lines->scanned);
	lines->scanned = newline ? (size_t)(newline - lines->buffer) : lines->end;
}

void brood__lines_come(struct brood__lines *lines, size_t n)
{
	lines->end += n;
	scan(lines);
}

void brood__lines_end(struct brood__lines *lines)
{
	lines->at_end = true;
}

bool brood__lines_has(const struct brood__lines *lines)
{
	if (lines->scanned < lines->end || lines->scanned - lines->start > lines->longest)
		return true;
	return lines->at_end && (lines->start < lines->end || lines->continued);
}

bool brood__lines_take(
	struct brood__lines *lines, const char **ret_line, size_t *ret_length, uint32_t *ret_flags)
{
	if (!brood__lines_has(lines))
		return false;
	uint32_t flags = lines->continued ? BROOD_LINE_CONTINUED : 0;
	size_t length = lines->scanned - lines->start;
	*ret_line = lines->buffer + lines->start;
	lines->continued = length > lines->longest;
	if (lines->continued) {
		flags |= BROOD_LINE_CUT;
		length = lines->longest;
		lines->start += length;
	} else if (lines->scanned < lines->end) {
		lines->start = ++lines->scanned;
		scan(lines);
	} else {
		flags |= BROOD_LINE_UNTERMINATED;
		lines->start = lines->end;
	}
	if (lines->start == lines->end)
		lines->start = lines->end = lines->scanned = 0;
	*ret_length = length;
	*ret_flags = flags;
	return true;
}

bool brood__lines_drop(struct brood__lines *lines)
{
	bool was_there = lines->start < lines->end || lines->continued;
	lines->start = lines->scanned = lines->end = 0;
	lines->continued = false;
	return was_there;
}

void brood__lines_done(struct brood__lines *lines)
{
	free(lines->buffer);
	lines->buffer = NULL;
	lines->capacity = lines->start = lines->scanned = lines->end = 0;
}
