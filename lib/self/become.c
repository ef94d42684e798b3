/* SPDX-License-Identifier: MIT */
/* The steps of a child, done by ourselves, and taken back. */

#include "self/become.h"

#include "self/before.h"
#include "spawn/child.h"
#include "sys/raw.h"
#include "sys/signals.h"
#include <brood/error.h>
#include <errno.h>
#include <time.h>

#define BUSY_TRIES 7

/* By somebody else's writing to the file, a child of his, for a moment. All steps are done. */
static long execute_again(const struct brood__plan *plan)
{
	long r = -ETXTBSY;
	for (int i = 0; i < BUSY_TRIES && r == -ETXTBSY; i++) {
		const struct timespec pause = { 0, 1000000L << i };
		RAW4(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &pause, 0);
		r = RAW3(SYS_execve, plan->path, plan->argv, plan->envp);
	}
	plan->report->os_errno = (int32_t)-r;
	return r;
}

static long go(struct brood__plan *plan)
{
	long r = brood__child_become(plan);
	return r == -ETXTBSY && plan->report->step == BROOD_STEP_EXEC ? execute_again(plan) : r;
}

int brood__become(
	struct brood__plan *plan, struct brood__own_fds *own, bool keep_fds, bool *ret_changed)
{
	struct brood__before before;
	uint64_t mask;
	uint64_t ignored;
	long r = 0;
	plan->report->changed = 0;
	if (!keep_fds) {
		r = brood__own_fds_mark(own);
		brood__own_fds_sweep(own, &plan->fds);
	}
	if (r < 0) {
		plan->report->step = r == -ENOMEM ? BROOD_STEP_CONFIG : BROOD_STEP_DESCRIPTORS;
		*ret_changed = !brood__own_fds_undo(own);
		return (int)r;
	}
	brood__signals_block_all(&mask);
	plan->mask = plan->has_mask ? plan->mask : mask;
	brood__before_look(&before, plan, own);
	r = go(plan);
	brood__signals_block_all(&ignored);
	*ret_changed = !brood__before_restore(&before, plan);
	*ret_changed |= !brood__own_fds_undo(own);
	brood__signals_restore(mask);
	return (int)r;
}
