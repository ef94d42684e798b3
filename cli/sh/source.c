/* SPDX-License-Identifier: MIT */
#include "sh/source.h"

#include "common/memory.h"

#include <stdlib.h>
#include <string.h>

#define MOST_OUTER 20u

/* One piece of memory: the struct, the name, the text. */
struct source *source_new(enum source_kind kind, const char *name, const char *text, size_t length)
{
	size_t name_size = strlen(name) + 1;
	size_t text_size = text ? length + 1 : 0;
	struct source *source = memory_get(sizeof *source + name_size + text_size);
	char *place = (char *)(source + 1);

	memcpy(place, name, name_size);
	*source = (struct source){
		.references = 1, .kind = kind, .name = place, .length = length, .first_line = 1
	};
	if (text != NULL) {
		place += name_size;
		if (length > 0)
			memcpy(place, text, length);
		place[length] = '\0';
		source->text = place;
	}
	return source;
}

struct source *source_new_within(
	struct source *outer, struct place place, const char *name, const char *text, size_t length)
{
	struct source *source = source_new(SOURCE_EVAL, name, text, length);

	if (outer == NULL)
		return source;
	if (outer->n_outer >= MOST_OUTER) {
		for (; outer->outer != NULL; outer = outer->outer)
			place = outer->outer_place;
	}
	source->outer = source_hold(outer);
	source->outer_place = place;
	source->n_outer = outer->n_outer + 1;
	return source;
}

struct source *source_hold(struct source *source)
{
	source->references++;
	return source;
}

void source_drop(struct source *source)
{
	while (source != NULL && --source->references == 0) {
		struct source *outer = source->outer;
		free(source);
		source = outer;
	}
}
