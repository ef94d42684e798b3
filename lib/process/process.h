/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One child: signalled by its pidfd, reaped once, its status recovered if someone else was faster.
 */

#include "process/ending.h"
#include "sys/pidfd.h"
#include <brood/status.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

struct brood__process {
	pid_t pid;
	int pidfd;             /* -1: the kernel gave none */
	bool leads_group;      /* signals go to the group that it leads */
	atomic_int signallers; /* calls that may be about to use the pid */
	atomic_bool reaped;    /* the pid may be a stranger's from now on */
	bool has_status;
	bool alone;                   /* nobody but the thread that waits knows of it */
	bool foreign;                 /* no child of ours: it is known by its pidfd alone */
	struct brood__ending *ending; /* a reference; NULL: nobody else wants to know */
};

/* Sends a signal to it, or to the group it leads. Returns 0, -ESRCH, -EPERM, -EINVAL; -ENOSYS or
 * -EINVAL too if it is foreign and the kernel cannot do it by its pidfd.
 * Any thread, async-signal-safe. */
int brood__process_signal(struct brood__process *process, int signal);

/* Sends a signal to the group that it leads, and to nobody if it leads none. Returns as above;
 * -ENOSYS: the kernel cannot do that safely any more. Any thread, async-signal-safe. */
int brood__process_signal_group(struct brood__process *process, int signal);

/* Reaps it if it has ended; signallers who use its pid keep out meanwhile. Returns 1 and how it
 * ended; 0: not yet; else it is no child of ours, or not any more. */
int brood__process_collect(struct brood__process *process, bool hang, struct brood__exit *ret_exit);

/* Puts an end into the terms of a status; ended_ns is now unless it is set. */
void brood__status_fill(struct brood_status *status, const struct brood__exit *ended);

/*
 * Collects the child if it has ended: fills how, exit_code, signal, core_dumped, usage and
 * ended_ns of *status and sets *ret_recovered if someone else had reaped it. hang: waits for it.
 * Without hang, call it when the pidfd is readable: while it looks, pids are not used for signals.
 * Returns 1: it has ended; 0: not yet.
 */
int brood__process_reap(struct brood__process *process, bool hang, struct brood_status *status,
	bool *ret_recovered);

/* Fills the status of a child that has ended and leaves it a zombie. Returns whether it could. */
bool brood__process_peek(const struct brood__process *process, struct brood_status *status);

/* The same as _reap() for a child that was waited for elsewhere: waited is what brood__wait_exit()
 * said. */
void brood__process_note_exit(struct brood__process *process, int waited,
	const struct brood__exit *ended, struct brood_status *status, bool *ret_recovered);

/* Says whether the kernel can signal a group through the pidfd of a leader that was reaped. */
bool brood__process_can_signal_group(const struct brood__process *process);
