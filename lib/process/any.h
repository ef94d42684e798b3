/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What <brood/process.h> hands out. Calls come in by brood__any_enter(), so that the pidfd is not
 * closed under them by a release.
 */

#include "process/process.h"
#include <brood/process.h>

struct brood_process {
	struct brood__process process; /* with `ending`: a job reaps it */
	pid_t owner;
	atomic_uint use;        /* calls under way, and whether it was released */
	atomic_bool done;       /* status is final */
	atomic_bool collecting; /* a thread is about to find out */
	int64_t ended_seen;     /* by that one: when the pidfd said so first; 0: not yet */
	struct brood_status status;
};

/* Makes one. Takes pidfd and ending, also when it fails. Returns 0 or -ENOMEM. */
int brood__any_new(struct brood_process **ret_process, const struct brood__process *process,
	const struct brood_status *status);

/* Returns 0, and brood__any_leave() is to follow; or BROOD_EMISUSE. Async-signal-safe, both. */
int brood__any_enter(struct brood_process *process);
void brood__any_leave(struct brood_process *process);

/* Fills an error whose subject is the process. Returns code. */
int brood__any_fail(struct brood_error *error, int code, int step, pid_t pid);
