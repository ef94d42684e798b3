/* SPDX-License-Identifier: MIT */
/* Chunks of several streams in one piece of memory. */

#include "pump/chunks.h"

#include "sys/clock.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HEAD        sizeof(struct brood_chunk)
#define ALIGNMENT   ((size_t)8)
#define FIRST_BYTES ((size_t)4096)

static size_t padding(size_t n)
{
	return (ALIGNMENT - n % ALIGNMENT) % ALIGNMENT;
}

/* Makes room for more bytes and a NUL. */
static int grow(struct brood__chunks *chunks, size_t more)
{
	size_t least = chunks->length + more + 1;
	if (least <= chunks->capacity)
		return 0;
	size_t capacity = chunks->capacity ? chunks->capacity * 2 : FIRST_BYTES;
	if (capacity < least)
		capacity = least;
	char *data = realloc(chunks->data, capacity);
	if (!data && capacity > least) {
		capacity = least;
		data = realloc(chunks->data, capacity);
	}
	if (!data)
		return -ENOMEM;
	chunks->data = data;
	chunks->capacity = capacity;
	return 0;
}

/* How many of n bytes are kept: none any more once some were left out. */
static size_t fitting(const struct brood__chunks *chunks, size_t n)
{
	size_t limit = chunks->limit < SIZE_MAX / 4 ? (size_t)chunks->limit : SIZE_MAX / 4;
	if (chunks->omitted > 0 || limit < chunks->length || limit - chunks->length < HEAD)
		return 0;
	size_t most = limit - chunks->length - HEAD;
	return n < most ? n : most;
}

int brood__chunks_add(
	struct brood__chunks *chunks, uint32_t stage, uint32_t fd, const char *bytes, size_t n)
{
	size_t kept = fitting(chunks, n);
	chunks->total += n;
	int r = kept > 0 ? grow(chunks, HEAD + kept + padding(kept)) : 0;
	if (r < 0)
		kept = 0;
	chunks->omitted += n - kept;
	if (kept == 0)
		return r;
	struct brood_chunk head = {
		.time_ns = brood__clock_now(), .length = kept, .stage = stage, .fd = fd
	};
	char *at = chunks->data + chunks->length;
	memcpy(at, &head, HEAD);
	memcpy(at + HEAD, bytes, kept);
	memset(at + HEAD + kept, 0, padding(kept));
	chunks->length += HEAD + kept + padding(kept);
	return 0;
}

void brood__chunks_finish(struct brood__chunks *chunks, struct brood_bytes *bytes)
{
	/* No memory for a text of no length: then there is none. */
	if (!chunks->data)
		chunks->data = malloc(1);
	if (chunks->data)
		chunks->data[chunks->length] = 0;
	bytes->data = chunks->data;
	bytes->length = chunks->length;
	bytes->total = chunks->total;
	bytes->omitted = chunks->omitted;
	*chunks = (struct brood__chunks){ .limit = chunks->limit };
}

void brood__chunks_done(struct brood__chunks *chunks)
{
	free(chunks->data);
	chunks->data = NULL;
	chunks->length = chunks->capacity = 0;
}

const struct brood_chunk *brood_chunk_next(
	const struct brood_bytes *all, const struct brood_chunk *previous, const char **ret_bytes)
{
	if (!all || !all->data || (uintptr_t)all->data % ALIGNMENT)
		return NULL;
	size_t at = 0;
	if (previous) {
		at = (uintptr_t)previous - (uintptr_t)all->data;
		/* The caller got it from us, so its bytes were all there. */
		if (at % ALIGNMENT || at >= all->length || all->length - at < HEAD ||
			previous->length > all->length - at - HEAD)
			return NULL;
		at += HEAD + (size_t)previous->length;
		at += padding(at);
	}
	if (at >= all->length || all->length - at < HEAD)
		return NULL;
	const char *head = all->data + at;
	const struct brood_chunk *chunk = (const void *)head;
	if (chunk->length > all->length - at - HEAD || (chunk->fd != 1 && chunk->fd != 2))
		return NULL;
	if (ret_bytes)
		*ret_bytes = head + HEAD;
	return chunk;
}
