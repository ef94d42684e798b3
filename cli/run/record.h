/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/text.h"
#include "run/attempt.h"
#include "run/config.h"

/*
 * The account of a command's end: one JSON line of schema brood.result/1, and one line for people.
 */

void record_json(struct text *text, const struct run_config *config, const struct attempt *attempt);

/* "make: exit 0 · 12.4 s wall · ..." */
void record_line(struct text *text, const struct run_config *config, const struct attempt *attempt);
