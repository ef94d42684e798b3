/* SPDX-License-Identifier: MIT */
/* A binary heap of pointers: the children of place i are at 2i + 1 and 2i + 2. */

#include "base/heap.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

int brood__heap_reserve(struct brood__heap *heap, size_t n)
{
	if (n <= heap->capacity)
		return 0;
	if (n > SIZE_MAX / 2 / sizeof *heap->items)
		return -ENOMEM;
	size_t capacity = n < heap->capacity * 2 ? heap->capacity * 2 : n;
	struct brood__heap_item **items = realloc(heap->items, capacity * sizeof *items);
	if (!items)
		return -ENOMEM;
	heap->items = items;
	heap->capacity = capacity;
	return 0;
}

static void put(struct brood__heap *heap, size_t at, struct brood__heap_item *item)
{
	heap->items[at] = item;
	item->at = at + 1;
}

/* Moves the item towards the first place for as long as the one above it is due later. */
static size_t rise(struct brood__heap *heap, size_t at)
{
	struct brood__heap_item *item = heap->items[at];
	while (at > 0) {
		size_t above = (at - 1) / 2;
		if (heap->items[above]->due <= item->due)
			break;
		put(heap, at, heap->items[above]);
		at = above;
	}
	put(heap, at, item);
	return at;
}

static void sink(struct brood__heap *heap, size_t at)
{
	struct brood__heap_item *item = heap->items[at];
	for (;;) {
		size_t below = 2 * at + 1;
		if (below >= heap->n)
			break;
		if (below + 1 < heap->n && heap->items[below + 1]->due < heap->items[below]->due)
			below++;
		if (item->due <= heap->items[below]->due)
			break;
		put(heap, at, heap->items[below]);
		at = below;
	}
	put(heap, at, item);
}

void brood__heap_set(struct brood__heap *heap, struct brood__heap_item *item, brood__instant due)
{
	if (due == BROOD__NEVER) {
		brood__heap_remove(heap, item);
		return;
	}
	item->due = due;
	if (item->at == 0)
		put(heap, heap->n++, item);
	sink(heap, rise(heap, item->at - 1));
}

void brood__heap_remove(struct brood__heap *heap, struct brood__heap_item *item)
{
	if (item->at == 0)
		return;
	size_t at = item->at - 1;
	struct brood__heap_item *last = heap->items[--heap->n];
	item->at = 0;
	if (last == item)
		return;
	put(heap, at, last);
	sink(heap, rise(heap, at));
}

void brood__heap_done(struct brood__heap *heap)
{
	free(heap->items);
	*heap = (struct brood__heap){ .items = NULL };
}
