/* SPDX-License-Identifier: MIT */
#include "filter/source.h"

#include "common/memory.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void source_init(struct source *source, const char *name, bool is_in_time)
{
	*source = (struct source){ .name = name, .fd = -1, .progress.in_time = is_in_time };
}

void source_done(struct source *source)
{
	if (source->fd > STDERR_FILENO)
		close(source->fd);
	source->fd = -1;
	free(source->bytes);
	source->bytes = NULL;
	keeper_done(&source->progress.kept);
}

char *source_room(struct source *source, size_t room)
{
	size_t held = source->last - source->first;

	if (source->size - source->last < room && source->first > 0) {
		if (held > 0)
			memmove(source->bytes, source->bytes + source->first, held);
		source->searched -= source->first;
		source->first = 0;
		source->last = held;
	}
	if (source->size - source->last < room) {
		/* Twice as much each time: a long line is copied a few times only. */
		while (source->size - source->last < room)
			source->size = source->size ? source->size * 2 : room;
		source->bytes = memory_resize(source->bytes, source->size);
	}
	return source->bytes + source->last;
}

void source_add(struct source *source, size_t length)
{
	source->last += length;
}

static void pass(struct source *source, size_t length)
{
	source->first += length;
	source->offset += length;
	if (source->searched < source->first)
		source->searched = source->first;
}

/* The rest of a line that was cut. */
static void pass_rest(struct source *source, char eol)
{
	const char *start = source->bytes + source->first;
	size_t length = source->last - source->first;
	const char *end = length > 0 ? memchr(start, eol, length) : NULL;

	pass(source, end ? (size_t)(end - start) + 1 : length);
	source->is_passing = !end;
}

static void give(struct source *source, size_t length, struct chunk *ret_chunk)
{
	*ret_chunk = (struct chunk){ source->bytes + source->first, length, source->offset, false };
	pass(source, length);
}

static void give_cut(
	struct source *source, const struct source_limits *limits, struct chunk *ret_chunk)
{
	*ret_chunk = (struct chunk){ source->bytes + source->first, limits->max_line,
		source->offset, true };
	pass(source, limits->max_line);
	source->n_cut++;
	source->is_passing = true;
}

/* Whole lines of this length, among which may be some that are too long. */
static void give_lines(struct source *source, const struct source_limits *limits, size_t length,
	struct chunk *ret_chunk)
{
	const char *start = source->bytes + source->first, *at = start;
	size_t left = length;

	if (length <= limits->max_line) {
		give(source, length, ret_chunk);
		return;
	}
	while (left > 0) {
		const char *end = memchr(at, limits->eol, left);
		size_t line = end ? (size_t)(end - at) : left;
		if (line > limits->max_line)
			break;
		line += end != NULL;
		at += line;
		left -= line;
	}
	if (at > start)
		give(source, (size_t)(at - start), ret_chunk);
	else
		give_cut(source, limits, ret_chunk);
}

bool source_take(struct source *source, const struct source_limits *limits, struct chunk *ret_chunk)
{
	if (source->is_passing)
		pass_rest(source, limits->eol);
	if (source->first == source->last)
		return false;
	const char *end = memrchr(
		source->bytes + source->searched, limits->eol, source->last - source->searched);
	source->searched = source->last;
	if (end) {
		size_t length = (size_t)(end - (source->bytes + source->first)) + 1;
		give_lines(source, limits, length, ret_chunk);
		source->searched = source->first;
		return true;
	}
	if (source->is_at_end)
		return source_take_rest(source, limits, ret_chunk);
	if (source->last - source->first <= limits->max_line)
		return false;
	give_cut(source, limits, ret_chunk);
	return true;
}

bool source_take_rest(
	struct source *source, const struct source_limits *limits, struct chunk *ret_chunk)
{
	size_t length = source->last - source->first;

	if (source->is_passing) {
		pass(source, length);
		source->is_passing = false;
		return false;
	}
	if (length == 0)
		return false;
	if (length > limits->max_line) {
		give_cut(source, limits, ret_chunk);
		pass(source, source->last - source->first);
		source->is_passing = false;
	} else {
		give(source, length, ret_chunk);
	}
	return true;
}
