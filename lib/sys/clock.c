/* SPDX-License-Identifier: MIT */
/* The clocks of the library. */

#include "sys/clock.h"

#include <time.h>

int64_t brood__clock_read(int clock)
{
	struct timespec now;
	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t brood__clock_now(void)
{
	return brood__clock_read(CLOCK_MONOTONIC);
}
