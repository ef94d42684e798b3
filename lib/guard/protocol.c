/* SPDX-License-Identifier: MIT */
/* Checks of what came over the socket. No call is made here: the guard has no libc. */

#include "guard/protocol.h"

#include "guard/attributes.h"
#include "process/stopping.h"
#include <errno.h>
#include <signal.h>

#define HIGHEST_SIGNAL 64
#define MOST_ITEMS     (UINT32_C(1) << 24)

struct brood__guard_layout brood__guard_layout(
	const struct brood__guard_plan *plan, size_t dir_length)
{
	struct brood__guard_layout layout;
	layout.ops = sizeof *plan;
	layout.limits = layout.ops + plan->n_ops * sizeof(struct brood__fd_op);
	layout.limits = (layout.limits + 7) & ~(size_t)7;
	layout.private_fds = layout.limits + plan->n_limits * sizeof(struct brood_rlimit);
	layout.attributes = layout.private_fds + plan->n_private * sizeof(int32_t);
	layout.attributes = (layout.attributes + 7) & ~(size_t)7;
	layout.dir = layout.attributes + plan->attributes_size;
	layout.dir_length = dir_length;
	layout.size = layout.dir + (plan->flags & BROOD__GUARD_HAS_DIR ? dir_length + 1 : 0);
	return layout;
}

static bool has_good_steps(const struct brood__guard_plan *plan)
{
	if (plan->n_steps == 0 || plan->n_steps > BROOD__GUARD_STEPS)
		return false;
	for (uint32_t i = 0; i < plan->n_steps; i++) {
		if (plan->steps[i].signal < 1 || plan->steps[i].signal > HIGHEST_SIGNAL)
			return false;
	}
	return true;
}

static bool has_name(const struct brood__guard_plan *plan)
{
	for (size_t i = 0; i < sizeof plan->cgroup_name; i++) {
		if (plan->cgroup_name[i] == 0)
			return true;
	}
	return false;
}

/* Whether a job that must have memory of its own has a number for its report; any other may. */
static bool has_good_attributes(
	const struct brood__guard_plan *plan, const struct brood__guard_layout *layout)
{
	struct brood__attribute_plan attributes;
	const char *bytes = (const char *)plan + layout->attributes;
	if (plan->report_fd < -1)
		return false;
	if (plan->attributes_size == 0)
		return true;
	if (brood__guard_attributes_unpack(bytes, plan->attributes_size, &attributes) < 0)
		return false;
	return !brood__needs_own_memory(&attributes) || plan->report_fd >= 0;
}

int brood__guard_check_plan(
	const void *bytes, size_t length, struct brood__guard_layout *ret_layout)
{
	const struct brood__guard_plan *plan = bytes;
	if (length < sizeof *plan || plan->magic != BROOD__GUARD_MAGIC || plan->size != length ||
		plan->flags & ~BROOD__GUARD_ALL_FLAGS || plan->reserved != 0)
		return -EPROTO;
	if (plan->flags & BROOD__GUARD_CTTY && plan->controlling_fd < 0)
		return -EPROTO;
	if (plan->flags & BROOD__GUARD_PROCS && plan->procs < 0)
		return -EPROTO;
	if (plan->n_ops > MOST_ITEMS || plan->n_limits > MOST_ITEMS ||
		plan->n_private > MOST_ITEMS || !has_good_steps(plan) || !has_name(plan))
		return -EPROTO;
	struct brood__guard_layout layout = brood__guard_layout(plan, 0);
	if (plan->flags & BROOD__GUARD_HAS_DIR) {
		const char *text = bytes;
		if (layout.dir >= length || text[length - 1] != 0)
			return -EPROTO;
		layout.dir_length = length - 1 - layout.dir;
		layout.size = length;
	}
	*ret_layout = layout;
	return layout.size == length && has_good_attributes(plan, &layout) ? 0 : -EPROTO;
}

int brood__guard_check_request(const void *bytes, size_t length)
{
	const struct brood__guard_request *request = bytes;
	if (length != sizeof *request || request->magic != BROOD__GUARD_MAGIC ||
		request->reserved != 0)
		return -EPROTO;
	switch (request->what) {
	case BROOD__GUARD_STOP:
		return request->value > BROOD__STOP_NONE && request->value <= BROOD__STOP_LIMIT
			       ? 0
			       : -EPROTO;
	case BROOD__GUARD_SIGNAL:
		return request->value >= 0 && request->value <= HIGHEST_SIGNAL ? 0 : -EPROTO;
	case BROOD__GUARD_KILL:
	case BROOD__GUARD_DETACH:
	case BROOD__GUARD_RELEASE:
		return 0;
	default:
		return -EPROTO;
	}
}

static bool has_good_end(const struct brood__guard_report *report)
{
	switch (report->code) {
	case CLD_EXITED:
		return report->status >= 0 && report->status <= 255;
	case CLD_KILLED:
	case CLD_DUMPED:
		return report->status >= 1 && report->status <= HIGHEST_SIGNAL;
	default:
		return false;
	}
}

/* What was said of the start and of the end of the job does not change any more. */
static bool agrees(const struct brood__guard_report *last, const struct brood__guard_report *next)
{
	if (last->flags & BROOD__GUARD_STARTED && next->pid != last->pid)
		return false;
	if (last->flags & BROOD__GUARD_STOPPING && next->reason != last->reason)
		return false;
	if (next->stops < last->stops || next->stopped < 0 || next->stopped > HIGHEST_SIGNAL)
		return false;
	return !(last->flags & BROOD__GUARD_ENDED) ||
	       (next->code == last->code && next->status == last->status);
}

int brood__guard_check_report(
	const struct brood__guard_report *last, const void *bytes, size_t length)
{
	const struct brood__guard_report *next = bytes;
	if (length != sizeof *next || next->magic != BROOD__GUARD_MAGIC ||
		next->flags & ~BROOD__GUARD_REPORTS || last->flags & ~next->flags)
		return -EPROTO;
	if (!(next->flags & BROOD__GUARD_STARTED))
		return -EPROTO;
	if (next->flags & BROOD__GUARD_FAILED) {
		bool is_error = next->os_errno > 0 && next->os_errno < 4096;
		bool is_early = next->state != BROOD__CHILD_FAILED;
		return last->flags == 0 && (is_error || is_early) ? 0 : -EPROTO;
	}
	if (next->pid <= 0 || !agrees(last, next))
		return -EPROTO;
	if (next->flags & BROOD__GUARD_STOPPING &&
		(next->reason <= BROOD__STOP_NONE || next->reason > BROOD__STOP_LIMIT))
		return -EPROTO;
	if (next->flags & BROOD__GUARD_ENDED)
		return has_good_end(next) ? 0 : -EPROTO;
	return next->flags & BROOD__GUARD_EMPTY ? -EPROTO : 0;
}
