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

/* close_range(2), or what replaces it. */
void brood__child_close(int first, int last);
