/* SPDX-License-Identifier: MIT */
#pragma once

#include "run/config.h"

#include <brood/brood.h>

/*
 * One line on standard error for what did not go well.
 */

/* The command could not be started. */
void explain_start(const struct run_config *config, const char *search_path, int code,
	const struct brood_error *error);

/* It ran; says how it ended where that is news. was_asked: somebody has signalled us to stop. */
void explain_end(const struct run_config *config, int code, const struct brood_result *result,
	const struct brood_error *error, bool was_asked);

/* "exit code 3", "killed by SIGTERM". */
const char *explain_status(const struct brood_status *status, char *text, size_t size);
