/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A job while it lives: what all of it shares, and its stages. Plain steps on it, each in the file
 * of its name: check (is the description one we can run), streams (open what the children get),
 * start, turn (do what is due, wait for one round of events), wait, events (what is told to
 * somebody who goes from event to event), watcher (an epoll instance in the place of poll), set,
 * control (signal, stop, free), terminal (foreground, stops), pipes (those that the caller drives).
 */

#include "base/heap.h"
#include "guard/cgroup.h"
#include "guard/client.h"
#include "guard/walk.h"
#include "job/check_attributes.h"
#include "job/context.h"
#include "job/verdict.h"
#include "process/process.h"
#include "process/stopping.h"
#include "pump/chunks.h"
#include "pump/stream.h"
#include "spawn/launch.h"
#include <brood/job.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>

/* The most entries of brood_options.stop. */
#define BROOD__STOP_STEPS 16

#define BROOD__VERDICT_FLAGS (BROOD_VERDICT_LAST | BROOD_VERDICT_RIGHTMOST | BROOD_VERDICT_STRICT)

/* What a stage may have to be watched for: a descriptor each. */
enum brood__slot {
	BROOD__SLOT_IN, /* and 1, 2: its streams */
	BROOD__SLOT_OUT,
	BROOD__SLOT_ERR,
	BROOD__SLOT_SOURCE,    /* the descriptor of the caller's source of input */
	BROOD__SLOT_GUARD,     /* its socket */
	BROOD__SLOT_GUARD_END, /* its pidfd: its end of the socket may be held by somebody else too
				*/
	BROOD__SLOT_END,       /* the pidfd of the stage */
	BROOD__SLOTS
};

/* What looks after the tree of one stage. */
struct brood__tree {
	bool guard_lost;  /* we do its work now */
	bool watches_end; /* the pidfd is looked at beside the guard */
	bool end_seen;    /* the pidfd says so; the guard has not yet */
	bool refused;     /* the stage may not be signalled, and nobody was told yet */
	bool done;        /* nothing of the tree is left, or nothing more can be done */
	bool killing;     /* KILL has been sent by us */
	bool is_held;     /* by HOLD, until all stages have ended */
	uint8_t looks;    /* at a guard that is behind */
	int guard_code;   /* why it is lost */
	int64_t due;      /* when that, or a guard, must have shown an effect */
	uint32_t killed;
	struct brood__guard guard;
	struct brood__walk walk;
	struct brood__cgroup cgroup; /* with CGROUP, for as long as the guard lives */
	brood_duration look_pause;   /* how long not to look at a tree that tells nothing */
};

/* One program of a job. */
struct brood__stage {
	struct brood__process process;
	struct brood__stream streams[3];
	struct brood_status status;
	struct brood__tree *tree; /* NULL: nothing looks after what it leaves behind */
	bool started;             /* process is there */
	bool ended;               /* status is final */
	bool is_held;             /* has ended, but its tracer keeps it from us */
	bool end_told;            /* by an event */
	uint8_t stop_news; /* BROOD_EVENT_STAGE_STOPPED or _CONTINUED, not told yet; 0: none */
	bool has_ok_codes;
	uint8_t watched[BROOD__SLOTS]; /* in an epoll: 0: not; else 1 + the events, EPOLLIN |
					  EPOLLOUT */
	uint64_t ok_codes[4];          /* a bit each */
	char label[48];
};

struct brood__watcher;
struct brood_set;

/* The room that one turn needs: descriptors of the caller, a wake-up, contexts, slots. Jobs of few
 * stages have it on the stack. */
#define BROOD__ROUND(n_stages) (4 + BROOD_CONTEXT_DEPTH + (n_stages)*BROOD__SLOTS)
#define BROOD__FEW_STAGES      2

struct brood__round_slot {
	uint32_t stage;
	uint32_t slot;
};

struct brood_job {
	pid_t owner; /* the process that started it */
	bool alone;  /* nobody but the thread that waits knows of it */
	size_t n_stages;
	size_t n_running; /* stages that have not ended */
	struct brood__stage *stages;
	struct pollfd *round_fds; /* with more than BROOD__FEW_STAGES */
	struct brood__round_slot *round_slots;
	pid_t group;          /* as brood_job_group() says */
	bool done;            /* brood_job_wait() has returned the result */
	bool done_told;       /* by an event */
	bool cannot_be_woken; /* no descriptor was left for wake_fd */
	bool dropping;        /* nobody reads the caller's output pipes any more */
	bool stop_reported;   /* brood_job_wait() is to return BROOD_ESTOPPED */
	uint32_t notes;       /* BROOD_NOTE_... */

	int tier;            /* BROOD_TREE_...: what looks after the trees; AUTO: nothing does */
	uint64_t tree_flags; /* BROOD_ORPHANS_..., BROOD_ADOPTED, BROOD_MEASURE_TREE, _REPORT_STOPS
			      */

	int64_t deadline;  /* instants of CLOCK_MONOTONIC, INT64_MAX: never */
	int64_t delay_due; /* when the pipes are closed, once all has ended */
	brood_duration timeout;
	brood_duration wait_delay;
	struct brood_context *context; /* a reference, or NULL */
	bool deadline_is_contexts;
	int stop_reason; /* BROOD__STOP_... */

	int pump_code; /* the first failure of a stream, and whose */
	int pump_fd;
	size_t pump_stage;
	struct brood__chunks *chunks; /* with BROOD_TAGGED */

	int terminal;           /* the controlling terminal, with FOREGROUND, or -1 */
	pid_t terminal_owner;   /* which group it goes back to */
	bool has_terminal;      /* it has not gone back yet */
	uint64_t verdict_flags; /* BROOD_VERDICT_... */

	_Atomic(struct brood__watcher *) watcher; /* of its set or of its own, or NULL */
	struct brood_set *set;
	void *user_data;   /* as given to brood_set_add() */
	bool owns_watcher; /* made by brood_job_pollfd() */
	bool has_stepped;  /* brood_job_step() was called */
	bool takes_events; /* brood_job_next() was called */
	bool is_ready;     /* in the watcher's list of those that have events */
	bool is_open;      /* its end was not told yet */
	bool contexts_are_watched;
	uint32_t last_round; /* of the watcher, in which it had its turn */
	int spare_wake_fd;   /* 1 + a wake_fd from before the watcher; 0: none */
	struct brood_job *next_ready, *previous_ready;
	struct brood_job *next_watched, *previous_watched;
	struct brood_job *next_stopped;
	struct brood__heap_item timer; /* among those of the watcher */

	atomic_bool stop_asked; /* by brood_job_stop(), any thread */
	atomic_int wake_fd;     /* an eventfd while somebody waits with a handle out, or -1 */
	atomic_bool busy;       /* somebody waits */

	struct brood__stop_state stop;
	char label[64];
	struct brood_stop steps[BROOD__STOP_STEPS];
};

/* Commands and options of full size, checked, with the defaults filled in. */
struct brood__stage_request {
	struct brood_cmd cmd;
	struct brood_signals signals;
	bool has_signals;
	struct brood__attributes attributes;
};

struct brood__request {
	struct brood_options options;
	size_t n;
	struct brood__stage_request *stages; /* memory of the caller, for n of them */
};

/* check.c: copies and checks. Returns 0 or what brood_start() documents. */
int brood__check(struct brood__request *request, const struct brood_cmd *cmds, size_t n,
	const struct brood_options *options, struct brood_error *error);

/* Whether one of its stages is a cmd.function. */
bool brood__request_has_function(const struct brood__request *request);

/* streams.c: what the child's 0, 1 and 2 become. */
struct brood__ends {
	struct brood__fd_want wants[3];
	uint32_t null_targets;
	int child_ends[3]; /* opened for the child alone, to be closed once it runs */
	bool has_tty;
	int tty_fd; /* with has_tty: which of 0, 1, 2 is the controlling terminal */
};
/* Opens those of all stages; ends has room for each. */
int brood__streams_open(struct brood_job *job, const struct brood__request *request,
	struct brood__ends *ends, struct brood_error *error);
void brood__ends_close(struct brood__ends *ends);

/* start.c */

/* Memory for a job of n stages, for free(3). */
struct brood_job *brood__job_new(size_t n);

/* Returns 0, BROOD_EMISUSE or -EINVAL. */
int brood__check_count(const struct brood_cmd *cmds, size_t n, struct brood_error *error);

/* Starts into memory of the caller: *job, and its stages at job->stages, n of them, n checked.
 * Returns as brood_start(); after a failure nothing is to be cleaned up, and job->label and
 * job->stages[].status.how say what was not started. alone: nobody else will know of it. */
int brood__job_begin(struct brood_job *job, const struct brood_cmd *cmds, size_t n,
	const struct brood_options *options, bool alone, struct brood_error *error);

static inline bool brood__job_has_ended(const struct brood_job *job)
{
	return job->n_running == 0;
}

/* turn.c */

/*
 * Does what is due by now, then waits for one round of events or until an instant. extra are
 * descriptors of the caller's interest (at most 3), with their revents filled. Returns 0; -ETIME:
 * the instant has come; -EINTR never; -EPERM: a stop step may not signal; other -errno of poll.
 */
int brood__job_turn(
	struct brood_job *job, int64_t until, struct pollfd *extra, unsigned int n_extra);

/* One turn that does not wait. Returns 0, -EPERM or an -errno of poll. */
int brood__job_turn_now(struct brood_job *job);

/* When the next turn is due even if nothing happens. */
int64_t brood__job_next_due(const struct brood_job *job, int64_t now);

/* What is to be watched. */
struct brood__watch {
	int fd; /* -1: nothing */
	short events;
};
/* What a slot of a stage is to be watched for now. */
struct brood__watch brood__job_watch(
	const struct brood_job *job, const struct brood__stage *stage, enum brood__slot slot);

/* The stage's own process has ended. */
void brood__job_note_end(struct brood_job *job, struct brood__stage *stage, int64_t now);

/* Begins to stop the job, unless that has begun. */
void brood__job_begin_stop(struct brood_job *job, int reason, int64_t now);

/* Notes the end of a child that the launcher has waited for. */
void brood__job_adopt_exit(
	struct brood_job *job, struct brood__stage *stage, const struct brood__child *child);

/* Whether nothing is left to wait for. Events that nobody has taken yet do not count. */
bool brood__job_is_over(const struct brood_job *job);

/* wait.c: writes the result of a job that is over, or, with the code of a failure, as far as it is
 * known. */
int brood__job_conclude(
	struct brood_job *job, int failure, struct brood_result *result, struct brood_error *error);

/* What brood__job_conclude() would say now of a job that is over; nothing is written but excused
 * statuses. ret_stage: the one that decides. */
int brood__job_verdict(struct brood_job *job, int *ret_cause, size_t *ret_stage);

/* Writes the result of a start that failed with code. job: whose stages that were, or NULL. */
void brood__result_not_started(
	struct brood_result *result, int code, const char *label, const struct brood_job *job);

/* Checks the size of a result of the caller. Returns 0, -E2BIG or BROOD_EMISUSE. */
int brood__result_check(const struct brood_result *result, struct brood_error *error);

/* Lets brood_job_stop() of other threads, and contexts, reach the one that waits. */
void brood__job_make_wakeable(struct brood_job *job);

/* The caller waits for the end and does nothing else: nobody will write or read by hand, or take
 * events. */
void brood__job_give_up_pipes(struct brood_job *job);

/* Claims the job for the calling thread. Returns 0, -EBUSY or BROOD_EMISUSE. */
int brood__job_enter(struct brood_job *job);
void brood__job_leave(struct brood_job *job);

/* events.c */

/* Whether there is an event that nobody has taken yet, DONE included. */
bool brood__job_has_event(const struct brood_job *job);

/* Takes the next one. Returns whether there was one. */
bool brood__job_take_event(struct brood_job *job, struct brood_event *event);

/* watcher.c: an epoll for one job, or for all those of a set. */

/* Removes a descriptor from the job's epoll before it is closed. Nothing happens if it is not
 * there. */
void brood__job_unwatch(struct brood_job *job, struct brood__stage *stage, enum brood__slot slot);

/* Takes the job out of its set or of its own watcher, whose descriptors are closed. */
void brood__job_leave_watcher(struct brood_job *job);

/* After anything was done to the job: the epoll, the heap and the ready list are made to fit. Does
 * nothing without a watcher. */
void brood__job_update_watcher(struct brood_job *job);

/* brood_job_stop() was called by any thread, also from a handler: notes that for the watcher, which
 * the caller wakes by wake_fd then. */
void brood__watcher_note_stop(struct brood_job *job);

/* tree.c: what a job does so that nothing of its trees survives it. */

/* Starts the child with what looks after its tree. Returns as brood__launch(). */
int brood__tree_launch(struct brood_job *job, struct brood__stage *stage,
	const struct brood__request *request, struct brood__start *start,
	struct brood__child *ret_child, struct brood__report *report);

static inline bool brood__tree_has_guard(const struct brood__stage *stage)
{
	return stage->tree && stage->tree->guard.socket >= 0 && !stage->tree->guard_lost;
}

/* Whether there is a stage that no guard looks after. */
static inline bool brood__tree_any_unguarded(const struct brood_job *job)
{
	for (size_t i = 0; i < job->n_stages; i++) {
		if (!brood__tree_has_guard(&job->stages[i]))
			return true;
	}
	return false;
}

/* Whether nothing of the tree is to be waited for. */
static inline bool brood__tree_is_over(const struct brood__stage *stage)
{
	return !stage->tree || stage->tree->done;
}

/* Whether we send the stop steps ourselves, to a tree that may outlive the stage. */
static inline bool brood__tree_is_ours(const struct brood__stage *stage)
{
	return stage->tree && !brood__tree_has_guard(stage) && !stage->tree->done;
}

/* The guard has something to say. */
void brood__tree_hear(struct brood_job *job, struct brood__stage *stage, int64_t now);

/* The guard has ended, whatever its socket says. */
void brood__tree_see_guard_end(struct brood_job *job, struct brood__stage *stage, int64_t now);

/* The pidfd of the stage says that it has ended. */
void brood__tree_see_end(struct brood__stage *stage, int64_t now);

/* All stages have ended: those that were held go on. */
void brood__tree_release_held(struct brood_job *job, int64_t now);

/* Does what is due. */
void brood__tree_turn(struct brood_job *job, struct brood__stage *stage, int64_t now);

/* When that is to be done again. */
int64_t brood__tree_next_due(
	const struct brood_job *job, const struct brood__stage *stage, int64_t now);

/* A stop step was sent to the stage and is to be sent to what only we can reach. */
void brood__tree_signal(struct brood_job *job, struct brood__stage *stage, int signal, int64_t now);

/* The stop begins: a guard is asked for it. */
void brood__tree_stop(struct brood_job *job, struct brood__stage *stage, int reason, int64_t now);

/* Frees what looked after a tree; the stage must not run any more, or nobody care. */
void brood__tree_done(struct brood_job *job, struct brood__stage *stage);

/* terminal.c */

/* The stage was stopped by that signal, or goes on (0). */
void brood__stage_note_stop(struct brood_job *job, struct brood__stage *stage, int signal);

/* Opens the controlling terminal and notes who has it. Returns 0 or -errno. */
int brood__terminal_open(struct brood_job *job);

/* Gives it back, if it has not been. */
void brood__terminal_give_back(struct brood_job *job);

/* control.c */

/* Sends a signal to all that the job consists of. Returns as brood_job_signal(). */
int brood__job_send(struct brood_job *job, int signal);

/* The same to the stages that no guard looks after. */
int brood__job_send_step(struct brood_job *job, int signal);

/* Kills what still runs; does not wait. */
void brood__job_kill(struct brood_job *job);

/* Waits until then at most for what was killed, lets the rest go, and releases what the job holds,
 * but not its memory. */
void brood__job_release_until(struct brood_job *job, int64_t until);

/* Both, within a tenth of a second. */
void brood__job_release(struct brood_job *job);
