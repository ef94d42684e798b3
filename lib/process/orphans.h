/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Children that nobody waits for any more: detached ones, and those that SIGKILL could not end at
 * once. Later calls of the library reap them.
 */

#include "process/process.h"

/* Takes the child over, its pidfd included. Without memory for the entry it stays a zombie. */
void brood__orphans_add(struct brood__process *process);

/* Reaps those that have ended. Cheap if there are none. */
void brood__orphans_reap(void);
