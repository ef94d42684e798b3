/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * The environment that is being made for the program. A name stays at its place when its value
 * changes, as in env(1). All-zero is an empty one.
 */

struct variable {
	char *entry; /* "NAME=value", or only what is in front of the = once it is unset; owned */
	bool is_set; /* it is part of the environment */
	bool is_wanted; /* set or unset by its name, not found in ours */
	bool is_secret; /* its value is told to nobody but the program */
};

struct variables {
	struct variable *list;
	size_t n;
	char **made; /* what variables_list() has returned */
};

void variables_done(struct variables *variables);

/* Adds a copy of each entry; of those with the same name the last one counts, empty ones go. */
void variables_add_all(struct variables *variables, char *const *entries);

/* NULL: it is not set. Valid until that variable changes. */
const char *variables_get(const struct variables *variables, const char *name, size_t length);

/* entry is "NAME=value"; a copy is made. */
void variables_set(struct variables *variables, const char *entry, bool is_wanted);

/* The same of what nobody else shall see. */
void variables_set_secret(struct variables *variables, const char *name, const char *value);

bool variables_is_secret(const struct variables *variables, const char *name, size_t length);

void variables_unset(struct variables *variables, const char *name);

/* Whether somebody has set or unset it by its name; "NAME=value" will do as well. */
bool variables_is_wanted(const struct variables *variables, const char *name);

/* All that are set, for execve(2); valid until the next call with these variables. */
char *const *variables_list(struct variables *variables);
