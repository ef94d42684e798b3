/* SPDX-License-Identifier: MIT */
#pragma once

/* What may pass the checks of the guard's protocol: whatever it is, it can do no harm. */

#include "guard/protocol.h"
#include "process/stopping.h"
#include "spawn/plan.h"
#include <signal.h>
#include <string.h>

/* Whether all that a guard would use of an accepted plan lies within it. */
static inline bool is_harmless_plan(
	const void *bytes, size_t length, const struct brood__guard_layout *layout)
{
	const struct brood__guard_plan *plan = bytes;
	const char *text = bytes;
	if (plan->size != length || layout->size != length || plan->n_steps < 1 ||
		plan->n_steps > BROOD__GUARD_STEPS || plan->flags & ~BROOD__GUARD_ALL_FLAGS ||
		plan->reserved != 0 ||
		(plan->flags & BROOD__GUARD_CTTY && plan->controlling_fd < 0))
		return false;
	for (uint32_t i = 0; i < plan->n_steps; i++) {
		if (plan->steps[i].signal < 1 || plan->steps[i].signal > 64)
			return false;
	}
	bool has_dir = plan->flags & BROOD__GUARD_HAS_DIR;
	if (has_dir && (text[length - 1] != 0 || layout->dir + layout->dir_length + 1 != length))
		return false;
	return layout->ops == sizeof *plan && layout->limits % 8 == 0 &&
	       layout->ops + plan->n_ops * sizeof(struct brood__fd_op) <= layout->limits &&
	       layout->limits + plan->n_limits * sizeof(struct brood_rlimit) <=
		       layout->private_fds &&
	       layout->private_fds + plan->n_private * sizeof(int32_t) <= layout->attributes &&
	       layout->attributes % 8 == 0 &&
	       layout->attributes + plan->attributes_size <= layout->dir &&
	       (!(plan->flags & BROOD__GUARD_PROCS) || plan->procs >= 0) && layout->dir <= length &&
	       memchr(plan->cgroup_name, 0, sizeof plan->cgroup_name);
}

static inline bool is_harmless_request(const void *bytes, size_t length)
{
	const struct brood__guard_request *request = bytes;
	if (length != sizeof *request || request->what < BROOD__GUARD_STOP ||
		request->what > BROOD__GUARD_RELEASE || request->reserved != 0)
		return false;
	if (request->what == BROOD__GUARD_STOP)
		return request->value > BROOD__STOP_NONE && request->value <= BROOD__STOP_LIMIT;
	return request->what != BROOD__GUARD_SIGNAL ||
	       (request->value >= 0 && request->value <= 64);
}

static inline bool has_possible_end(const struct brood__guard_report *report)
{
	if (report->code == CLD_EXITED)
		return report->status >= 0 && report->status <= 255;
	return (report->code == CLD_KILLED || report->code == CLD_DUMPED) && report->status >= 1 &&
	       report->status <= 64;
}

/* Whether the front may go from one picture to the next. */
static inline bool is_harmless_report(const struct brood__guard_report *last,
	const struct brood__guard_report *next, size_t length)
{
	uint32_t flags = next->flags;
	if (length != sizeof *next || flags & ~BROOD__GUARD_REPORTS || last->flags & ~flags ||
		!(flags & BROOD__GUARD_STARTED))
		return false;
	if (flags & BROOD__GUARD_FAILED)
		return last->flags == 0 &&
		       (next->os_errno > 0 || next->state != BROOD__CHILD_FAILED);
	if (next->pid <= 0 || (last->flags & BROOD__GUARD_STARTED && next->pid != last->pid))
		return false;
	if (next->stopped < 0 || next->stopped > 64 || next->stops < last->stops)
		return false;
	if (flags & BROOD__GUARD_STOPPING &&
		(next->reason <= BROOD__STOP_NONE || next->reason > BROOD__STOP_LIMIT))
		return false;
	if (flags & BROOD__GUARD_EMPTY && !(flags & BROOD__GUARD_ENDED))
		return false;
	if (last->flags & BROOD__GUARD_ENDED &&
		(next->code != last->code || next->status != last->status))
		return false;
	return !(flags & BROOD__GUARD_ENDED) || has_possible_end(next);
}
