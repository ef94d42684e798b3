/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * How a process ended, shared by who reaps it (a job) and who only holds it (brood_job_process()).
 * It is written before the process is reaped, so that whoever finds it gone finds the status here.
 */

#include <brood/status.h>
#include <stdatomic.h>
#include <stdbool.h>

struct brood__ending {
	atomic_uint references;
	atomic_int state; /* of the status; written once */
	struct brood_status status;
};

/* Returns one with one reference, begun from this status; NULL: no memory. */
struct brood__ending *brood__ending_new(const struct brood_status *status);

/* Gives a reference back, if there is one, and forgets it. */
void brood__ending_unref(struct brood__ending **ending);

/* Takes a reference. */
struct brood__ending *brood__ending_ref(struct brood__ending *ending);

/* Writes the status, if nobody has. NULL is fine. */
void brood__ending_write(struct brood__ending *ending, const struct brood_status *status);

/* Reads the status, if it is there. NULL is fine. Returns whether it was. */
bool brood__ending_read(struct brood__ending *ending, struct brood_status *ret_status);
