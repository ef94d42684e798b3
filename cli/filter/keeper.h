/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * The last few lines of an input that were not shown, which become context when the next one is
 * selected.
 */

struct kept_line {
	char *bytes; /* owned; with its newline, if it has one */
	size_t length;
	size_t size; /* allocated */
	uint64_t number;
	uint64_t offset;
};

struct keeper {
	struct kept_line *lines;
	size_t most;
	size_t allocated;
	size_t first; /* the oldest one */
	size_t n;
};

/* most: how many are kept. */
void keeper_init(struct keeper *keeper, size_t most);
void keeper_done(struct keeper *keeper);

void keeper_add(
	struct keeper *keeper, const char *line, size_t length, uint64_t number, uint64_t offset);
void keeper_clear(struct keeper *keeper);

/* The i-th one, from the oldest; i < n. */
const struct kept_line *keeper_line(const struct keeper *keeper, size_t i);
