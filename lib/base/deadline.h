/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Points in time (CLOCK_MONOTONIC, nanoseconds) made of lengths of time, without overflow.
 * INT64_MAX is the point that never comes.
 */

#include <brood/base.h>

typedef int64_t brood__instant;

#define BROOD__NEVER INT64_MAX

/** Returns the point d after now; now if d is negative, never if it is BROOD_FOREVER. */
brood__instant brood__deadline(brood__instant now, brood_duration d);

/** Returns the earlier one of two points. */
brood__instant brood__earlier(brood__instant a, brood__instant b);

/** Returns how long it is until a point: 0 if it has passed, BROOD_FOREVER if it never comes. */
brood_duration brood__remaining(brood__instant now, brood__instant deadline);
