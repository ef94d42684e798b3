/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One record, by one write. One that was written in part is torn for good: it is written again
 * whole, once, which either succeeds or tells why not.
 *
 * Inline, since the processor guesses each return of ours wrong that comes behind a system call:
 * three of them are a twentieth of what it takes to put a message in.
 */

#include "fifo/mailbox_store.h"
#include "sys/files.h"
#include <errno.h>

static inline __attribute__((always_inline)) int brood__mailbox_write(
	struct brood_mailbox *box, const struct brood__encoded *encoded)
{
	size_t length = encoded->n_head + encoded->n_data;

	for (int turn = 0; turn < 2; turn++) {
		ssize_t n = encoded->n_data == 0
				    ? brood__file_append(
					      box->append_fd, encoded->head, encoded->n_head)
				    : brood__file_append_both(box->append_fd, encoded->head,
					      encoded->n_head, encoded->data, encoded->n_data);
		if (n < 0)
			return (int)n;
		/* Where nobody waits for the disk the sum is said now and then only: it is
		 * dear, since everybody wants it. */
		box->unsaid += (uint64_t)n;
		if (box->is_locked || box->sync != BROOD_SYNC_OFF ||
			box->unsaid > box->segment_size / 64)
			brood__mailbox_say_written(box);
		if ((size_t)n == length)
			return 0;
	}
	return -ENOSPC;
}
