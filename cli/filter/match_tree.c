/* SPDX-License-Identifier: MIT */
/* Nodes and sets of a pattern's tree, and the characters that it is made of. */
#include "filter/match_tree.h"

#include "common/memory.h"

#include <stdlib.h>
#include <string.h>

#define N_ASCII 0x80
#define N_BYTES 0x100

void tree_done(struct tree *tree)
{
	free(tree->nodes);
	free(tree->sets);
	free(tree->ranges);
	*tree = (struct tree){ 0 };
}

/* Room for one more of these things. */
static void *grown(void *things, size_t n, size_t *size, size_t thing)
{
	if (n < *size)
		return things;
	*size = *size ? 2 * *size : 16;
	return memory_resize(things, *size * thing);
}

uint32_t tree_add(struct tree *tree, enum tree_kind kind, uint32_t value)
{
	if (tree->n_nodes == 0)
		tree->n_nodes = 1;
	tree->nodes = grown(tree->nodes, tree->n_nodes, &tree->nodes_size, sizeof *tree->nodes);
	tree->nodes[tree->n_nodes] = (struct tree_node){ .kind = kind, .value = value };
	if (kind == TREE_BACK)
		tree->has_back = true;
	if (kind == TREE_BYTE)
		tree->has_byte = true;
	return (uint32_t)tree->n_nodes++;
}

uint32_t tree_add_repeat(struct tree *tree, uint32_t child, int32_t min, int32_t max)
{
	uint32_t node = tree_add(tree, TREE_REPEAT, 0);

	tree->nodes[node].min = min;
	tree->nodes[node].max = max;
	tree->nodes[node].child = child;
	return node;
}

uint32_t tree_add_set(struct tree *tree)
{
	tree->sets = grown(tree->sets, tree->n_sets, &tree->sets_size, sizeof *tree->sets);
	tree->sets[tree->n_sets] = (struct tree_set){ .first_range = tree->n_ranges };
	return tree_add(tree, TREE_SET, (uint32_t)tree->n_sets++);
}

static void set_bit(struct tree_set *set, uint32_t byte)
{
	set->bits[byte / 32] |= (uint32_t)1 << byte % 32;
}

bool tree_set_has(const struct tree_set *set, uint32_t byte)
{
	return set->bits[byte / 32] >> byte % 32 & 1;
}

void tree_set_range(struct tree *tree, uint32_t first, uint32_t last)
{
	struct tree_set *set = &tree->sets[tree->n_sets - 1];
	uint32_t narrow = tree->utf8 ? N_ASCII : N_BYTES;

	for (; first <= last && first < narrow; first++)
		set_bit(set, first);
	if (first > last)
		return;
	tree->ranges = grown(
		tree->ranges, tree->n_ranges, &tree->ranges_size, sizeof *tree->ranges);
	tree->ranges[tree->n_ranges++] = (struct tree_range){ first, last };
	set->n_ranges++;
}

static bool is_between(uint32_t c, uint32_t first, uint32_t last)
{
	return c >= first && c <= last;
}

/* The POSIX locale's classes: the same in ASCII in all of ours. */
static bool is_in_class(enum tree_class class, uint32_t c)
{
	bool upper = is_between(c, 'A', 'Z'), lower = is_between(c, 'a', 'z');
	bool digit = is_between(c, '0', '9'), graph = is_between(c, '!', '~');

	switch (class) {
	case CLASS_ALNUM:
		return upper || lower || digit;
	case CLASS_ALPHA:
		return upper || lower;
	case CLASS_BLANK:
		return c == ' ' || c == '\t';
	case CLASS_CNTRL:
		return c < ' ' || c == 0x7f;
	case CLASS_DIGIT:
		return digit;
	case CLASS_GRAPH:
		return graph;
	case CLASS_LOWER:
		return lower;
	case CLASS_PRINT:
		return graph || c == ' ';
	case CLASS_PUNCT:
		return graph && !upper && !lower && !digit;
	case CLASS_SPACE:
		return c == ' ' || is_between(c, '\t', '\r');
	case CLASS_UPPER:
		return upper;
	case CLASS_XDIGIT:
		return digit || is_between(c | 0x20, 'a', 'f');
	case N_CLASSES:
		break;
	}
	return false;
}

void tree_set_class(struct tree *tree, enum tree_class class)
{
	struct tree_set *set = &tree->sets[tree->n_sets - 1];

	for (uint32_t c = 0; c < N_ASCII; c++)
		if (is_in_class(class, c))
			set_bit(set, c);
	if (tree->utf8)
		set->classes |= 1U << class;
}

enum tree_class tree_class_named(const char *name, size_t length)
{
	static const char names[N_CLASSES][8] = { "alnum", "alpha", "blank", "cntrl", "digit",
		"graph", "lower", "print", "punct", "space", "upper", "xdigit" };
	int class = 0;

	while (class < N_CLASSES &&
		(strlen(names[class]) != length || memcmp(names[class], name, length) != 0))
		class ++;
	return (enum tree_class) class;
}

uint32_t tree_decode(const struct tree *tree, const char *bytes, size_t length, size_t *ret_length)
{
	unsigned char first = (unsigned char)bytes[0];
	size_t width = tree->utf8 ? text_character(bytes, length) : 1;

	*ret_length = width ? width : 1;
	if (width == 0)
		return UINT32_MAX;
	if (width == 1)
		return first;
	uint32_t c = first & (0x7fU >> width);
	for (size_t i = 1; i < width; i++)
		c = c << 6 | ((unsigned char)bytes[i] & 0x3f);
	return c;
}

size_t tree_encode(uint32_t c, unsigned char bytes[4])
{
	if (c < N_ASCII) {
		bytes[0] = (unsigned char)c;
		return 1;
	}
	size_t width = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	for (size_t i = width - 1; i > 0; i--, c >>= 6)
		bytes[i] = (unsigned char)(0x80 | (c & 0x3f));
	bytes[0] = (unsigned char)((0xf00U >> width & 0xff) | c);
	return width;
}
