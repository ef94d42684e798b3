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
	EMIT_RAW,   /* PCRE2 on bytes that are UTF-8 or broken, for a tree with TREE_BYTE */
	EMIT_SCAN   /* Hyperscan on bytes: may match more than the tree does, never less */
};

/* One character of UTF-8 in bytes. */
#define EMIT_RAW_CHARACTER                                                            \
	"(?:[\\x00-\\x7f]|[\\xc2-\\xdf][\\x80-\\xbf]|\\xe0[\\xa0-\\xbf][\\x80-\\xbf]" \
	"|[\\xe1-\\xec\\xee\\xef][\\x80-\\xbf]{2}|\\xed[\\x80-\\x9f][\\x80-\\xbf]"    \
	"|\\xf0[\\x90-\\xbf][\\x80-\\xbf]{2}|[\\xf1-\\xf3][\\x80-\\xbf]{3}"           \
	"|\\xf4[\\x80-\\x8f][\\x80-\\xbf]{2})"

struct emit_more {
	bool always; /* it may match where the tree does not */
	bool wide;   /* only in lines that have bytes above 0x7f */
};

/* Adds the tree. more is only added to, and only for EMIT_SCAN; else it may be NULL. */
void tree_emit(
	const struct tree *tree, enum emit_for engine, struct text *text, struct emit_more *more);

/* The same for EMIT_SCAN, without what makes matches longer at their ends but decides nothing. */
void tree_emit_core(const struct tree *tree, struct text *text, struct emit_more *more);

/* Whether EMIT_RAW can do it: no classes, no ranges and no other case above ASCII. */
bool tree_can_be_raw(const struct tree *tree);

/* Adds a class of the characters that make words. */
void tree_emit_word(bool utf8, struct text *text);

/* Adds one set; the inside of tree_emit. */
void tree_emit_set(const struct tree *tree, const struct tree_set *set, enum emit_for engine,
	struct text *text, struct emit_more *more);

/* Adds one character; the inside of tree_emit. */
void tree_emit_char(const struct tree *tree, uint32_t c, enum emit_for engine, struct text *text,
	struct emit_more *more);
