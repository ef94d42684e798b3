/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/text.h"
#include "sh/ast.h"

/*
 * The tree as shell text again, so that parsing it gives the same tree: `brood sh --print`, `jobs`,
 * `type` and `command -V` of functions.
 */

/* Several lines, indented by tabs; here-documents at their places. */
void print_node(struct text *text, const struct node *node);
/* In one line, here-documents left out ("<<EOF..."), for `jobs`. */
void print_node_short(struct text *text, const struct node *node);
void print_word(struct text *text, const struct word *word);

/* A string quoted so that a shell reads it back, as `set`, `export -p`, `alias`, `trap` and xtrace
   write it: nothing if no quotes are needed, else in single quotes; a ' becomes '\''. */
void print_quoted(struct text *text, const char *string);
/* The same, in quotes always. */
void print_always_quoted(struct text *text, const char *string);
