/* SPDX-License-Identifier: MIT */
#pragma once

#include <brood/lines.h>
#include <stdbool.h>
#include <sys/types.h>

/*
 * The FIFO out of which `read` and `serve` take lines: made or found, both of its ends held, and
 * nobody else of us at it. action stands in front of what they say, as in "mailbox read".
 */

struct fifo_hold {
	const char *action;
	const char *path;
	int fd;       /* holds both ends */
	bool is_made; /* by us */
};

/* Makes it with that mode, unless it is there; must_exist: it is not made. Returns 0, or -1 after
   having said what is wrong. */
int fifo_hold(struct fifo_hold *hold, mode_t mode, bool must_exist);

/* Lets go of it; what we have made is removed if it is still at its path. */
void fifo_hold_done(struct fifo_hold *hold, bool is_removed);

/* Says how many lines behind the end nobody will get: of_ours that were taken, those that the
   scanner has read, and those that lie in the FIFO if it ends with us (is_last). Nothing can be
   received any more then. what: what a line is, as "task". */
void fifo_hold_tell_lost(const struct fifo_hold *hold, struct brood_scanner *scanner, long of_ours,
	bool is_last, const char *what);

/* Says why a FIFO could not be opened. */
void fifo_hold_complain(const char *action, const char *path, int r);
