/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The child's side of a start. System calls only: the memory may be the parent's.
 */

#include "spawn/plan.h"

/* Does the plan and becomes the program. Never returns. Takes a struct brood__plan. */
void brood__child_exec(void *arg);

/* Does the plan but for exec, for a child that goes on in C. Returns only if all went well. */
void brood__child_prepare(const struct brood__plan *plan);

/*
 * Does the plan and becomes the program, but in the process that calls it: brood_exec(). Returns
 * only on failure: -errno, and plan->report says at what; report->changed, that the process is not
 * what it was. Neither report_fd nor map_fd counts, nor does what a clone does: shares_files,
 * attributes->clone_flags. The mask becomes that of the plan at the end; what comes before is for
 * the caller to block.
 */
long brood__child_become(const struct brood__plan *plan);

/* close_range(2), or what replaces it. */
void brood__child_close(int first, int last);
