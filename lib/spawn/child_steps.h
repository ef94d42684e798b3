/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The parts of the child's side, in the files child, child_descriptors and child_attributes. What
 * child.h says of them holds: system calls only. A step returns 0 or -errno, and then the report
 * says at what and with what it failed; it ends nothing itself.
 */

#include "spawn/plan.h"
#include "sys/raw.h"

#define BROOD__ALWAYS static inline __attribute__((always_inline))

BROOD__ALWAYS long brood__step_failed(
	const struct brood__plan *plan, int step, int subject, long error)
{
	struct brood__report *report = plan->report;
	report->os_errno = (int32_t)-error;
	report->step = step;
	report->subject = subject;
	report->state = BROOD__CHILD_FAILED;
	return error;
}

/* Something of the process is another now, if r says so. */
BROOD__ALWAYS long brood__step_done(
	const struct brood__plan *plan, int step, int subject, long error)
{
	if (error < 0)
		return brood__step_failed(plan, step, subject, error);
	plan->report->changed |= 1U << step;
	return 0;
}

/* child_descriptors.c */

/* 16. *report_fd becomes the number that it has afterwards. */
long brood__step_descriptors(const struct brood__plan *plan, int *report_fd);

/* child_attributes.c: each does what the plan's attributes, which are there, ask for. */
long brood__step_keep_capabilities(const struct brood__plan *plan);
long brood__step_await_maps(const struct brood__plan *plan);
long brood__step_unshare(const struct brood__plan *plan);
long brood__step_root(const struct brood__plan *plan);
long brood__step_scheduler(const struct brood__plan *plan);
long brood__step_ids(const struct brood__plan *plan);
long brood__step_capabilities(const struct brood__plan *plan);
long brood__step_drop_terminal(const struct brood__plan *plan);
long brood__step_restrict(const struct brood__plan *plan);
long brood__step_trace(const struct brood__plan *plan);
long brood__step_filter(const struct brood__plan *plan);

/*
 * Writes the maps of a user namespace, whose process this is (0: our own, which has unshared it).
 * Returns 0 or -errno, and then *ret_subject is one of BROOD__OF_... It may be called beside
 * threads.
 */
long brood__write_maps(
	const struct brood__attribute_plan *attributes, int32_t pid, int32_t *ret_subject);

/* What the parent says through plan.map_fd, in one piece. */
struct brood__map_news {
	int32_t error; /* 0 or -errno */
	int32_t subject;
};
