/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * Memory that is given out piece by piece and taken back all at once, or back to a mark. The tree
 * of a complete command lives in one, what an expansion makes in another. All-zero is an empty one.
 * What it gives is not cleared. A piece that is never taken back costs nothing to forget.
 */
struct arena_block;

#define ARENA_ALIGNMENT 8 /* enough for pointers and 64 bits */

struct arena {
	struct arena_block *block; /* the one that is being filled; NULL: none yet */
	char *next, *end;          /* what is free in it */
	struct arena_block *spare; /* one that is kept, so that a loop does not allocate */
	size_t first_size;         /* of the first block; 0: the usual one */
};

struct arena_mark {
	struct arena_block *block;
	char *next;
};

/* Begins another block with room for n bytes; `kept` of those last given move along. */
void arena_grow(struct arena *arena, size_t n, size_t kept);

/* n bytes, aligned for pointers and 64 bits. Never NULL: without memory the program ends
   (common/memory.h). */
static inline void *arena_get(struct arena *arena, size_t n)
{
	size_t gap = -(uintptr_t)arena->next & (ARENA_ALIGNMENT - 1);

	if ((size_t)(arena->end - arena->next) < n + gap) {
		arena_grow(arena, n, 0);
		gap = 0;
	}
	char *piece = arena->next + gap;
	arena->next = piece + n;
	return piece;
}

void *arena_zero(struct arena *arena, size_t n);

/* n bytes and a NUL behind them; for text, not aligned. */
char *arena_text(struct arena *arena, const char *bytes, size_t n);

/* Makes the piece that was got last n bytes long where it lies if it can, else somewhere else. */
void *arena_resize(struct arena *arena, void *piece, size_t old_n, size_t n);

struct arena_mark arena_mark(const struct arena *arena);
/* Takes back all that was given since. */
void arena_release(struct arena *arena, struct arena_mark mark);
void arena_done(struct arena *arena);
