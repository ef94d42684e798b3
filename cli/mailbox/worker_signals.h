/* SPDX-License-Identifier: MIT */
#pragma once

#include <brood/base.h>
#include <poll.h>
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

/* poll(2) for `left` nanoseconds at most, during which signals come through, also if a descriptor
   is ready all the time. Returns as poll(2). */
int worker_signals_poll(struct pollfd *fds, size_t n, brood_duration left, const sigset_t *mask);

/* Ends the program by SIGINT if that is what the exit code says; else returns it. A shell that gets
   130 goes on with its loop; one whose command died of SIGINT stops it. */
int worker_signals_end(int code);

/* Whether a QUIT has come since this was asked last: how are things? */
bool worker_signals_was_asked(void);
