/* SPDX-License-Identifier: MIT */
#pragma once

#include "filter/match.h"
#include "filter/match_tree.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Patterns as a machine that is in many states at once: slower than PCRE2, but it takes the same
 * time for each byte whatever the pattern, and it finds the longest match. For long lines, for
 * patterns that explode, and for the ends of matches.
 */

struct nfa;

enum nfa_edges { NFA_ANYWHERE, NFA_WORDS, NFA_LINES };

struct nfa *nfa_new(bool utf8, enum nfa_edges edges);
void nfa_free(struct nfa *nfa);

/* Adds a tree, which must outlive the machine. Returns whether it is one for this machine: neither
   too large, nor with back-references or with broken UTF-8. */
bool nfa_add(struct nfa *nfa, const struct tree *tree);

/* Whether some match begins at from or behind it. */
bool nfa_matches(struct nfa *nfa, const char *line, size_t length, size_t from);

/* The longest of the leftmost matches that are not empty; here: it begins at from. */
bool nfa_longest(struct nfa *nfa, const char *line, size_t length, size_t from, bool here,
	struct match_range *ret_range);
