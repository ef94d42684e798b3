/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/terminal.h"
#include "pipe/account.h"
#include "pipe/stats.h"

#include <brood/brood.h>

/*
 * The run of a pipeline: every node of the plan is a job of its own, with a guard of its own, in
 * one set; what joins them is made here. launch.c starts, loop.c looks after them until nothing is
 * left.
 */

/* One node while it runs. */
struct pipe_process {
	int in, out, err;   /* files that it was redirected to, -1: none */
	bool is_stopped;    /* by a signal such as that of Ctrl-Z */
	bool was_told;      /* to stop, since it is doomed */
	bool has_own_limit; /* that passes before the one of all */
	int64_t retry_at;   /* CLOCK_MONOTONIC; 0: no attempt is to come */
	char *path;         /* where its program was found; NULL: its name says it */
	bool was_launched;
	struct brood_job *job;
	int code; /* what the library said */
	struct brood_error error;
	struct text name;
};

struct pipe_run {
	const struct pipe_config *config;
	const struct pipe_plan *plan;
	struct pipe_process *processes;
	struct pipe_account *accounts;
	struct brood_job *volatile *jobs; /* of each node, NULL: none */
	void *jobs_memory;
	struct pipe_stage_view *views;
	int (*pipes)[2]; /* of each link; -1: closed */
	char *program;   /* our own, for relays; NULL: not needed */
	struct brood_set *set;
	struct brood_context *context;
	struct brood_signals signals; /* as we have found them */
	struct brood_signals relay_signals;
	struct terminal terminal;
	bool shares_group;
	bool has_adopted; /* see sweep.h */
	size_t n_running; /* jobs */
	bool *is_over;    /* of each node: nothing comes any more: no job, no attempt */
	bool *is_doomed;  /* of each node: stopped since another one has failed, or soon */
	int64_t stop_at;  /* when the doomed are stopped; 0: none is left to be */
	int64_t kill_at;
	bool has_failed_to_start;
	struct pipe_stats *stats;
	int64_t tick_at;
	int64_t limit_at; /* the limit of all; INT64_MAX: none */
};

/* Opens and looks up all that can fail before anything runs. Returns 0, or the exit code after
   having said what is wrong; the account of the stage concerned says so too. */
int pipe_prepare(struct pipe_run *run);

/* Starts all nodes; of half a pipeline nobody has anything, so if one cannot start, those that have
   are killed. */
void pipe_start_all(struct pipe_run *run);

/* Starts a node that has failed. Returns 0, or -1 after having said what is wrong. */
int pipe_start_again(struct pipe_run *run, size_t node);

/* The parts of that: starts a node, from any thread, several nodes at once; then, in the first
   thread, takes it among those that run, or says why there is none and returns -1. */
void pipe_launch(struct pipe_run *run, size_t node);
int pipe_take(struct pipe_run *run, size_t node);

/* Closes what a node had of the pipes, so that its neighbours see its end. */
void pipe_let_go(struct pipe_run *run, size_t node);

/* Until all have ended. */
void pipe_loop(struct pipe_run *run);

/* One that is needed no more. */
void pipe_run_done(struct pipe_run *run);
