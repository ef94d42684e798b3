/* SPDX-License-Identifier: MIT */
#pragma once

#include <brood/base.h>
#include <stdbool.h>

/*
 * --lock: one at a time. A file is locked by flock(2) until the command and all that it has started
 * are gone; who holds it writes its process id, what it runs, and since when into the file, for the
 * message of those who come later. The lock is the kernel's: a file that is left behind is free.
 */

struct lock {
	const char *path; /* NULL: no lock is wanted */
	brood_duration wait;
	const char *name; /* what is run */
	bool is_verbose;
	int fd; /* -1: not held */
};

/* Takes it, or waits for it: 0: not at all, BROOD_FOREVER: without limit. Returns 0, or our exit
   code after having said why. TERM, INT and HUP end the program while it waits. */
int lock_take(struct lock *lock);

void lock_release(struct lock *lock);
