/* SPDX-License-Identifier: MIT */
#pragma once

#include "sh/ast.h"
#include "sh/fields.h"
#include "sh/pattern.h"

#include <stddef.h>

/*
 * What words become: tilde, parameter, command and arithmetic expansion, field splitting, pathname
 * expansion, quote removal (XCU 2.6). All results lie in sh->scratch (or in the tree), until the
 * caller releases it to a mark of its own. All return 0; or -1 after having said what is wrong:
 * then sh->status is set and the caller returns shell_abort(sh).
 */
struct shell;
struct symbol;

/* Words as fields: everything. */
int expand_words(struct shell *sh, struct word *const *words, size_t n, struct fields *fields);

/* One word as exactly one string, ending with a NUL: no splitting, no pathnames (assignments, case
   words, here-documents, targets of redirections). "$@" and $@ are joined as "$*" is. */
int expand_string(
	struct shell *sh, const struct word *word, const char **ret_text, size_t *ret_length);

/* Who takes a long string part by part. */
struct taker {
	/* Returns 0; -1: no more is wanted. */
	int (*take)(struct taker *taker, const char *bytes, size_t n);
};

/* The body of a here-document as a string. Of a long one the taker may get what comes first, and
   the rest is returned. -1 also if the taker did not want it, with sh->status as it was. */
int expand_here(struct shell *sh, const struct word *word, struct taker *taker,
	const char **ret_text, size_t *ret_length);

/* One word as a pattern: quoted characters match themselves. */
int expand_pattern(struct shell *sh, const struct word *word, struct pattern *ret_pattern);

/* Sets a variable to what its assignment says: without a copy of the value where that is possible;
   a number stays a number; x=$x... is appended to x where it lies. */
int expand_assignment(struct shell *sh, const struct assignment *assignment, struct symbol *symbol);

/* The text of PS1, PS2 and PS4, expanded as in double quotes; of PS1 (is_primary) ! becomes the
   number of the command, and !! a !. Never fails: what cannot be expanded stays as it is.
   sh->status stays as it is. */
const char *expand_prompt(struct shell *sh, const char *text, bool is_primary);

/* Parses text as in double quotes and expands it: for ENV and what else is a word at run time only.
 */
int expand_text(struct shell *sh, const char *text, const char **ret_text, size_t *ret_length);

/* ---- the parts of it that others use ---- */

/* Where ~name leads, "" for one's own; NULL: nowhere known. From /etc/passwd itself: the program is
   linked statically. */
const char *expand_tilde(struct shell *sh, const char *name, size_t length);
