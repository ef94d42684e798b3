/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

/*
 * Which bytes of a ring are free, and which ones each of its readers has still to take. Positions
 * count all bytes that ever came; nothing is moved.
 */

struct pipe_ring {
	char *bytes;
	size_t size;
	uint64_t head; /* bytes put in */
	uint64_t tail; /* bytes that everybody has taken */
};

/* The free room, in one or two pieces, at most limit bytes. Returns how many pieces. */
int pipe_ring_room(const struct pipe_ring *ring, size_t limit, struct iovec pieces[2]);

/* What a reader at that position has still to take, at most limit bytes. Returns how many pieces.
 */
int pipe_ring_rest(
	const struct pipe_ring *ring, uint64_t position, size_t limit, struct iovec pieces[2]);
