/* SPDX-License-Identifier: MIT */
#pragma once

#include "sh/arena.h"

#include <stddef.h>

/* A list of strings in an arena, with room for a NULL behind it (an argv). */
struct fields {
	struct arena *arena;
	char **items;
	size_t n, size;
};

void fields_init(struct fields *fields, struct arena *arena);

/* Room for n at once, so that many do not leave one list behind for each size of the next. */
void fields_expect(struct fields *fields, size_t n);
void fields_grow(struct fields *fields);

/* Adds a string that lies in the arena, or lives as long, already. */
static inline void fields_add(struct fields *fields, char *string)
{
	if (fields->n + 1 >= fields->size)
		fields_grow(fields);
	fields->items[fields->n++] = string;
}

/* items[n] = NULL. */
char **fields_end(struct fields *fields);
