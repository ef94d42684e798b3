/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/text.h"
#include "run/config.h"

#include <brood/brood.h>
#include <time.h>

/*
 * The account of a command's end: one JSON line of schema brood.result/1, and one line for people.
 */

struct run_record {
	int code;                          /* what the library returned */
	const struct brood_result *result; /* NULL: it was not started */
	struct timespec start;
	bool was_asked; /* somebody has signalled us to stop */
};

void record_json(
	struct text *text, const struct run_config *config, const struct run_record *record);

/* "make: exit 0 · 12.4 s wall · ..." */
void record_line(
	struct text *text, const struct run_config *config, const struct run_record *record);
