/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Pointers by a number that is not 0. Whoever chooses the numbers cannot make it slow.
 */

#include <stddef.h>
#include <stdint.h>

struct brood__table_slot {
	uint64_t key; /* 0: empty */
	void *value;
};

struct brood__table {
	struct brood__table_slot *slots;
	size_t n;
	size_t size; /* of slots; a power of two, or 0 */
	uint64_t secret;
};

/* Makes room for one more. Returns 0 or -ENOMEM. */
int brood__table_reserve(struct brood__table *table);

/* What is there under a number, or NULL. */
void *brood__table_get(const struct brood__table *table, uint64_t key);

/* Puts in what is not there, for which there must be room. */
void brood__table_put(struct brood__table *table, uint64_t key, void *value);

/* Takes out what is there. */
void brood__table_remove(struct brood__table *table, uint64_t key);

/* Frees the table's own memory. */
void brood__table_done(struct brood__table *table);
