/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/text.h"
#include "filter/match.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A pattern as a tree: what the POSIX syntaxes say, without their spelling. It is made once, by
 * tree_parse(), and then only read: match_emit writes it in the syntax of an engine, match_cover
 * finds strings that every match has in it.
 *
 * Nodes are indices into an array; 0 is no node.
 */

enum tree_kind {
	TREE_EMPTY = 1, /* matches the empty string */
	TREE_CHAR,      /* value: the code point, or the byte if characters are bytes */
	TREE_BYTE,      /* value: a byte that is no UTF-8 */
	TREE_SET,       /* value: index of the set */
	TREE_ANY,       /* any character */
	TREE_ASSERT,    /* value: enum tree_assert */
	TREE_GROUP,     /* value: its number */
	TREE_BACK,      /* value: number of the group that it repeats */
	TREE_CONCAT,
	TREE_ALT,
	TREE_REPEAT /* min to max times; max is TREE_ENDLESS: no bound */
};

enum tree_assert {
	TREE_LINE_START,
	TREE_LINE_END,
	TREE_WORD_START,
	TREE_WORD_END,
	TREE_WORD_EDGE,
	TREE_NO_WORD_EDGE
};

#define TREE_ENDLESS (-1)

/* POSIX's, in the order of the bits in tree_set.classes. */
enum tree_class {
	CLASS_ALNUM,
	CLASS_ALPHA,
	CLASS_BLANK,
	CLASS_CNTRL,
	CLASS_DIGIT,
	CLASS_GRAPH,
	CLASS_LOWER,
	CLASS_PRINT,
	CLASS_PUNCT,
	CLASS_SPACE,
	CLASS_UPPER,
	CLASS_XDIGIT,
	N_CLASSES
};

struct tree_range {
	uint32_t first;
	uint32_t last;
};

/* A bracket expression. What is below 0x80, and all bytes where characters are bytes, stands in
   bits, classes included; the rest in ranges and classes. */
struct tree_set {
	uint32_t bits[8];
	unsigned int classes;
	bool negated;
	size_t first_range;
	size_t n_ranges;
};

struct tree_node {
	enum tree_kind kind;
	uint32_t value;
	int32_t min;
	int32_t max;
	uint32_t child; /* the first one */
	uint32_t next;  /* its sibling */
};

struct tree {
	bool utf8;
	bool ignore_case;
	bool nul_lines;
	bool has_back; /* there is a TREE_BACK */
	bool has_byte; /* there is a TREE_BYTE */
	uint32_t root;
	uint32_t n_groups;
	struct tree_node *nodes;
	size_t n_nodes;
	size_t nodes_size;
	struct tree_set *sets;
	size_t n_sets;
	size_t sets_size;
	struct tree_range *ranges;
	size_t n_ranges;
	size_t ranges_size;
};

/* Reads one pattern, without newlines. Returns 0, or -EINVAL: *ret_column says where (bytes from 1)
   and why what. MATCH_PERL is none of its business. */
int tree_parse(struct tree *tree, const char *bytes, size_t length, enum match_syntax syntax,
	size_t *ret_column, struct text *why);

void tree_done(struct tree *tree);

uint32_t tree_add(struct tree *tree, enum tree_kind kind, uint32_t value);
uint32_t tree_add_repeat(struct tree *tree, uint32_t child, int32_t min, int32_t max);

/* Starts a set; the functions below add to the last one. */
uint32_t tree_add_set(struct tree *tree);
void tree_set_range(struct tree *tree, uint32_t first, uint32_t last);
void tree_set_class(struct tree *tree, enum tree_class class);
bool tree_set_has(const struct tree_set *set, uint32_t byte);

/* The class of that name, or N_CLASSES. */
enum tree_class tree_class_named(const char *name, size_t length);

/* Reads one character: its code point, and how many bytes it has; UINT32_MAX: no character, and the
   length is 1. */
uint32_t tree_decode(const struct tree *tree, const char *bytes, size_t length, size_t *ret_length);

/* Writes a code point as UTF-8; returns the length. */
size_t tree_encode(uint32_t c, unsigned char bytes[4]);

/* Reads a bracket expression whose [ is at *at, and adds a node; for match_parse. */
uint32_t tree_bracket(
	struct tree *tree, const char *bytes, size_t length, size_t *at, const char **ret_wrong);
