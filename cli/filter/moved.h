/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>

/*
 * Where files are now that had a certain name, by what was heard of renames in their folder:
 * several rotations may lie between two looks at it.
 */

struct moved {
	const char *base; /* the name; borrowed */
	char **names;     /* owned; the file that lost the name first stands first */
	size_t n;
};

/* In the order in which it happened. */
void moved_rename(struct moved *moved, const char *from, const char *to);
void moved_gone(struct moved *moved, const char *name);

void moved_clear(struct moved *moved);
