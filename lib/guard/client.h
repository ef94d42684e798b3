/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The front's end of a guard: starting one together with its job, asking it for something, hearing
 * from it. Believes nothing that the protocol does not allow.
 */

#include "guard/protocol.h"
#include "spawn/launch.h"
#include <stdbool.h>

struct brood__guard {
	pid_t pid;
	int pidfd;
	int socket; /* -1: there is none, or none any more */
	struct brood__guard_report last;
};

#define BROOD__GUARD_NONE                 \
	{                                 \
		.pidfd = -1, .socket = -1 \
	}

/* What a guard is to keep to; all but `flags` as in struct brood__guard_plan. */
struct brood__guard_terms {
	uint32_t flags; /* BROOD__GUARD_ORPHANS_..., _MEASURE, _PIDNS, _HOLD */
	int64_t deadline;
	const struct brood_stop *steps;
	size_t n_steps;
	int cgroup_dir; /* -1: none */
	int cgroup_parent;
	const char *cgroup_name; /* with cgroup_dir */
};

/*
 * Starts a guard and, by it, the job that *start describes (no function). Returns 0 and fills
 * *guard and *ret_child: pid and pidfd of the job, which is no child of ours. Otherwise -errno,
 * nothing is left, and report->step says where it went wrong: BROOD_STEP_GUARD: there is no guard,
 * or, with -EOWNERDEAD, it was killed, maybe after it had started the job; any other: as for
 * brood__launch().
 */
int brood__guard_start(struct brood__guard *guard, struct brood__start *start,
	const struct brood__guard_terms *terms, struct brood__child *ret_child,
	struct brood__report *report);

/* Takes the next report, if there is one, into guard->last. Never blocks. Returns 1; 0: none is
 * there; -EPIPE: the guard is gone; -EPROTO: it talks nonsense. */
int brood__guard_hear(struct brood__guard *guard);

/* Sends a request, BROOD__GUARD_STOP, ... Never blocks; async-signal-safe. Returns 0 or -errno. */
int brood__guard_ask(const struct brood__guard *guard, uint32_t what, int value);

/*
 * Forgets the process, but keeps the socket, so that requests of other threads go nowhere. It is
 * killed unless it may finish, which it does without us if it has to; it is reaped now if it goes
 * at once, else by later calls of the library. A second call does nothing.
 */
void brood__guard_reap(struct brood__guard *guard, bool may_finish);

/* Closes what is left. Nobody may ask any more. */
void brood__guard_close(struct brood__guard *guard);
