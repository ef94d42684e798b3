/* SPDX-License-Identifier: MIT */
#pragma once

#include "sh/fields.h"
#include "sh/pattern.h"

/*
 * Pathname expansion: adds the names of the files that the pattern matches, in the order of the
 * locale (strcoll(3), then by bytes). A slash and a leading dot are matched by themselves only; "."
 * and ".." by no pattern but one that is written so. Directories that cannot be read match nothing.
 * Returns how many were added.
 */
size_t glob_add(struct fields *fields, const struct pattern *pattern);

/* Sorts strings in that order; what it needs meanwhile comes from the arena and goes back. */
void glob_sort(struct arena *arena, char **items, size_t n);
