/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Things by the point in time at which they are due, the earliest one first. An item is part of
 * the thing itself and knows its place, so that it can be changed and taken out at any time. All
 * steps are O(log n).
 */

#include "base/deadline.h"
#include <stddef.h>

struct brood__heap_item {
	brood__instant due; /* meaningful while it is in a heap */
	size_t at;          /* 1 + its place; 0: it is in no heap */
};

struct brood__heap {
	struct brood__heap_item **items;
	size_t n;
	size_t capacity;
};

/* Makes room for n items. Returns 0 or -ENOMEM. */
int brood__heap_reserve(struct brood__heap *heap, size_t n);

/* Puts an item in, for which there must be room, or changes when one is due. BROOD__NEVER: takes it
 * out. */
void brood__heap_set(struct brood__heap *heap, struct brood__heap_item *item, brood__instant due);

/* Takes an item out, if it is in. */
void brood__heap_remove(struct brood__heap *heap, struct brood__heap_item *item);

/* The earliest one, or NULL. */
static inline struct brood__heap_item *brood__heap_first(const struct brood__heap *heap)
{
	return heap->n ? heap->items[0] : NULL;
}

/* When that is due. */
static inline brood__instant brood__heap_due(const struct brood__heap *heap)
{
	return heap->n ? heap->items[0]->due : BROOD__NEVER;
}

/* Frees the heap's own memory. */
void brood__heap_done(struct brood__heap *heap);
