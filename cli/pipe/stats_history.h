/* SPDX-License-Identifier: MIT */
#pragma once

#include "pipe/stats.h"
#include "pipe/stats_bottleneck.h"
#include "pipe/stats_sample.h"

#include <brood/base.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What was seen of each stage in the last looks, and the figures that follow from it.
 */

#define STATS_LOOKS 8 /* two seconds decide which stage is the bottleneck */

/* What is remembered of one look. */
struct stats_look {
	brood_duration time;
	enum stats_wait wait;
	int fill; /* of the pipe that it reads, thousandths; -1: not known */
	struct stats_counts counts;
	int64_t out;
};

/* What was seen of one view. */
struct stats_seen {
	pid_t pid;
	bool is_final; /* it has ended, and there is nothing more to learn */
	struct stats_sample sample;
	struct stats_queue queue;             /* that it reads */
	int64_t link;                         /* bytes that have gone into it; -1: not known */
	struct stats_look looks[STATS_LOOKS]; /* the latest is looks[(n_looks - 1) % STATS_LOOKS] */
	size_t n_looks;
};

struct stats_history {
	const struct pipe_stage_view *views;
	size_t n;
	bool can_sample;
	bool shows_output;           /* of the last stage: it can be seen nowhere else */
	bool has_missed;             /* one that has ended before it was seen */
	struct stats_counts claimed; /* of what our children have used: known whose it was */
	struct stats_seen *seen;
	bool *shares; /* which views share what is left of our children's counts */
};

void stats_history_init(
	struct stats_history *history, const struct pipe_stage_view *views, size_t n);
void stats_history_done(struct stats_history *history);

/* A thread of ours that ends now has used that: the kernel counts it with our children. */
void stats_history_disown(struct stats_history *history, const struct stats_counts *counts);

/* Looks at all views once. */
void stats_history_look(struct stats_history *history);

/* The last looks at view i as the verdict wants them. */
void stats_history_sum_up(const struct stats_history *history, size_t i, struct stats_stage *stage);

/* The view that reads what this one writes, the first of several; -1: none. */
ptrdiff_t stats_reader_of(const struct stats_history *history, size_t writer);

/* Bytes; -1: not known; -2: nothing that is shown. */
int64_t stats_volume_out(const struct stats_history *history, size_t i);

/* What it was in most of the looks of the last second, the latest of several. */
enum stats_wait stats_recent_wait(const struct stats_seen *seen);

/* Of a whole; 0 if there is none. */
int stats_thousandths(int64_t part, int64_t whole);

/* In the last second: thousandths of a processor, bytes in a second; -1: not known. */
int stats_recent_cpu(const struct stats_seen *seen);
int64_t stats_recent_rate(const struct stats_seen *seen);
