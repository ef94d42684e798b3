/* SPDX-License-Identifier: MIT */
#include "sh/fields.h"

#define FIRST_SIZE 8u

void fields_init(struct fields *fields, struct arena *arena)
{
	*fields = (struct fields){ .arena = arena };
}

void fields_expect(struct fields *fields, size_t n)
{
	if (fields->size > 0)
		return;
	/* And for the NULL. */
	fields->size = n < FIRST_SIZE ? FIRST_SIZE : n + 1;
	fields->items = arena_get(fields->arena, fields->size * sizeof *fields->items);
}

void fields_grow(struct fields *fields)
{
	size_t bytes = fields->size * sizeof *fields->items;

	if (fields->size == 0) {
		fields_expect(fields, FIRST_SIZE - 1);
		return;
	}
	fields->items = arena_resize(fields->arena, fields->items, bytes, 2 * bytes);
	fields->size *= 2;
}

char **fields_end(struct fields *fields)
{
	if (fields->n >= fields->size)
		fields_grow(fields);
	fields->items[fields->n] = NULL;
	return fields->items;
}
