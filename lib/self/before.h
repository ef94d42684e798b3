/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * How this process was before a plan was begun, as far as that can be brought back.
 */

#include "self/descriptors.h"
#include "spawn/plan.h"
#include "sys/uapi.h"

#define BROOD__N_SIGNALS 64

struct brood__before {
	bool is_lossy; /* something could not be looked at, and so cannot be brought back */
	uint64_t pending;
	uint64_t pending_of_thread; /* those of them that nobody else can take */
	uint64_t changed_actions;   /* bit n - 1: action n is to be another one */
	struct brood__sigaction actions[BROOD__N_SIGNALS];
	struct brood_rlimit limits[16];
	uint32_t umask;
	int nice;
	int scheduler;
	int scheduler_priority;
	int io_priority;
	int death_signal;
	int keeps_capabilities; /* over a change of ids */
	int oom_score;          /* a descriptor of the file, -1: not needed, -errno */
	char oom_text[16];
	int dir; /* the working directory; -1: it does not change, -errno: could not be opened */
	long affinity_size;
	unsigned char affinity[8192];
};

/*
 * Looks at all that the plan changes and that can be taken back, with all signals blocked and
 * plan->mask filled in. Adds to plan->reset what a handler must not swallow any more. The
 * descriptors in it are close-on-exec, and where the plan does not close or replace them.
 */
void brood__before_look(
	struct brood__before *before, struct brood__plan *plan, const struct brood__own_fds *own);

/* Takes back what a plan has changed, but for descriptors and mask. Returns whether all is as it
 * was. */
bool brood__before_restore(struct brood__before *before, const struct brood__plan *plan);
