/* SPDX-License-Identifier: MIT */
#include "pipe/rate.h"

/* A bucket holds what comes in so much time: a wake-up that is late loses nothing then. */
#define BURST (BROOD_SECOND / 2)

void pipe_rate_begin(struct pipe_rate *rate, uint64_t bytes_per_second, int64_t now)
{
	uint64_t burst = bytes_per_second / (uint64_t)(BROOD_SECOND / BURST);

	*rate = (struct pipe_rate){
		.rate = bytes_per_second, .burst = burst > 0 ? burst : 1, .last = now
	};
}

uint64_t pipe_rate_tokens(struct pipe_rate *rate, int64_t now)
{
	int64_t elapsed = now - rate->last;

	if (elapsed <= 0)
		return rate->tokens;
	rate->last = now;
	/* What a day brings fills any bucket: the product stays within 128 bits, and the bucket's
	   room is not overrun by it. */
	__uint128_t billionths = (__uint128_t)rate->rate * (uint64_t)elapsed + rate->rest;
	__uint128_t tokens = rate->tokens + billionths / (uint64_t)BROOD_SECOND;
	if (tokens > rate->burst) {
		rate->tokens = rate->burst;
		rate->rest = 0;
	} else {
		rate->tokens = (uint64_t)tokens;
		rate->rest = (uint64_t)(billionths % (uint64_t)BROOD_SECOND);
	}
	return rate->tokens;
}

void pipe_rate_take(struct pipe_rate *rate, uint64_t bytes)
{
	rate->tokens -= bytes < rate->tokens ? bytes : rate->tokens;
}

brood_duration pipe_rate_delay(const struct pipe_rate *rate, uint64_t bytes)
{
	if (bytes > rate->burst)
		bytes = rate->burst;
	if (rate->tokens >= bytes)
		return 0;
	__uint128_t missing = (__uint128_t)(bytes - rate->tokens) * (uint64_t)BROOD_SECOND -
			      rate->rest;
	__uint128_t delay = (missing + rate->rate - 1) / rate->rate;
	return (brood_duration)(delay < INT64_MAX ? delay : INT64_MAX);
}
