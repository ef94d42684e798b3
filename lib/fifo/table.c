/* SPDX-License-Identifier: MIT */
/* Open addressing with linear probing; at least half of the slots are empty. */

#include "fifo/table.h"

#include <errno.h>
#include <stdlib.h>

static size_t home(const struct brood__table *table, uint64_t key)
{
	key ^= table->secret;
	key = (key ^ key >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	key = (key ^ key >> 27) * UINT64_C(0x94d049bb133111eb);
	return (size_t)(key ^ key >> 31) & (table->size - 1);
}

static struct brood__table_slot *find(const struct brood__table *table, uint64_t key)
{
	size_t i = home(table, key);

	while (table->slots[i].key != 0 && table->slots[i].key != key)
		i = (i + 1) & (table->size - 1);
	return &table->slots[i];
}

int brood__table_reserve(struct brood__table *table)
{
	struct brood__table larger = *table;

	if (2 * (table->n + 1) <= table->size)
		return 0;
	larger.size = table->size ? 2 * table->size : 64;
	larger.slots = calloc(larger.size, sizeof *larger.slots);
	if (!larger.slots)
		return -ENOMEM;
	/* Where memory lies is nothing that others know. */
	larger.secret = (uint64_t)(uintptr_t)larger.slots * UINT64_C(0x9e3779b97f4a7c15);
	for (size_t i = 0; i < table->size; i++) {
		if (table->slots[i].key != 0)
			*find(&larger, table->slots[i].key) = table->slots[i];
	}
	free(table->slots);
	*table = larger;
	return 0;
}

void *brood__table_get(const struct brood__table *table, uint64_t key)
{
	return table->size ? find(table, key)->value : NULL;
}

void brood__table_put(struct brood__table *table, uint64_t key, void *value)
{
	struct brood__table_slot *slot = find(table, key);

	slot->key = key;
	slot->value = value;
	table->n++;
}

void brood__table_remove(struct brood__table *table, uint64_t key)
{
	size_t last = table->size - 1;
	size_t hole = (size_t)(find(table, key) - table->slots);

	/* Those behind that would not be found beyond a hole move into it. */
	for (size_t i = (hole + 1) & last; table->slots[i].key != 0; i = (i + 1) & last) {
		size_t from_home = (i - home(table, table->slots[i].key)) & last;
		if (from_home >= ((i - hole) & last)) {
			table->slots[hole] = table->slots[i];
			hole = i;
		}
	}
	table->slots[hole] = (struct brood__table_slot){ 0, NULL };
	table->n--;
}

void brood__table_done(struct brood__table *table)
{
	free(table->slots);
	*table = (struct brood__table){ .slots = NULL };
}
