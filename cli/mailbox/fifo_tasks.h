/* SPDX-License-Identifier: MIT */
#pragma once

#include "mailbox/fifo_hold.h"

#include <brood/base.h>
#include <stdbool.h>

/*
 * Tasks out of a FIFO, one a line: each to standard output, or to a command of its own.
 */

struct fifo_tasks {
	const char *path;
	const char *until;   /* the end word; NULL: there is none */
	brood_duration idle; /* ends when no task came for that long; 0: never */
	long count;          /* ends after that many; 0: no limit */
	long slots;          /* so many commands at once */
	bool keep_going;     /* although one has failed */
	bool verbose;
	char *const *argv; /* of the command; NULL: to standard output */
};

/* Returns the exit code, after all commands have ended. */
int fifo_tasks_run(const struct fifo_tasks *config, const struct fifo_hold *hold);
