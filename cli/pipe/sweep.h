/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * What becomes of a stage's process tree when somebody kills its guard: it comes to us, and is
 * killed here.
 */

/* Makes us the parent of processes that have no other one any more; before the first one starts.
   Returns false if that cannot be, or if we have children already, which are not ours to kill: the
   shell that has become us may have left them. */
bool pipe_adopt(void);

/* Kills our children and theirs, but guards, which have jobs that run; with is_over all of them.
   Returns how many there were. */
size_t pipe_sweep(bool is_over);
