/* SPDX-License-Identifier: MIT */
#pragma once

#include "sh/shell.h"

/* Variables that are set, or that have one of these attributes, by name; in scratch memory. */
struct symbol **variables_sorted(struct shell *sh, unsigned flags, size_t *ret_n);

/* Writes one as `set` does, or with words before it so that a shell can read it back. */
void variables_show(struct shell *sh, struct symbol *symbol, const char *before);
