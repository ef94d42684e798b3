/* SPDX-License-Identifier: MIT */
#pragma once

#include <brood/base.h>
#include <stdint.h>

/*
 * A token bucket: so many bytes per second, exactly so in the long run, and half a second's
 * worth at once at most. Fractions of a byte are carried over, never rounded away.
 */

struct pipe_rate {
	uint64_t rate;   /* bytes per second, not 0 */
	uint64_t burst;  /* the most that can be saved up */
	uint64_t tokens; /* bytes that may pass now */
	uint64_t rest;   /* and so many billionths of one */
	int64_t last;    /* when they were counted */
};

/* Begins with an empty bucket. */
void pipe_rate_begin(struct pipe_rate *rate, uint64_t bytes_per_second, int64_t now);

/* How many bytes may pass now. */
uint64_t pipe_rate_tokens(struct pipe_rate *rate, int64_t now);

/* Those have passed; at most as many as there were. */
void pipe_rate_take(struct pipe_rate *rate, uint64_t bytes);

/* How long until so many may pass, at most a whole bucket; 0: now. */
brood_duration pipe_rate_delay(const struct pipe_rate *rate, uint64_t bytes);
