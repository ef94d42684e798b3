/* SPDX-License-Identifier: MIT */
#pragma once

#include "sh/shell.h"

#include <brood/cmd.h>
#include <brood/error.h>

/*
 * The tree is run. One file per kind: interp.c (lists, conditions), loops.c, run_input.c (inputs
 * and strings), simple.c with assign.c, path.c, external.c and xtrace.c, function.c, pipeline.c,
 * subshell.c, redirect.c.
 */

/* flags */
/* Nothing of this shell comes after it: an external command may replace the process instead of
   being started (unless a trap, a tidy-up or the like is still to be done). */
#define RUN_LAST 1u

/* Sets how deep commands within commands may go: to be called by the first function of the shell.
 */
void run_begin(struct shell *sh);
/* Whether there is no more stack to go on; that is said then, and the caller returns
   shell_abort(sh). */
bool run_is_too_deep(struct shell *sh, struct place place);

enum control run_node(struct shell *sh, const struct node *node, unsigned flags);

/* Runs all that the input gives, command by command; for the main loop, `.` of files. */
enum control run_input(struct shell *sh, struct input *input, unsigned flags);
/* Parses and runs the text of a source: eval, traps. */
enum control run_string(struct shell *sh, struct source *source, unsigned flags);
/* Parses and runs a part of the source that is being run, whose first character stands at place. */
enum control run_part(struct shell *sh, const char *text, size_t length, struct place place);

/* A condition: `set -e` does not count within. */
enum control run_tested(struct shell *sh, const struct node *node);

/* After each command whose failure counts: traps that are due, then what `set -e` says. control is
   what it led to so far. */
enum control run_errexit(struct shell *sh, enum control control);

/* Whether RUN_LAST may be made use of now. */
bool run_may_replace(const struct shell *sh, unsigned flags);

/* ---- loops.c ---- */

enum control run_for(struct shell *sh, const struct for_node *node);
enum control run_while(struct shell *sh, const struct while_node *node);
enum control run_case(struct shell *sh, const struct case_node *node, unsigned flags);

/* ---- simple.c ---- */

enum control run_simple(struct shell *sh, const struct simple_node *node, unsigned flags);

/* Runs a command of expanded words, as `command`, `exec`, and the like need it. */
#define COMMAND_NO_FUNCTIONS 1u /* a function of that name does not count */
#define COMMAND_PLAIN        2u /* a special built-in's errors do not end the shell */
#define COMMAND_DEFAULT_PATH 4u /* command -p */
enum control run_words(
	struct shell *sh, char **argv, size_t argc, unsigned command_flags, unsigned run_flags);

/* ---- path.c ---- */

/* Where PATH leads; the answer is remembered (`hash`). Returns 0 and sets *ret_path (valid until
   PATH changes), or the exit status: 127 it is nowhere, 126 it cannot be executed. Says nothing. */
int command_find(struct shell *sh, const char *name, unsigned command_flags, const char **ret_path);
/* The same along a search path of one's own; nothing is remembered, *ret_path is in scratch. */
int command_find_along(
	struct shell *sh, const char *search_path, const char *name, const char **ret_path);
/* Where `command -p` and the like look. */
#define COMMAND_STANDARD_PATH "/usr/bin:/bin:/usr/sbin:/sbin"
void command_forget(struct shell *sh); /* hash -r */

/* ---- external.c ---- */

/*
 * What to do when a program could not be started: returns 0 after having changed cmd (a file that
 * the kernel does not know how to run is for a shell of ours; a remembered path led nowhere), then
 * it is to be tried again; else the exit status 126 or 127, after having said what is wrong to
 * where the program's standard error leads.
 */
int command_recover(
	struct shell *sh, struct brood_cmd *cmd, int code, const struct brood_error *error);

/* Replaces the process; returns only the exit status of a failure, which it has said: 126, 127. */
int command_exec(struct shell *sh, const char *path, char **argv, char **environment);

/* ---- function.c ---- */

struct function {
	int references;
	struct program *program; /* holds the body */
	const struct function_node *node;
};

void function_define(struct shell *sh, const struct function_node *node);
/* Returns 0; -1: there is none. */
int function_unset(struct shell *sh, const char *name);
struct function *function_hold(struct function *function);
void function_drop(struct function *function);
/* set -h: finds the programs that a function's body names (function_look_up.c). */
void function_look_up(struct shell *sh, const struct node *node);
/* argv[0] is its name. argv must stay as it is until the call returns. */
enum control function_call(
	struct shell *sh, struct function *function, char **argv, size_t argc, unsigned flags);

/* ---- pipeline.c ---- */

enum control run_pipeline(struct shell *sh, const struct pipeline_node *node, unsigned flags);
/* left & : starts it, sets $!. */
enum control run_async(struct shell *sh, const struct node *node);

/* ---- xtrace.c ---- */

/* PS4 as it is before a command runs, in scratch; NULL without set -x. */
const char *trace_prompt(struct shell *sh);
/* Shows a command on fd; assignments as "NAME=value". prompt NULL: does nothing. */
struct traced {
	char *const *assignments;
	size_t n_assignments;
	char *const *argv;
	size_t argc;
};
void trace_command(const char *prompt, int fd, const struct traced *traced);
