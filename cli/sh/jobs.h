/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/text.h"
#include "sh/shell.h"

#include <brood/brood.h>
#include <termios.h>

/*
 * Jobs: what was started and is not over, or not told of yet. Each process is a brood_job of its
 * own; those of a pipeline make one of the shell's jobs, and with `set -m` one process group.
 */

/* ---- starting (jobs_launch.c) ---- */

/* One process of a job. */
struct stage {
	struct brood_job *process; /* NULL: it has ended, or never began */
	pid_t pid;                 /* 0: it never began */
	int status;                /* its exit status when it has ended, or of being stopped */
	int signal;                /* what killed or stopped it; 0: nothing */
	bool is_stopped;
	bool has_core;
};

/* A pipeline that is being started. */
struct launch {
	const struct node *node; /* for its text */
	bool is_async;
	pid_t group;          /* with `set -m`: of its first process */
	struct stage *stages; /* in scratch memory */
	size_t n, size;
};

void launch_begin(struct shell *sh, struct launch *launch, const struct node *node, bool is_async);

/*
 * Starts one process of it: a program (cmd.path and argv), or a function of ours (a subshell).
 * Fills in signals, groups and environment (unless cmd.env is set). Flushes our output and settles
 * the inputs first. Returns 0; or the exit status 126 or 127 after having said what is wrong, which
 * becomes the status of this stage.
 */
int launch_start(struct shell *sh, struct launch *launch, struct brood_cmd *cmd);

/* A stage that has no process: its status. */
void launch_add(struct shell *sh, struct launch *launch, int status);

/*
 * The end of starting. In the foreground: waits for all of it, sets sh->status (pipefail and the
 * last one's rule included, 128 + n for a signal), keeps the terminal right, says what a signal
 * did, keeps a stopped job as a job. In the background: makes a job of it, sets $!, tells "[1] pid"
 * in an interactive shell.
 */
enum control launch_end(struct shell *sh, struct launch *launch);

/* One program in the foreground: begin, start, end in one, and quicker. */
enum control launch_program(struct shell *sh, const struct node *node, struct brood_cmd *cmd);

/* A function in a child in the foreground whose output is collected: for $( ). Sets sh->status.
   Returns 0; -1 after having said why it could not be made. */
int launch_collect(struct shell *sh, int (*function)(void *data), void *data, struct text *output);

/* ---- the table (jobs.c) ---- */

enum job_state { JOB_RUNNING, JOB_STOPPED, JOB_DONE };

struct sh_job {
	unsigned number;
	uint64_t rank; /* the higher, the more it is the current one */
	pid_t group;   /* its own; 0: it shares ours */
	enum job_state state;
	bool is_changed; /* not told of yet */
	bool is_told;    /* its end was: it is no job any more, but `wait` knows its status */
	bool is_foreign; /* our parent's: a subshell only shows it */
	bool is_awaited; /* `fg` waits for it */
	char *text;
	size_t n;
	struct stage stages[];
};

struct jobs {
	struct sh_job **items; /* by their numbers */
	size_t n, size;
	uint64_t last_rank;
	int terminal;      /* /dev/tty; -1: there is none */
	bool has_person;   /* who types commands at it */
	bool has_groups;   /* `set -m` was said in this process */
	pid_t group;       /* the shell's own */
	pid_t first_group; /* and what it was before `set -m` */
	bool has_modes;
	struct termios modes; /* of the terminal, as the shell wants them */
	/* When it was said that there are stopped jobs: sh->n_typed then, plus 1; 0: never. */
	uint64_t warned;
	bool is_due; /* somebody else has seen a SIGCHLD: all have to be looked at */
};

struct jobs *jobs_of(struct shell *sh);
/* Whether jobs get groups of their own here: in a subshell only if it has said so itself. */
bool jobs_have_groups(const struct shell *sh);

/* Forgets all: of a forked child, whose jobs are its parent's. */
void jobs_forget(struct shell *sh);
void jobs_free(struct shell *sh);

/* Makes one of the stages of a launch. */
struct sh_job *jobs_add(struct shell *sh, const struct launch *launch);
void jobs_remove(struct shell *sh, struct sh_job *job);

/* Looks who has ended or was stopped, without waiting. */
void jobs_poll(struct shell *sh);
/* The same for some stages; returns the state of all of them. */
enum job_state stages_look(struct stage *stages, size_t n);
/* What `$?` is after them: of the last one, or with pipefail of the last that failed. */
int stages_status(const struct shell *sh, const struct stage *stages, size_t n);
/* Whether SIGINT ended one of them. */
bool stages_were_interrupted(const struct stage *stages, size_t n);
/* Waits until they have ended or, with groups, were stopped. */
enum job_state stages_wait(struct shell *sh, struct stage *stages, size_t n);

/* The current one and the one before it; NULL: there is none. */
struct sh_job *jobs_current(struct shell *sh);
struct sh_job *jobs_previous(struct shell *sh);
/* %1, %%, %+, %-, %name, %?name. NULL after having said that there is none, or several. */
struct sh_job *jobs_find(struct shell *sh, const char *id);
struct sh_job *jobs_of_pid(struct shell *sh, pid_t pid);

/* ---- the terminal and people (jobs_terminal.c) ---- */

/* set -m and set +m. Returns 0; -1: said why not. */
int jobs_set_monitor(struct shell *sh, bool is_on);
/* Puts a group into the foreground; 0: the shell's own, with its modes if has_modes. */
void jobs_give_terminal(struct shell *sh, pid_t group, bool has_modes);
/* What an interactive shell says of what a signal did in the foreground, and does after a Ctrl-C.
 */
enum control jobs_tell_signal(
	struct shell *sh, const struct stage *last, bool had_group, bool was_interrupted);
/* That a job of the foreground was stopped, behind the ^Z. */
void jobs_tell_stop(struct shell *sh, struct sh_job *job);
/* Puts a job into the foreground and continues it; sets sh->status. */
enum control jobs_foreground(struct shell *sh, struct sh_job *job);
/* Adds its line as `jobs` shows it. */
void jobs_tell(struct shell *sh, const struct sh_job *job, bool has_pids, struct text *text);
/* What a signal is called in words, or else its name. */
const char *jobs_signal_text(int signal);
/* Tells an interactive shell's user what has become of jobs, before a prompt; is_behind: behind
   one, on a new line. Returns whether there was anything. */
bool jobs_notify(struct shell *sh, bool is_behind);
/* Whether an interactive shell is to stay, since there are stopped jobs: once, and again after
   another command. It has to be said then. */
bool jobs_hold_back(struct shell *sh, bool is_end_of_input);
