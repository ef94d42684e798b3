/* SPDX-License-Identifier: MIT */
#pragma once

#include "sh/variable.h"

#include <stddef.h>
#include <stdint.h>

/*
 * All that a name can mean, in one table: the tree keeps pointers into it (`cache`), so that a name
 * is looked up once and not at every turn of a loop. A symbol is freed when it means nothing any
 * more; then the table's generation changes, and whoever kept a pointer looks again.
 */
struct function;
struct builtin;

struct symbol {
	struct symbol *next; /* of the same bucket */
	uint32_t hash;
	uint32_t length;
	struct variable variable;
	struct function *function;     /* NULL: none */
	const struct builtin *builtin; /* NULL: none */
	char *alias;                   /* what it stands for; NULL: none */
	uint32_t holders;              /* who else points here: undo, local variables, ... */
	bool alias_is_active;          /* the lexer is within what it stands for */
	/* Where PATH led to, and how often that was used; NULL: not known. */
	char *path;
	uint32_t path_hits;
	char name[];
};

struct symbols {
	struct symbol **buckets;
	size_t n_buckets, n;
	uint32_t generation;
};

void symbols_init(struct symbols *symbols);
void symbols_done(struct symbols *symbols);

/* The symbol of a name; NULL: there is none. The name need not end with a NUL. */
struct symbol *symbol_find(const struct symbols *symbols, const char *name, size_t length);

/* The same, made if there is none. */
struct symbol *symbol_get(struct symbols *symbols, const char *name, size_t length);

/* Frees it if it means nothing any more. To be called after something was taken from it. */
void symbol_review(struct symbols *symbols, struct symbol *symbol);

/* Goes through all, in no order: *position is 0 at first. NULL: that was the last one. The table
   must not change meanwhile. */
struct symbol *symbols_next(const struct symbols *symbols, size_t *position);

/* Puts them in the order of their names, as the locale has it. */
void symbols_sort(struct symbol **list, size_t n);

/* Through `cache` of a node: finds (or, with is_made, makes) the symbol only if need be. */
static inline struct symbol *symbol_cached(struct symbols *symbols, struct symbol **cache,
	uint32_t *generation, const char *name, size_t length)
{
	if (*cache != NULL && *generation == symbols->generation)
		return *cache;
	struct symbol *symbol = symbol_find(symbols, name, length);
	/* In a forked child each page of the tree that is written to is copied. */
	if (symbol != NULL) {
		*cache = symbol;
		*generation = symbols->generation;
	}
	return symbol;
}
