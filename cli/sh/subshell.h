/* SPDX-License-Identifier: MIT */
#pragma once

#include "sh/shell.h"

/*
 * Subshells, with and without a process.
 *
 * Without one (sh/undo.h) is what cannot turn out differently: nothing in it may touch what cannot
 * be undone. That is decided from the tree alone, before it runs: names of commands must be
 * literal, and stand for programs, functions that are themselves harmless, or harmless built-ins;
 * nothing asynchronous, no `exec`, `trap`, `ulimit`, `eval`, `.`. So the child never has to be made
 * half way.
 *
 * A signal with a trap is the shell's affair and not the subshell's, which may die of it. So while
 * there are such traps only what is quick is run here: a few built-ins, perhaps a program at the
 * end; no loops, no `read`, no files that may have to be waited for. Then the action can wait until
 * it is over, as if the signal had come that moment later.
 *
 * A command substitution without a process collects what built-ins write in memory, and what the
 * program at its end writes through a pipe. Programs elsewhere in it, and redirections that copy
 * descriptor 1, need a process.
 */
enum subshell_kind {
	SUBSHELL_UNKNOWN,
	SUBSHELL_PROCESS, /* must have a process */
	SUBSHELL_HERE,    /* can be run here and undone */
	SUBSHELL_QUICK    /* and signals can wait for it; only remembered, never returned */
};

/* Decides; remembers the answer in *cache, until functions change. NULL is harmless. is_collected:
   the body of a command substitution. */
enum subshell_kind subshell_kind(struct shell *sh, const struct node *node, bool is_collected,
	uint8_t *cache, uint32_t *cache_generation);

/* ( body ) */
enum control run_subshell(struct shell *sh, const struct group_node *node, unsigned flags);

/* Runs a part of the tree in a child that is there already: enters, runs, leaves; returns the exit
   code. ignores_interrupts: it is asynchronous, without job control. */
int subshell_run(struct shell *sh, const struct node *node, bool ignores_interrupts);

/* $( body ): its output without trailing newlines and NUL bytes, in scratch memory; sets sh->status
   and sh->substituted. Returns 0; -1 after having said why it could not be made. */
int substitute_command(struct shell *sh, struct command_substitution *substitution,
	const char **ret_text, size_t *ret_length);

/* What a forked child does first: traps reset, no jobs of its own, not interactive, ... */
void subshell_enter(struct shell *sh);
/* What it does last: EXIT trap, flush; returns the exit code. */
int subshell_leave(struct shell *sh, enum control control);

/* Adds all that comes through a pipe. */
void capture_read(struct shell *sh, int fd, struct text *text);
