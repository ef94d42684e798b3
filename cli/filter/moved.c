/* SPDX-License-Identifier: MIT */
#include "filter/moved.h"

#include "common/memory.h"

#include <stdlib.h>
#include <string.h>

/* A folder in which more than that happens between two looks is nobody's log. */
#define MOST_NAMES 1024

void moved_gone(struct moved *moved, const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < moved->n; i++)
		if (strcmp(moved->names[i], name) == 0)
			free(moved->names[i]);
		else
			moved->names[n++] = moved->names[i];
	moved->n = n;
}

void moved_rename(struct moved *moved, const char *from, const char *to)
{
	/* What was under the new name is no more. */
	if (strcmp(from, to) != 0)
		moved_gone(moved, to);
	for (size_t i = 0; i < moved->n; i++)
		if (strcmp(moved->names[i], from) == 0) {
			free(moved->names[i]);
			moved->names[i] = memory_copy(to, strlen(to));
			return;
		}
	if (strcmp(from, moved->base) != 0 || moved->n == MOST_NAMES)
		return;
	moved->names = memory_resize(moved->names, (moved->n + 1) * sizeof *moved->names);
	moved->names[moved->n++] = memory_copy(to, strlen(to));
}

void moved_clear(struct moved *moved)
{
	for (size_t i = 0; i < moved->n; i++)
		free(moved->names[i]);
	free(moved->names);
	moved->names = NULL;
	moved->n = 0;
}
