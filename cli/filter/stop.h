/* SPDX-License-Identifier: MIT */
#pragma once

#include <brood/base.h>
#include <stdbool.h>

/*
 * What ends us before our input does: INT, TERM, HUP (unless ignored), and the time limit. A
 * blocking read or write is interrupted, and again and again from then on, so that none is missed.
 */

/* From now on they are noticed, and a closed pipe is an error of write(2). timeout 0: none. */
void stop_install(brood_duration timeout);

/* The signal that came, SIGALRM: the time limit; 0: none. */
int stop_signal(void);

/* Whether what cannot be written should be given up: it has had its time. */
bool stop_is_late(void);

/* Whether SIGPIPE would have killed us, had we let it. */
bool stop_by_pipe(void);
