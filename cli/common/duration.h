/* SPDX-License-Identifier: MIT */
#pragma once

#include <brood/base.h>

/*
 * Durations as people write them: 500ms, 2s, 1m30s, 1h, 2d, 1.5s; a bare number means seconds;
 * off or none: no duration at all.
 */

/* What "off" and "none" give. */
#define DURATION_OFF (-1)

/* For messages: what is accepted. */
#define DURATION_FORMS "500ms, 2s, 1m30s, 1h, 2d, 1.5 (seconds), off"

/* Returns 0 and the nanoseconds or DURATION_OFF; -EINVAL: no duration; -ERANGE: over 292 years. */
int duration_parse(const char *string, brood_duration *ret_duration);

/* The same for an option, as it was spelled. Returns -1 after having said what is wrong. */
int duration_take(
	const char *tool, const char *spelled, const char *value, brood_duration *ret_duration);

/* Room for any duration_text(). */
#define DURATION_TEXT_SIZE 96

/* Writes it as duration_parse() reads it: "300ms", "1m30s". Returns text. */
const char *duration_text(brood_duration duration, char text[DURATION_TEXT_SIZE]);

/* How long it is since some fixed moment, by CLOCK_MONOTONIC. Async-signal-safe. */
brood_duration duration_now(void);
