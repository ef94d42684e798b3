/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * The end of a long output: its last lines, in bounded memory. All-zero is an empty one.
 */

#define TAIL_LINES 40
/* What is kept of lines that are longer than usual. */
#define TAIL_BYTES ((size_t)256 << 10)

struct tail {
	char *bytes;
	size_t length;
	uint64_t newlines;
	char last;
};

void tail_add(struct tail *tail, const char *bytes, size_t length);

/* The number of lines that came, an open one included. */
uint64_t tail_lines(const struct tail *tail);

/* The last TAIL_LINES lines of what is kept. */
const char *tail_end(const struct tail *tail, size_t *ret_length);

void tail_done(struct tail *tail);
