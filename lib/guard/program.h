/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The guard as a program: program.c is its loop, begin.c what comes before the job runs, tree.c
 * what is done to the tree, brain.c (shared with the tests) what is to be done when.
 */

#include "guard/brain.h"
#include "guard/protocol.h"
#include "guard/walk.h"

#define GUARD_MOST_COUNTED 4096

struct guard {
	const struct brood__guard_plan *plan;
	struct brood__guard_layout layout;
	struct brood__attribute_plan attributes;
	struct brood__guard_report report;
	bool changed; /* the front has not been told yet */
	struct brood__brain brain;
	struct brood__walk walk;
	char **argv; /* the path, then the job's argv */
	char **envp;
	uint64_t page_bytes;
	bool keeps_job; /* has ended and is not reaped yet */
	bool is_init;   /* of a PID namespace: no /proc of ours */
	int socket;
	int signals; /* signalfd of SIGCHLD */
	int front;   /* its pidfd, or -1 */
	uint32_t n_counted;
	int32_t counted[GUARD_MOST_COUNTED]; /* those behind report.killed */
};

_Noreturn void guard_exit(int code);
int64_t guard_now(void);

/* Tells the front that the job could not be started, and ends. */
_Noreturn void guard_refuse(struct guard *g, int step, long error);

/* The loop, from a job that runs to its end. */
_Noreturn void guard_watch(struct guard *g);

/* Sets a flag of the report and sends it. */
void guard_say(struct guard *g, uint32_t flag);

/* begin.c */
void guard_read_auxiliary(struct guard *g, const unsigned long *auxiliary);
long guard_read_plan(struct guard *g);

/* Goes on as the first process of a PID namespace; the one outside waits for it. Returns in the
 * namespace, or -errno. */
long guard_enter_pidns(struct guard *g);

/* Starts the job and says so, or says why not and ends. Keeps nothing of what the job got. */
void guard_start_job(struct guard *g);

/* apart.c: for a job that must not run in our memory */

/* Has the job report in memory that it shares with us. Returns 0 or -errno. */
long guard_make_page(struct brood__plan *plan);

/* Starts it. Returns its pid, when it executes or has failed, or -errno. */
long guard_start_apart(const struct guard *g, struct brood__plan *plan, int *ret_pidfd);

/* tree.c */
void guard_signal_job(struct guard *g, int signal);
void guard_signal_tree(struct guard *g, int signal);
void guard_kill_tree(struct guard *g);
void guard_count_left(struct guard *g);
void guard_measure(struct guard *g);
void guard_leave_cgroup(struct guard *g);
