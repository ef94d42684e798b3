/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Our own descriptors, moved to where a new program expects them and, if there will be none, back
 * again. Nothing is closed that could not be had back: what the program is not to have is marked
 * close-on-exec.
 *
 *	struct brood__own_fds own = BROOD__OWN_FDS_NONE;
 *	r = brood__own_fds_plan(&own, wants, n, ops, &plan.fds);
 *	brood__own_fds_mark(&own);
 *	brood__own_fds_sweep(&own, &plan.fds);
 *	... the moves of the plan, execve ...
 *	restored = brood__own_fds_undo(&own);
 */

#include "spawn/fdmap.h"
#include <stdbool.h>

/* What stands at a number that the program will have. */
struct brood__own_fd {
	int32_t number;
	int32_t flags;       /* FD_CLOEXEC or 0; -1: nothing stands there */
	int32_t copy;        /* of what stands there; -1: none */
	bool is_placeholder; /* we have put it there ourselves, so that nobody else takes the number
			      */
	bool is_replaced;    /* by a move */
};

struct brood__own_fds {
	const struct brood__fd_want *wants;
	size_t n_wants;
	struct brood__own_fd *saved; /* one for each want, numbers rising */
	int32_t *marked;             /* were not close-on-exec */
	size_t n_marked, room_marked;
	int32_t spare[2];
	bool is_lossy; /* there was no room for a copy */
};

#define BROOD__OWN_FDS_NONE         \
	{                           \
		.spare = { -1, -1 } \
	}

/*
 * Plans the moves, among all the descriptors that we have, and takes copies of what stands in their
 * way. wants are borrowed; ops has room for brood__fdmap_bound(n) operations. Returns 0; -EBADF: no
 * descriptor can have the number *ret_fd; -EINVAL as brood__fdmap_plan(); -ENOMEM; -EMFILE.
 */
int brood__own_fds_plan(struct brood__own_fds *own, const struct brood__fd_want *wants, size_t n,
	struct brood__fd_op *ops, struct brood__fd_plan *ret_plan, int *ret_fd);

/* Moves a descriptor to a number that the plan does not need. Returns it, or -errno. */
int brood__own_fds_aside(const struct brood__own_fds *own, int fd);

/* Marks all but 0, 1, 2 and the targets close-on-exec. Returns 0 or -errno. */
int brood__own_fds_mark(struct brood__own_fds *own);

/* Adds to the plan, behind the moves, marks for what other threads open meanwhile. ops needs room
 * for n + 1 more. */
void brood__own_fds_sweep(const struct brood__own_fds *own, struct brood__fd_plan *plan);

/* Takes back what was done so far, and frees all. Returns whether everything is as it was. */
bool brood__own_fds_undo(struct brood__own_fds *own);
