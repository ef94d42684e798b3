/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * Subshells without a process. Between undo_begin() and undo_end() whatever changes the shell says
 * so first; undo_end() makes it what it was. What cannot be undone (signals, limits, `exec`) must
 * not happen in between: sh/subshell.h sees to that.
 */
struct shell;
struct symbol;

/* Begins a level; they nest. */
void undo_begin(struct shell *sh);
/* The number of the level that we are in, different for each; 0: in none. */
uint32_t undo_level(const struct shell *sh);
void undo_end(struct shell *sh);
/* Of a forked child: nothing is undone any more. */
void undo_forget(struct shell *sh);
/* Ends all levels and frees what is kept. */
void undo_free(struct shell *sh);

/* To be called before the change. Cheap: outside of a level, and the second time in one, they do
   nothing. */
void undo_save_variable(struct shell *sh, struct symbol *symbol);
void undo_save_function(struct shell *sh, struct symbol *symbol);
void undo_save_alias(struct shell *sh, struct symbol *symbol);
void undo_save_parameters(struct shell *sh); /* the positional ones */
void undo_save_options(struct shell *sh);    /* set -... */
void undo_save_directory(struct shell *sh);  /* with PWD's idea of it */
void undo_save_umask(struct shell *sh);
