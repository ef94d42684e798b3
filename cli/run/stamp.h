/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/text.h"

#include <time.h>

/*
 * Time stamps: strftime(3), and %N for nanoseconds, %3N for milliseconds, %6N for microseconds.
 * The part that strftime makes is made once per second; within a second only digits change.
 */

/* More fractions than anybody wants; further ones stay zero. */
#define STAMP_FRACTIONS 4

struct stamp {
	const char *format;
	time_t second; /* that text stands for, if text is not empty */
	struct text text;
	struct {
		size_t offset; /* in text */
		int digits;
	} fractions[STAMP_FRACTIONS];
	size_t n_fractions;
};

/* Brings stamp->text to the given moment. */
void stamp_update(struct stamp *stamp, const struct timespec *moment);

/* The same with the time of day. */
void stamp_now(struct stamp *stamp);

void stamp_done(struct stamp *stamp);
