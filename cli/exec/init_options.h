/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

/*
 * What --rewrite and --ok say: which signal goes on as which, and which ends count as good.
 */

/* Those of Linux. */
#define INIT_LAST_SIGNAL 64

struct init_options {
	/* For each signal the one that goes on instead; 0: itself, -1: none. */
	signed char rewrites[INIT_LAST_SIGNAL + 1];
	bool is_ok[256]; /* for each exit code, 128+n for a signal; 0 always is */
};

/* Each adds to what was said before. Returns 0, or -1 after having said what is wrong. */
int init_take_rewrite(struct init_options *options, const char *spelled, const char *value);
int init_take_ok(struct init_options *options, const char *spelled, const char *value);

/* The signal that goes on for that one, or 0. */
int init_rewritten(const struct init_options *options, int number);
