/* SPDX-License-Identifier: MIT */
#include "pipe/ring.h"

static int cut(const struct pipe_ring *ring, uint64_t from, uint64_t length, struct iovec pieces[2])
{
	size_t offset = (size_t)(from % ring->size);
	size_t first = ring->size - offset;

	if (length == 0)
		return 0;
	if (first >= length) {
		pieces[0] = (struct iovec){ ring->bytes + offset, (size_t)length };
		return 1;
	}
	pieces[0] = (struct iovec){ ring->bytes + offset, first };
	pieces[1] = (struct iovec){ ring->bytes, (size_t)length - first };
	return 2;
}

int pipe_ring_room(const struct pipe_ring *ring, size_t limit, struct iovec pieces[2])
{
	uint64_t room = ring->size - (ring->head - ring->tail);

	return cut(ring, ring->head, room < limit ? room : limit, pieces);
}

int pipe_ring_rest(
	const struct pipe_ring *ring, uint64_t position, size_t limit, struct iovec pieces[2])
{
	uint64_t rest = ring->head - position;

	return cut(ring, position, rest < limit ? rest : limit, pieces);
}
