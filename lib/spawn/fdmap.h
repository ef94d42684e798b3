/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * In which order a child puts its descriptors in place. All moves are meant to happen at once, but
 * system calls happen one after the other, and a target of one move may be the source of another.
 * This decides, without making a call: a list of operations for the child to go through.
 *
 *	struct brood__fd_plan plan = { .ops = memory for brood__fdmap_bound(n) operations };
 *	int r = brood__fdmap_plan(want, n, report_fd, keep_others, &plan);
 */

#include <brood/base.h>

/** brood__fd_want.flags: with source == target, it is fine if the caller has no such descriptor. */
#define BROOD__FD_OPTIONAL 1u
/** brood__fd_want.flags: source == target, and it is known not to be close-on-exec. */
#define BROOD__FD_IN_PLACE 2u

/** One descriptor of the child. */
struct brood__fd_want {
	int32_t source; /* the parent's number; -1: target is to be closed */
	int32_t target; /* the child's number, each one once */
	uint32_t flags; /* BROOD__FD_OPTIONAL, BROOD__FD_IN_PLACE */
};

/* Kinds of operations. */
#define BROOD__FD_DUP         1u /* dup3(a, b, 0) */
#define BROOD__FD_DUP_CLOEXEC 2u /* dup3(a, b, O_CLOEXEC) */
#define BROOD__FD_SHARE       3u /* clear FD_CLOEXEC of a; b is 1 if EBADF is fine */
#define BROOD__FD_CLOSE       4u /* close(a); EBADF is fine */
#define BROOD__FD_CLOSE_RANGE 5u /* close_range(a, b); b is INT32_MAX: up to the last one */
#define BROOD__FD_MARK_RANGE  6u /* marks them close-on-exec; never planned, may fail */

struct brood__fd_op {
	uint32_t kind;
	int32_t a, b;
};

struct brood__fd_plan {
	struct brood__fd_op *ops; /* memory of the caller */
	size_t n_ops;
	int trim_first; /* 1 + the highest number of the parent that is still needed; unless others
			   are kept, the child may begin by closing all from there on */
	int report_fd;  /* the number of the report descriptor in the end, or -1 */
	/*
	 * Numbers used on the way: neither source nor target nor report. Chosen among all numbers,
	 * the smallest first, which is right when others are not kept. When they are, the number
	 * might be one of those: then the caller reserves n_spare descriptors of its own with
	 * brood__fdmap_is_free() numbers, writes them to spare[] and plans again with use_spare.
	 */
	bool use_spare;
	int n_spare;
	int32_t spare[2];
};

/** Returns for how many operations plan.ops must have room; the rest of it is scratch. */
size_t brood__fdmap_bound(size_t n);

/** Says whether a number is neither source nor target nor report, so that it can be a spare. */
bool brood__fdmap_is_free(
	const struct brood__fd_want *want, size_t n, int report_fd, int32_t number);

/**
 * Plans the moves. report_fd (-1: none) stays open and close-on-exec, at plan->report_fd. Without
 * keep_others everything else is closed in the end.
 *
 * As few operations as possible: one per want that has a source, one for a report in the way, one
 * more for each cycle of which no member is copied to somewhere else, and the closing.
 *
 * Returns 0; -EINVAL: a target is negative or there twice, or a source is under -1.
 */
int brood__fdmap_plan(const struct brood__fd_want *want, size_t n, int report_fd, bool keep_others,
	struct brood__fd_plan *plan);
