/* SPDX-License-Identifier: MIT */
#include "run/tail.h"

#include "common/memory.h"

#include <stdlib.h>
#include <string.h>

void tail_add(struct tail *tail, const char *bytes, size_t length)
{
	if (length == 0)
		return;
	for (size_t i = 0; i < length; i++)
		tail->newlines += bytes[i] == '\n';
	tail->last = bytes[length - 1];
	if (!tail->bytes)
		tail->bytes = memory_get(2 * TAIL_BYTES);
	if (length > TAIL_BYTES) {
		bytes += length - TAIL_BYTES;
		length = TAIL_BYTES;
	}
	if (tail->length + length > 2 * TAIL_BYTES) {
		memmove(tail->bytes, tail->bytes + tail->length - TAIL_BYTES, TAIL_BYTES);
		tail->length = TAIL_BYTES;
	}
	memcpy(tail->bytes + tail->length, bytes, length);
	tail->length += length;
}

uint64_t tail_lines(const struct tail *tail)
{
	return tail->newlines + (tail->length > 0 && tail->last != '\n');
}

const char *tail_end(const struct tail *tail, size_t *ret_length)
{
	size_t start = tail->length;
	int lines = 0;

	if (start > 0 && tail->last == '\n')
		start--;
	while (start > 0 && (tail->bytes[start - 1] != '\n' || ++lines < TAIL_LINES))
		start--;
	*ret_length = tail->length - start;
	return tail->bytes + start;
}

void tail_done(struct tail *tail)
{
	free(tail->bytes);
	*tail = (struct tail){ 0 };
}
