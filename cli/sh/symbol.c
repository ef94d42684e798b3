/* SPDX-License-Identifier: MIT */
#include "sh/symbol.h"

#include "common/memory.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_BUCKETS 512

static uint32_t hash_of(const char *name, size_t length)
{
	uint32_t hash = 2166136261U;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)name[i]) * 16777619U;
	return hash;
}

void symbols_init(struct symbols *symbols)
{
	symbols->n_buckets = FIRST_BUCKETS;
	symbols->n = 0;
	symbols->generation = 1;
	symbols->buckets = memory_get(FIRST_BUCKETS * sizeof(struct symbol *));
	memset(symbols->buckets, 0, FIRST_BUCKETS * sizeof(struct symbol *));
}

static void free_symbol(struct symbol *symbol)
{
	free(symbol->variable.value);
	free(symbol->alias);
	free(symbol->path);
	free(symbol);
}

void symbols_done(struct symbols *symbols)
{
	for (size_t i = 0; i < symbols->n_buckets; i++) {
		for (struct symbol *symbol = symbols->buckets[i]; symbol;) {
			struct symbol *next = symbol->next;
			free_symbol(symbol);
			symbol = next;
		}
	}
	free(symbols->buckets);
	memset(symbols, 0, sizeof *symbols);
}

static struct symbol *find(
	const struct symbols *symbols, const char *name, size_t length, uint32_t hash)
{
	struct symbol *symbol = symbols->buckets[hash & (symbols->n_buckets - 1)];

	while (symbol && (symbol->hash != hash || symbol->length != length ||
				 memcmp(symbol->name, name, length) != 0))
		symbol = symbol->next;
	return symbol;
}

struct symbol *symbol_find(const struct symbols *symbols, const char *name, size_t length)
{
	return find(symbols, name, length, hash_of(name, length));
}

static void grow(struct symbols *symbols)
{
	size_t n = symbols->n_buckets * 4;
	struct symbol **buckets = memory_get(n * sizeof(struct symbol *));

	memset(buckets, 0, n * sizeof(struct symbol *));
	for (size_t i = 0; i < symbols->n_buckets; i++) {
		for (struct symbol *symbol = symbols->buckets[i]; symbol;) {
			struct symbol *next = symbol->next;
			struct symbol **bucket = &buckets[symbol->hash & (n - 1)];
			symbol->next = *bucket;
			*bucket = symbol;
			symbol = next;
		}
	}
	free(symbols->buckets);
	symbols->buckets = buckets;
	symbols->n_buckets = n;
}

struct symbol *symbol_get(struct symbols *symbols, const char *name, size_t length)
{
	uint32_t hash = hash_of(name, length);
	struct symbol *symbol = find(symbols, name, length, hash);

	if (symbol)
		return symbol;
	if (symbols->n >= symbols->n_buckets)
		grow(symbols);
	symbol = memory_get(sizeof *symbol + length + 1);
	memset(symbol, 0, sizeof *symbol);
	memcpy(symbol->name, name, length);
	symbol->name[length] = '\0';
	symbol->length = (uint32_t)length;
	symbol->hash = hash;
	struct symbol **bucket = &symbols->buckets[hash & (symbols->n_buckets - 1)];
	symbol->next = *bucket;
	*bucket = symbol;
	symbols->n++;
	return symbol;
}

void symbol_review(struct symbols *symbols, struct symbol *symbol)
{
	const struct variable *variable = &symbol->variable;

	if (variable_is_set(variable) || variable->flags != 0 || variable->hook != HOOK_NONE ||
		symbol->holders > 0 || symbol->function || symbol->builtin || symbol->alias ||
		symbol->path)
		return;
	struct symbol **at = &symbols->buckets[symbol->hash & (symbols->n_buckets - 1)];
	while (*at != symbol)
		at = &(*at)->next;
	*at = symbol->next;
	symbols->n--;
	symbols->generation++;
	free_symbol(symbol);
}

struct symbol *symbols_next(const struct symbols *symbols, size_t *position)
{
	/* The bucket in the upper half, the place in its chain in the lower one. */
	size_t bucket = *position >> 16, place = *position & 0xffff;

	for (; bucket < symbols->n_buckets; bucket++, place = 0) {
		struct symbol *symbol = symbols->buckets[bucket];
		for (size_t i = 0; symbol && i < place; i++)
			symbol = symbol->next;
		if (symbol) {
			*position = bucket << 16 | (place + 1);
			return symbol;
		}
	}
	*position = bucket << 16;
	return NULL;
}

static int by_name(const void *a, const void *b)
{
	return strcoll((*(struct symbol *const *)a)->name, (*(struct symbol *const *)b)->name);
}

void symbols_sort(struct symbol **list, size_t n)
{
	qsort(list, n, sizeof(struct symbol *), by_name);
}
