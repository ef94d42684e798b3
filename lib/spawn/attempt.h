/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One attempt of a launcher at a child: what it holds while it lasts, and what the parent says to
 * the child and hears from it.
 */

#include "spawn/launch.h"

/* One attempt: what it holds while it lasts. */
struct brood__attempt {
	struct brood__start *start;
	struct brood__report *report;
	struct brood__report *page; /* the child's report in memory that both have, or NULL */
	int read_end;               /* of the report pipe, or -1 */
	int write_end;
	int spare[2]; /* numbers kept free for moves, or -1 */
	int procs;    /* of its control group, or -1 */
	int map_fd;   /* both ends of the pipe that it waits at for its maps, or -1 */
	int map_end;
};

/* Notes where and why it failed. Returns code. */
int brood__attempt_refuse(struct brood__report *report, int step, int code);

/* Begins one; a report is read by_pipe, or is in shared memory only. Returns 0 or -errno, refused;
 * either way it is to be ended. */
int brood__attempt_begin(struct brood__attempt *attempt, struct brood__start *start,
	struct brood__report *report, bool by_pipe, bool is_born_into_cgroup);
void brood__attempt_done(struct brood__attempt *attempt);

/* For a child with memory of its own: what some attributes need beside the report pipe. Returns 0
 * or -errno, refused. */
int brood__attempt_add_attributes(struct brood__attempt *attempt);

/* The child is there and waits for its maps. What fails here is reported by it. */
void brood__attempt_give_maps(struct brood__attempt *attempt, pid_t pid);

/* Whether the child is to be traced by us. */
bool brood__attempt_is_traced(const struct brood__attempt *attempt);

/* Reads what it says, until that is complete, into the report. */
void brood__attempt_read_report(struct brood__attempt *attempt, pid_t pid, int pidfd);
