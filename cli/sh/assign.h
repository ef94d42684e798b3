/* SPDX-License-Identifier: MIT */
#pragma once

#include "sh/shell.h"

/* NAME=value, alone or in front of a command. All return 0, or -1 after having said what is wrong:
   then the caller returns shell_abort(sh). node may be NULL: there are none. */

/* For good: without a command, and with special built-ins. */
int assign_lasting(struct shell *sh, const struct simple_node *node);

/* For as long as a command runs in the shell. What is saved lies in sh->scratch. */
struct assigned {
	struct symbol **symbols;
	struct variable *saved;
	size_t n;
};
int assign_begin(struct shell *sh, const struct simple_node *node, bool is_exported,
	struct assigned *assigned);
/* To be called whatever assign_begin() returned. */
void assign_end(struct shell *sh, struct assigned *assigned);

/* As entries of a program's environment, in scratch; the shell's own variables stay as they are. */
int assign_entries(struct shell *sh, const struct simple_node *node, char ***ret_entries);

/* "NAME=value" of each as it is now, for set -x; in scratch. */
char **assign_texts(struct shell *sh, const struct simple_node *node);
