/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/text.h"
#include "filter/match_tree.h"

#include <stdbool.h>

/*
 * Writes a tree in the syntax of an engine. What is written never matches a newline, so that it can
 * be let loose on many lines at once, with ^ and $ at the edges of lines.
 */

enum emit_for {
	EMIT_BYTES, /* PCRE2, bytes are characters; right for UTF-8 where the data is ASCII */
	EMIT_UTF8,  /* PCRE2_UTF */
	EMIT_SCAN   /* Hyperscan on bytes: may match more than the tree does, never less */
};

struct emit_more {
	bool always; /* it may match where the tree does not */
	bool wide;   /* only in lines that have bytes above 0x7f */
};

/* Adds the tree. more is only added to, and only for EMIT_SCAN; else it may be NULL. */
void tree_emit(
	const struct tree *tree, enum emit_for engine, struct text *text, struct emit_more *more);

/* The same for EMIT_SCAN, without what makes matches longer at their ends but decides nothing. */
void tree_emit_core(const struct tree *tree, struct text *text, struct emit_more *more);

/* Adds a class of the characters that make words. */
void tree_emit_word(bool utf8, struct text *text);

/* Adds one set; the inside of tree_emit. */
void tree_emit_set(const struct tree *tree, const struct tree_set *set, enum emit_for engine,
	struct text *text, struct emit_more *more);

/* Adds one character; the inside of tree_emit. */
void tree_emit_char(const struct tree *tree, uint32_t c, enum emit_for engine, struct text *text,
	struct emit_more *more);
