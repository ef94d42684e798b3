/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Chunks of several streams in the order in which they were read: what brood_chunk_next() goes
 * through.
 */

#include <brood/status.h>
#include <stddef.h>
#include <stdint.h>

struct brood__chunks {
	char *data;
	size_t length;
	size_t capacity;
	uint64_t limit;   /* bytes to keep at most, heads included */
	uint64_t total;   /* bytes of streams that came */
	uint64_t omitted; /* of those, the ones left out */
};

/* Adds a chunk. Returns 0 or -ENOMEM; what is over the limit is counted only, and from then on
 * everything. */
int brood__chunks_add(
	struct brood__chunks *chunks, uint32_t stage, uint32_t fd, const char *bytes, size_t n);

/* Moves what was kept to *bytes: total and omitted count bytes of streams, length all at data. */
void brood__chunks_finish(struct brood__chunks *chunks, struct brood_bytes *bytes);

void brood__chunks_done(struct brood__chunks *chunks);
