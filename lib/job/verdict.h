/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What a job came to: the order of precedence written at brood_job_wait(), decided from plain
 * facts.
 */

#include "process/stopping.h"
#include <brood/status.h>
#include <stddef.h>

/* One stage as the verdict sees it. */
struct brood__verdict_stage {
	struct brood_status *status; /* `excused` is written */
	const uint64_t *ok_codes;    /* 256 bits; NULL: 0 alone counts as success */
};

struct brood__verdict_input {
	const struct brood__verdict_stage *stages;
	size_t n;
	uint64_t flags;  /* BROOD_VERDICT_...; 0: RIGHTMOST */
	int stop_reason; /* BROOD__STOP_... */
	bool pipe_held;  /* a pipe was still open after the wait delay */
	int pump_error;  /* the first failure of a stream, or 0 */
};

/**
 * Decides. Sets `excused` of every stage whose failure does not count. Returns the code, sets
 * *ret_cause to one of BROOD_CAUSE_... and *ret_stage to the stage that decides: the one whose
 * status is told with BROOD_EEXIT or BROOD_ELOST, else the last one (each if it is not NULL). A
 * stage that has not ended gives BROOD_EMISUSE and BROOD_CAUSE_NONE.
 */
int brood__verdict(const struct brood__verdict_input *in, int *ret_cause, size_t *ret_stage);

/** Says whether a status counts as success under a set of codes. */
bool brood__status_counts_as_success(const struct brood_status *status, const uint64_t *ok_codes);
