/* SPDX-License-Identifier: MIT */
#include "filter/backlog.h"

#include "common/memory.h"

#include <stdlib.h>
#include <string.h>

/* Before each line stands its length. */
#define HEAD_BYTES sizeof(size_t)

void backlog_init(struct backlog *backlog, size_t size)
{
	*backlog = (struct backlog){ .bytes = memory_get(size), .size = size };
}

void backlog_done(struct backlog *backlog)
{
	free(backlog->bytes);
	*backlog = (struct backlog){ 0 };
}

/* Both may go around the end of the memory. */
static void put(struct backlog *backlog, size_t at, const void *bytes, size_t length)
{
	at %= backlog->size;
	size_t until_end = backlog->size - at;
	size_t n = length < until_end ? length : until_end;

	memcpy(backlog->bytes + at, bytes, n);
	memcpy(backlog->bytes, (const char *)bytes + n, length - n);
}

static void get(const struct backlog *backlog, size_t at, void *bytes, size_t length)
{
	at %= backlog->size;
	size_t until_end = backlog->size - at;
	size_t n = length < until_end ? length : until_end;

	memcpy(bytes, backlog->bytes + at, n);
	memcpy((char *)bytes + n, backlog->bytes, length - n);
}

size_t backlog_next(const struct backlog *backlog)
{
	size_t length = 0;

	if (backlog->n_lines > 0)
		get(backlog, backlog->first, &length, HEAD_BYTES);
	return length;
}

static void drop_first(struct backlog *backlog)
{
	size_t whole = HEAD_BYTES + backlog_next(backlog);

	backlog->first = (backlog->first + whole) % backlog->size;
	backlog->used -= whole;
	backlog->n_lines--;
}

uint64_t backlog_add(struct backlog *backlog, const char *line, size_t length)
{
	uint64_t n_dropped = 0;

	if (backlog->size < HEAD_BYTES || length > backlog->size - HEAD_BYTES)
		return 1;
	for (; backlog->size - backlog->used < HEAD_BYTES + length; n_dropped++)
		drop_first(backlog);
	put(backlog, backlog->first + backlog->used, &length, HEAD_BYTES);
	put(backlog, backlog->first + backlog->used + HEAD_BYTES, line, length);
	backlog->used += HEAD_BYTES + length;
	backlog->n_lines++;
	return n_dropped;
}

size_t backlog_take(struct backlog *backlog, char *buffer, size_t room)
{
	size_t taken = 0;

	while (backlog->n_lines > 0) {
		size_t length = backlog_next(backlog);
		if (length > room - taken)
			break;
		get(backlog, backlog->first + HEAD_BYTES, buffer + taken, length);
		taken += length;
		drop_first(backlog);
	}
	return taken;
}
