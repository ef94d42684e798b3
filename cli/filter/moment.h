/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

/*
 * The time that a line of a log bears, in the forms that logs use:
 *
 *	2026-11-22T07:44:22.123Z   2026-11-22 07:44:22,123 +0100   2026/11/22 07:44:22
 *	Nov 22 07:44:22            Sun Nov 22 07:44:22.123 2026    22/Nov/2026:07:44:22 +0000
 *	E1122 07:44:22.123456      1795333462    1795333462.123    1795333462123 (and finer)
 *
 * It stands at the beginning of the line, behind an opening bracket, or in a field ts, time,
 * timestamp, @timestamp, t or date of JSON or logfmt. A time without a zone is a local one, and one
 * without a year lies in the year before `now`, or at most a day behind it.
 */

/* Nanoseconds since 1970. */
typedef int64_t moment;

/* Remembers from line to line what is dear to compute. All-zero but for now. */
struct moment_reader {
	moment now;
	int64_t cached_hour; /* as if it were UTC */
	int64_t cached_offset;
	bool has_cached;
};

/* Finds the time of a line. */
bool moment_of_line(
	struct moment_reader *reader, const char *line, size_t length, moment *ret_moment);

/* What --since and --until take: a time as above, "now", a day (2026-11-22), an hour of today
   (07:44, 07:44:22), a duration before now ("10m", "-10m"). */
bool moment_of_option(struct moment_reader *reader, const char *text, moment *ret_moment);

/* For messages: what is accepted. */
#define MOMENT_FORMS "10m (ago), 07:30, 2026-11-22, 2026-11-22T07:30:00Z, 1795333462, now"
