/* SPDX-License-Identifier: MIT */
#pragma once

#include "filter/match_tree.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Strings of which every match of a pattern has at least one in it. They are found much faster than
 * the pattern is, and only lines that have one need a closer look.
 */

#define COVER_LONGEST 62
#define COVER_MOST    64

struct cover_string {
	unsigned char length;
	unsigned char bytes[COVER_LONGEST]; /* letters that any case matches: small */
	uint64_t any_case;                  /* bit i: byte i is such a letter */
};

struct cover {
	size_t n;   /* 0: there are none worth looking for */
	bool exact; /* a string found is a match found */
	struct cover_string strings[COVER_MOST];
};

void cover_find(const struct tree *tree, struct cover *cover);

/* Whether the pattern matches the empty string wherever it is, and so every line. */
bool cover_is_everywhere(const struct tree *tree);

/* Whether it can match the empty string at all. */
bool cover_is_empty_somewhere(const struct tree *tree);
