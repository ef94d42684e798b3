/* SPDX-License-Identifier: MIT */
#pragma once

#include "run/attempt.h"
#include "run/config.h"

#include <brood/brood.h>
#include <stdbool.h>

/*
 * One line on standard error for what did not go well.
 */

/* The command could not be started. */
void explain_start(
	const struct run_config *config, const char *search_path, const struct attempt *attempt);

/* It ran; says how it ended where that is news. Returns whether it was. */
bool explain_end(const struct run_config *config, const struct attempt *attempt);

/* "exit code 3", "killed by SIGTERM". */
const char *explain_status(const struct brood_status *status, char *text, size_t size);
