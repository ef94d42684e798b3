/* SPDX-License-Identifier: MIT */
#pragma once

#include "pipe/stats_sample.h"

#include <stddef.h>

/*
 * Which stage all others wait for, and what that one does. Decides only.
 *
 * In front of the slowest stage the pipes are full, behind it they are empty. A pipe is as full as
 * the bytes in it say, and as those who stand at its ends: one that waits to write found it full,
 * one that waits to read found it empty.
 */

/* One stage over the last few looks. */
struct stats_stage {
	bool is_alive;            /* has started and has not ended */
	bool is_relay;            /* ours, in the path of the data */
	bool is_last;             /* its output leads outside */
	ptrdiff_t source;         /* whose output it reads, an index; -1: what comes from outside */
	int looks;                /* how often it was looked at */
	int waits[STATS_N_WAITS]; /* in how many of them what was found */
	int fill;                 /* of the pipe it reads, on average: 0 to 1000; -1: not known */
	int cpu;                  /* thousandths of one processor */
	int64_t disk_read;        /* bytes meanwhile */
	int64_t disk_written;
};

enum stats_reason {
	STATS_NOTHING, /* no stage stands out */
	STATS_CPU,
	STATS_DISK_READ,
	STATS_DISK_WRITE,
	STATS_BY_NETWORK,
	STATS_INPUT,  /* waits for what comes from outside */
	STATS_OUTPUT, /* waits until somebody outside takes its output */
	STATS_RATE,   /* a relay that does not want to be faster */
	STATS_BY_STOP,
	STATS_IDLE, /* sleeps, for whatever reason */
	STATS_N_REASONS
};

struct stats_verdict {
	size_t stage; /* an index; 0 with STATS_NOTHING */
	enum stats_reason reason;
};

struct stats_verdict stats_bottleneck(const struct stats_stage *stages, size_t n);

/* For a person: "cpu", "reading from disk". */
const char *stats_reason_text(enum stats_reason reason);
