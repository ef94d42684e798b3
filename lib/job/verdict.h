/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What a job of one stage came to: the order of precedence written at brood_job_wait(), decided
 * from plain facts.
 */

#include "process/stopping.h"
#include <brood/status.h>

struct brood__verdict_input {
	const struct brood_status *status;
	const uint8_t *ok_codes; /* NULL: 0 alone counts as success */
	size_t n_ok_codes;
	int stop_reason; /* BROOD__STOP_... */
	bool pipe_held;  /* a pipe was still open after the wait delay */
	int pump_error;  /* the first failure of a stream, or 0 */
};

/**
 * Decides. Returns the code and sets *ret_cause, if it is not NULL, to one of BROOD_CAUSE_... A
 * process that has not ended gives BROOD_EMISUSE and BROOD_CAUSE_NONE.
 */
int brood__verdict(const struct brood__verdict_input *in, int *ret_cause);

/** Says whether a status counts as success under a list of codes. */
bool brood__status_counts_as_success(
	const struct brood_status *status, const uint8_t *ok_codes, size_t n_ok_codes);
