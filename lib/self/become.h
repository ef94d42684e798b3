/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Doing a plan in our own process: what a child would do after it was made, and, if it does not
 * come to execve, taking it back.
 */

#include "self/descriptors.h"
#include "spawn/plan.h"

/*
 * Goes through the plan, whose moves are those of own, and executes. Returns only on failure,
 * -errno with the place in *plan->report; *ret_changed: something could not be taken back. own is
 * undone and freed in any case.
 */
int brood__become(
	struct brood__plan *plan, struct brood__own_fds *own, bool keep_fds, bool *ret_changed);
