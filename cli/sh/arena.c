/* SPDX-License-Identifier: MIT */
#include "sh/arena.h"

#include "common/memory.h"

#include <stdlib.h>
#include <string.h>

/* Of all blocks after the first; larger ones are made for what does not fit. */
#define USUAL_SIZE   4000u
#define LARGEST_STEP 256000u
/* A larger block is not kept as the spare one. */
#define LARGEST_SPARE (1u << 20)

struct arena_block {
	struct arena_block *outer; /* the one that was filled before */
	size_t size;               /* of data */
	char data[];
};

static size_t next_size(const struct arena *arena)
{
	if (arena->block == NULL)
		return arena->first_size ? arena->first_size : USUAL_SIZE;
	size_t size = arena->block->size * 2;
	if (size < USUAL_SIZE)
		size = USUAL_SIZE;
	return size > LARGEST_STEP ? LARGEST_STEP : size;
}

void arena_grow(struct arena *arena, size_t n, size_t kept)
{
	struct arena_block *block = arena->spare;
	char *old_next = arena->next;
	size_t needed = n + kept;

	if (block != NULL && block->size >= needed) {
		arena->spare = NULL;
	} else {
		size_t size = next_size(arena);
		/* What grows must not be moved again at each byte. */
		if (kept > 0 && needed < 2 * kept)
			needed = 2 * kept;
		if (size < needed)
			size = needed;
		block = memory_get(sizeof *block + size);
		block->size = size;
	}
	block->outer = arena->block;
	if (kept > 0)
		memcpy(block->data, old_next - kept, kept);
	arena->block = block;
	arena->next = block->data + kept;
	arena->end = block->data + block->size;
}

void *arena_zero(struct arena *arena, size_t n)
{
	return memset(arena_get(arena, n), 0, n);
}

char *arena_text(struct arena *arena, const char *bytes, size_t n)
{
	if ((size_t)(arena->end - arena->next) < n + 1)
		arena_grow(arena, n + 1, 0);
	char *text = arena->next;
	if (n > 0)
		memcpy(text, bytes, n);
	text[n] = '\0';
	arena->next = text + n + 1;
	return text;
}

void *arena_resize(struct arena *arena, void *piece, size_t old_n, size_t n)
{
	if (piece == NULL)
		return arena_get(arena, n);
	if ((char *)piece + old_n == arena->next && (size_t)(arena->end - (char *)piece) >= n) {
		arena->next = (char *)piece + n;
		return piece;
	}
	if (n <= old_n)
		return piece;
	char *moved = arena_get(arena, n);
	memcpy(moved, piece, old_n);
	return moved;
}

struct arena_mark arena_mark(const struct arena *arena)
{
	return (struct arena_mark){ arena->block, arena->next };
}

static void keep_or_free(struct arena *arena, struct arena_block *block)
{
	if (block->size <= LARGEST_SPARE &&
		(arena->spare == NULL || arena->spare->size < block->size)) {
		free(arena->spare);
		arena->spare = block;
	} else {
		free(block);
	}
}

void arena_release(struct arena *arena, struct arena_mark mark)
{
	while (arena->block != NULL && arena->block != mark.block) {
		struct arena_block *block = arena->block;
		arena->block = block->outer;
		keep_or_free(arena, block);
		arena->end = arena->block ? arena->block->data + arena->block->size : NULL;
	}
	arena->next = mark.next;
}

void arena_done(struct arena *arena)
{
	while (arena->block != NULL) {
		struct arena_block *outer = arena->block->outer;
		free(arena->block);
		arena->block = outer;
	}
	free(arena->spare);
	*arena = (struct arena){ 0 };
}
