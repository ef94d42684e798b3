/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The table of --stats as text. Decides only.
 *
 *	 # stage      state         cpu  in → out          rate        link queue
 *	 1 tar c .    waits: write   3%       - → 812MiB  [ 412MiB/s]  ▓▓▓▓ 64K/64K
 *	 2 zstd -6    running      100%  812MiB → 203MiB  [ 103MiB/s]  ░░░░ 0/64K  ← bottleneck
 *	 3 ssh host…  waits: read    4%  203MiB →
 *	 812MiB 0:00:03 [ 412MiB/s] bottleneck: 2 zstd -6 (cpu)
 *
 * No line is wider than asked: first the bars go, then the words at the end of the marked line,
 * then columns from the right, and names are cut.
 */

#define STATS_NONE    (-1) /* a number that is not known: shown as - */
#define STATS_NOT_ONE (-2) /* there is no such thing: nothing is shown */

struct stats_row {
	const char *number;
	const char *name; /* may hold anything */
	const char *state;
	int cpu;        /* thousandths of one processor, or STATS_NONE */
	int64_t in;     /* bytes, or STATS_NONE, STATS_NOT_ONE */
	int64_t out;    /* bytes, or STATS_NONE, STATS_NOT_ONE */
	int64_t rate;   /* of out, bytes in a second, or STATS_NONE, STATS_NOT_ONE */
	int64_t queued; /* bytes in the pipe behind it, or STATS_NONE, STATS_NOT_ONE */
	int64_t capacity;
	const char *mark; /* why it is the bottleneck; NULL: it is not */
};

struct stats_table {
	const struct stats_row *rows;
	size_t n_rows;
	int64_t total;   /* what has gone through the first pipe, or STATS_NONE */
	int64_t rate;    /* bytes in a second, or STATS_NONE */
	int64_t elapsed; /* nanoseconds */
	size_t width;    /* columns; 0: as many as it takes */
	size_t height;   /* lines at most; 0: as many as it takes */
	bool is_final;   /* the queues are gone */
	bool has_color;
	bool is_ascii;
};

/* Adds the lines. Returns how many there are. */
size_t stats_table_add(struct text *text, const struct stats_table *table);

/* Room for any of these. */
#define STATS_NUMBER_SIZE 32

/* As pv(1) writes them: "64.0KiB", " 412MiB", "1.23GiB". Returns text. */
const char *stats_bytes_text(int64_t bytes, char text[STATS_NUMBER_SIZE]);

/* "0:00:03". Returns text. */
const char *stats_time_text(int64_t nanoseconds, char text[STATS_NUMBER_SIZE]);
