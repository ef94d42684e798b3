/* SPDX-License-Identifier: MIT */
#pragma once

#include "sh/shell.h"

#include <signal.h>

/*
 * Signals and traps. Handlers set flags only; what they ask for is done between commands. The flags
 * are this module's, the only state outside of struct shell.
 */

/* Not 0: traps_run() has something to do. */
extern volatile sig_atomic_t traps_pending;

/* Remembers which signals were ignored when the shell began (they stay so if it is not
   interactive), and installs what an interactive one needs. */
void traps_begin(struct shell *sh);

/* Whether a signal has come that traps_run() will see to. */
bool traps_has_come(int number);

/* Does what is pending: actions of traps, which wait in a subshell without a process; in an
   interactive shell a SIGINT leads back to the prompt (ABORT). sh->status is kept for the action
   and restored after it. */
enum control traps_run(struct shell *sh);

/* The EXIT trap, once. Keeps sh->status unless its action says `exit n`. */
void traps_run_exit(struct shell *sh);

/* $? before the action that is being run, for `exit` and `return` without an operand; -1: none is,
   or this is a subshell of it. */
int traps_exit_status(const struct shell *sh);

/* Of a subshell: caught signals become default again, ignored ones stay; the old actions are still
   shown by `trap` alone until a new one is set. */
void traps_reset(struct shell *sh);

/* Whether any signal (or EXIT) has an action that is run; ignored ones do not count. */
bool traps_are_set(const struct shell *sh);
/* The same without EXIT. */
bool traps_signals_are_set(const struct shell *sh);

/* What a program must get: dispositions for brood_cmd.signals. is_async: without job control it
   ignores SIGINT and SIGQUIT. Returns NULL if nothing has to be said. */
const struct brood_signals *traps_for_child(struct shell *sh, bool is_async);
/* Of a child that runs on as a subshell: a signal that its parent made it ignore. */
void traps_ignore(struct shell *sh, int number);

/* At a prompt: waits until fd can be read, and returns 0; or until a signal has come that is to be
   seen to first, and returns it: one with a trap, SIGINT, and with tells_children SIGCHLD.
   is_continued: traps other than SIGINT's wait for the end of the command. */
int traps_wait_readable(struct shell *sh, int fd, bool is_continued, bool tells_children);

/* Waits for a SIGCHLD that came since traps_children() was called last, or for a trap or an
   interrupt that is due. Returns the number of the signal that is to be acted on, 0: SIGCHLD
   alone. */
int traps_wait(struct shell *sh, bool is_interruptible);

/* Whether a SIGCHLD came since the last call. From the first call on they are watched for. */
bool traps_children(struct shell *sh);

/* `set -m` and `set +m` change what an interactive shell ignores. */
void traps_look_again(struct shell *sh);

/* ---- for the built-in trap ---- */

#define TRAPS_SIGNALS 65 /* 0 is EXIT */

/* action NULL: default; "": ignored; it stands at place. Without effect, and no error, for KILL and
   STOP, and for what was ignored when the shell began. Returns 0; -errno: the kernel refuses. */
int traps_set(struct shell *sh, int number, const char *action, struct place place);
/* What `trap` shows; NULL: default. */
const char *traps_get(const struct shell *sh, int number);
/* A condition's number by its name or number; -1: it is none. */
int traps_number(const char *name);
const char *traps_name(int number);
void traps_free(struct shell *sh);
