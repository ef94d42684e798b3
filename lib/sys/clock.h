/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

/* CLOCK_MONOTONIC in nanoseconds. */
int64_t brood__clock_now(void);

/* Any other clock of clock_gettime(2). */
int64_t brood__clock_read(int clock);
