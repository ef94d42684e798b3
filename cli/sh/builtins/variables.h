/* SPDX-License-Identifier: MIT */
#pragma once

#include "sh/shell.h"

/* Variables that are set, or that have one of these attributes, by name; in scratch memory. */
struct symbol **variables_sorted(struct shell *sh, unsigned flags, size_t *ret_n);

/* Writes one as `set` does, or with words before it so that a shell can read it back. */
void variables_show(struct shell *sh, struct symbol *symbol, const char *before);
/* For a change of a variable that a word of the built-in asks for: where to say that it is
   read-only; any place if it is not. */
struct place variable_place(const struct shell *sh, const struct symbol *symbol, const char *word);
