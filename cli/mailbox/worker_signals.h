/* SPDX-License-Identifier: MIT */
#pragma once

#include <signal.h>
#include <stdbool.h>

/*
 * What signals ask of a worker. They are blocked but while it waits, so that none comes between a
 * look and the wait. Those that were ignored stay ignored.
 */

enum worker_wish {
	WORKER_GO_ON,
	WORKER_FINISH, /* take no more, finish what is there */
	WORKER_STOP,   /* stop what is there */
	WORKER_KILL    /* at once */
};

/* gentle: the first INT lets the current jobs finish; else it stops them. Sets *ret_mask to the
   mask as it was, with which to wait, and for the jobs. */
void worker_signals_install(bool gentle, sigset_t *ret_mask);

/* The most that was asked for so far. */
enum worker_wish worker_signals_wish(void);

/* The last of TERM, INT and HUP that came, or 0. */
int worker_signals_received(void);

/* Whether a QUIT has come since this was asked last: how are things? */
bool worker_signals_was_asked(void);
