/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A job while it lives. Plain steps on it, each in the file of its name: check (is the description
 * one we can run), streams (open what the child gets), start, turn (do what is due, wait for one
 * round of events), wait, control (signal, stop, free), pipes (those that the caller drives).
 */

#include "guard/cgroup.h"
#include "guard/client.h"
#include "guard/walk.h"
#include "job/check_attributes.h"
#include "job/verdict.h"
#include "process/process.h"
#include "process/stopping.h"
#include "pump/stream.h"
#include "spawn/launch.h"
#include <brood/job.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>

/* The most entries of brood_options.stop. */
#define BROOD__STOP_STEPS 16

struct brood_job {
	pid_t owner; /* the process that started it */
	struct brood__process process;
	pid_t group; /* as brood_job_group() says */
	struct brood__stream streams[3];
	struct brood_status status;
	bool ended;           /* status is there */
	bool done;            /* brood_job_wait() has returned the result */
	bool cannot_be_woken; /* no descriptor was left for wake_fd */
	bool is_held;         /* has ended, but its tracer keeps it from us */
	bool dropping;        /* nobody reads the caller's output pipes any more */
	uint32_t notes;       /* BROOD_NOTE_... */

	int tier;               /* BROOD_TREE_...: what looks after the tree; AUTO: nothing does */
	uint64_t tree_flags;    /* BROOD_ORPHANS_..., BROOD_ADOPTED */
	bool guard_lost;        /* we do its work now */
	bool watches_end;       /* the pidfd is looked at beside the guard */
	bool end_seen;          /* the pidfd says so; the guard has not yet */
	bool refused;           /* the job may not be signalled, and nobody was told yet */
	bool tree_done;         /* nothing of the tree is left, or nothing more can be done */
	bool tree_killing;      /* KILL has been sent by us */
	bool was_stopped;       /* by a signal, as far as the guard knows */
	bool stop_news;         /* and the caller is to hear of it */
	bool has_waited_longer; /* for a guard that was behind when we were too */
	int64_t tree_due;       /* when that, or a guard, must have shown an effect */
	uint32_t tree_killed;
	struct brood__guard guard;
	struct brood__walk walk;
	struct brood__cgroup cgroup; /* with CGROUP, for as long as the guard lives */
	brood_duration look_pause;   /* how long not to look at a tree that tells nothing */

	int64_t deadline;  /* instants of CLOCK_MONOTONIC, INT64_MAX: never */
	int64_t delay_due; /* when the pipes are closed, once it has ended */
	brood_duration timeout;
	brood_duration wait_delay;
	struct brood_stop steps[BROOD__STOP_STEPS];
	struct brood__stop_state stop;
	int stop_reason; /* BROOD__STOP_... */

	int pump_code; /* the first failure of a stream, and whose */
	int pump_fd;

	atomic_bool stop_asked; /* by brood_job_stop(), any thread */
	atomic_int wake_fd;     /* an eventfd while somebody waits with a handle out, or -1 */
	atomic_bool busy;       /* somebody waits */

	uint8_t ok_codes[256];
	size_t n_ok_codes;
	bool has_ok_codes;
	char label[64];
};

/* A command and options of full size, checked, with the defaults filled in. */
struct brood__request {
	struct brood_cmd cmd;
	struct brood_options options;
	struct brood_signals signals;
	bool has_signals;
	struct brood__attributes attributes;
};

/* check.c: copies and checks. Returns 0 or what brood_start() documents. */
int brood__check(struct brood__request *request, const struct brood_cmd *cmds, size_t n,
	const struct brood_options *options, struct brood_error *error);

/* streams.c: what the child's 0, 1 and 2 become. */
struct brood__ends {
	struct brood__fd_want wants[3];
	uint32_t null_targets;
	int child_ends[3]; /* opened for the child alone, to be closed once it runs */
};
int brood__streams_open(struct brood_job *job, const struct brood_cmd *cmd,
	struct brood__ends *ends, struct brood_error *error);
void brood__ends_close(struct brood__ends *ends);

/* start.c: starts into memory of the caller. Returns as brood_start(); the job is untouched by
 * failures but for its label and needs no clean-up then. alone: nobody else will know of it. */
int brood__job_begin(struct brood_job *job, const struct brood_cmd *cmds, size_t n,
	const struct brood_options *options, bool alone, struct brood_error *error);

/* turn.c */

/*
 * Does what is due by now, then waits for one round of events or until an instant. extra are
 * descriptors of the caller's interest (at most 3), with their revents filled. Returns 0; -ETIME:
 * the instant has come; -EINTR never; -EPERM: a stop step may not signal; other -errno of poll.
 */
int brood__job_turn(
	struct brood_job *job, int64_t until, struct pollfd *extra, unsigned int n_extra);

/* The job's own process has ended. */
void brood__job_note_end(struct brood_job *job, int64_t now);

/* Begins to stop the job, unless that has begun. */
void brood__job_begin_stop(struct brood_job *job, int reason, int64_t now);

/* Notes the end of a child that the launcher has waited for. */
void brood__job_adopt_exit(struct brood_job *job, const struct brood__child *child);

/* Whether nothing is left to wait for. */
bool brood__job_is_over(const struct brood_job *job);

/* wait.c: writes the result of a job that is over, or, with the code of a failure, as far as it is
 * known. */
int brood__job_conclude(
	struct brood_job *job, int failure, struct brood_result *result, struct brood_error *error);

/* Writes the result of a start that failed with code. */
void brood__result_not_started(struct brood_result *result, int code, const char *label);

/* Checks the size of a result of the caller. Returns 0, -E2BIG or BROOD_EMISUSE. */
int brood__result_check(const struct brood_result *result, struct brood_error *error);

/* Lets brood_job_stop() of other threads reach the one that waits. */
void brood__job_make_wakeable(struct brood_job *job);

/* The caller waits for the end and does nothing else: nobody will write or read by hand. */
void brood__job_give_up_pipes(struct brood_job *job);

/* Claims the job for the calling thread. Returns 0, -EBUSY or BROOD_EMISUSE. */
int brood__job_enter(struct brood_job *job);
void brood__job_leave(struct brood_job *job);

/* tree.c: what a job does so that nothing of its tree survives it. */

/* Starts the child with what looks after its tree. Returns as brood__launch(). */
int brood__tree_launch(struct brood_job *job, const struct brood__request *request,
	struct brood__start *start, struct brood__child *ret_child, struct brood__report *report);

static inline bool brood__tree_has_guard(const struct brood_job *job)
{
	return job->guard.socket >= 0 && !job->guard_lost;
}

/* Whether nothing of the tree is to be waited for. */
static inline bool brood__tree_is_over(const struct brood_job *job)
{
	return job->tier == BROOD_TREE_AUTO || job->tree_done;
}

/* Whether we send the stop steps ourselves, to a tree that may outlive the job. */
static inline bool brood__tree_is_ours(const struct brood_job *job)
{
	return job->tier != BROOD_TREE_AUTO && !brood__tree_has_guard(job) && !job->tree_done;
}

/* The guard has something to say. */
void brood__tree_hear(struct brood_job *job, int64_t now);

/* The guard has ended, whatever its socket says. */
void brood__tree_see_guard_end(struct brood_job *job, int64_t now);

/* The pidfd of the job says that it has ended. */
void brood__tree_see_end(struct brood_job *job, int64_t now);

/* Does what is due. */
void brood__tree_turn(struct brood_job *job, int64_t now);

/* When that is to be done again. */
int64_t brood__tree_next_due(const struct brood_job *job, int64_t now);

/* A stop step was sent to the job and is to be sent to what only we can reach. */
void brood__tree_signal(struct brood_job *job, int signal, int64_t now);

/* The stop begins: a guard is asked for it. */
void brood__tree_stop(struct brood_job *job, int reason, int64_t now);

/* control.c: ends what still runs and releases what the job holds, but not its memory. */
void brood__job_release(struct brood_job *job);
