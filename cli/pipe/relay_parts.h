/* SPDX-License-Identifier: MIT */
#pragma once

#include "pipe/rate.h"
#include "pipe/ring.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * What the two loops of the relay share.
 */

struct relay_out {
	int fd; /* -1: its reader is gone */
	bool is_pipe;
	bool may_block;    /* a long write could wait for its reader */
	uint64_t position; /* in the ring */
};

struct relay {
	const char *stage; /* in front of it */
	struct relay_out *outs;
	size_t n_outs, n_open;
	struct pipe_ring ring;
	bool is_limited;
	struct pipe_rate rate;
	brood_duration delay; /* until there are tokens again */
	bool is_over;         /* its input */
	bool has_failed;
};

/* Says what went wrong, once for each time. */
void relay_fail(struct relay *relay, const char *what, int number);

/* Leaves an output out from now on; EPIPE is nothing to speak of. */
void relay_drop(struct relay *relay, struct relay_out *out, int number);

/* Whether bytes may pass now, and at most how many: *ret_most is made smaller. Else relay->delay
   says how long to wait. */
bool relay_wait_for_tokens(struct relay *relay, size_t *ret_most);

/* Moves everything within the kernel. Returns false, having moved nothing, if that cannot be done
   with what is connected. */
bool relay_run_by_splice(struct relay *relay);

bool relay_is_pipe(int fd);
