/* SPDX-License-Identifier: MIT */
/* Which strings a pattern cannot do without. */
#include "filter/match_cover.h"

#include "common/memory.h"

#include <stdlib.h>
#include <string.h>

/* As many strings as are made by joining alternatives, and no longer. */
#define MOST_JOINED 16

/* What is known of a node: its matches are exactly these strings, or every match has one of them.
 */
struct known {
	bool exact;
	struct cover cover;
};

static void know(const struct tree *tree, uint32_t index, struct known *known);

static bool is_letter(uint32_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Letters of which more than the two cases are equal. */
static bool has_more_cases(const struct tree *tree, uint32_t c)
{
	return tree->utf8 && ((c | 0x20) == 's' || (c | 0x20) == 'i' || c >= 0x80);
}

static void know_nothing(struct known *known)
{
	known->exact = false;
	known->cover.n = 0;
}

static void know_empty(struct known *known)
{
	known->exact = true;
	known->cover.n = 1;
	known->cover.strings[0] = (struct cover_string){ 0 };
}

static void know_char(const struct tree *tree, uint32_t c, struct known *known)
{
	struct cover_string *string = known->cover.strings;

	if ((tree->ignore_case && has_more_cases(tree, c)) || (tree->nul_lines && c == 0)) {
		know_nothing(known);
		return;
	}
	know_empty(known);
	if (tree->utf8) {
		string->length = (unsigned char)tree_encode(c, string->bytes);
	} else {
		string->length = 1;
		string->bytes[0] = (unsigned char)c;
	}
	if (tree->ignore_case && is_letter(c)) {
		string->bytes[0] |= 0x20;
		string->any_case = 1;
	}
}

/* A few characters of ASCII. */
static void know_set(const struct tree *tree, const struct tree_set *set, struct known *known)
{
	uint32_t line_end = tree->nul_lines ? '\0' : '\n';

	know_nothing(known);
	if (set->negated || set->n_ranges > 0 || set->classes != 0 || tree->ignore_case)
		return;
	for (uint32_t c = 0; c < 0x100; c++) {
		if (!tree_set_has(set, c) || c == line_end)
			continue;
		if (known->cover.n == 4) {
			know_nothing(known);
			return;
		}
		known->cover.strings[known->cover.n] = (struct cover_string){ .length = 1 };
		known->cover.strings[known->cover.n++].bytes[0] = (unsigned char)c;
	}
	known->exact = known->cover.n > 0;
}

static unsigned int shortest(const struct cover *cover)
{
	unsigned int length = COVER_LONGEST;

	for (size_t i = 0; i < cover->n; i++)
		if (cover->strings[i].length < length)
			length = cover->strings[i].length;
	return cover->n ? length : 0;
}

/* How good it is to look for: long strings, then few. */
static long worth(const struct cover *cover)
{
	unsigned int length = shortest(cover);

	return length == 0 ? 0 : 16L * (length < 8 ? length : 8) - (long)cover->n;
}

static void keep_better(struct cover *best, const struct cover *other)
{
	if (worth(other) > worth(best))
		*best = *other;
}

/* Puts every string of b behind every one of a. Returns whether there was room. */
static bool join(struct cover *a, const struct cover *b)
{
	struct cover joined;

	joined.n = 0;
	if (a->n * b->n > MOST_JOINED && a->n > 1 && b->n > 1)
		return false;
	for (size_t i = 0; i < a->n; i++)
		for (size_t j = 0; j < b->n; j++) {
			const struct cover_string *head = &a->strings[i], *tail = &b->strings[j];
			if (head->length + tail->length > COVER_LONGEST || joined.n == COVER_MOST)
				return false;
			struct cover_string *string = &joined.strings[joined.n++];
			*string = *head;
			memcpy(string->bytes + head->length, tail->bytes, tail->length);
			string->any_case |= tail->any_case << head->length;
			string->length = (unsigned char)(head->length + tail->length);
		}
	memcpy(a->strings, joined.strings, joined.n * sizeof *joined.strings);
	a->n = joined.n;
	return true;
}

/* The exact strings grow along the sequence as far as they can; the best stretch is the cover. */
static void know_concat(const struct tree *tree, uint32_t first, struct known *known)
{
	struct known *child = memory_get(2 * sizeof *child), *here = child + 1;
	struct cover *best = &known->cover;
	bool exact = true;

	best->n = 0;
	know_empty(here);
	for (uint32_t i = first; i; i = tree->nodes[i].next) {
		know(tree, i, child);
		if (child->exact && join(&here->cover, &child->cover))
			continue;
		exact = false;
		keep_better(best, &here->cover);
		if (child->exact) {
			here->cover = child->cover;
			continue;
		}
		keep_better(best, &child->cover);
		know_empty(here);
	}
	if (exact)
		*best = here->cover;
	else
		keep_better(best, &here->cover);
	known->exact = exact;
	free(child);
}

static void know_alternatives(const struct tree *tree, uint32_t first, struct known *known)
{
	struct known *child = memory_get(sizeof *child);
	bool exact = true;

	known->cover.n = 0;
	for (uint32_t i = first; i; i = tree->nodes[i].next) {
		know(tree, i, child);
		if (child->cover.n == 0 || child->cover.n + known->cover.n > COVER_MOST) {
			known->cover.n = 0;
			exact = false;
			break;
		}
		exact = exact && child->exact;
		memcpy(known->cover.strings + known->cover.n, child->cover.strings,
			child->cover.n * sizeof *child->cover.strings);
		known->cover.n += child->cover.n;
	}
	known->exact = exact;
	free(child);
}

static void know_repeat(const struct tree *tree, const struct tree_node *node, struct known *known)
{
	if (node->min == 0) {
		know_nothing(known);
		return;
	}
	know(tree, node->child, known);
	known->exact = known->exact && node->max == 1;
}

static void know(const struct tree *tree, uint32_t index, struct known *known)
{
	const struct tree_node *node = &tree->nodes[index];

	switch (node->kind) {
	case TREE_EMPTY:
		know_empty(known);
		break;
	case TREE_CHAR:
		know_char(tree, node->value, known);
		break;
	case TREE_SET:
		know_set(tree, &tree->sets[node->value], known);
		break;
	case TREE_GROUP:
		know(tree, node->child, known);
		break;
	case TREE_CONCAT:
		know_concat(tree, node->child, known);
		break;
	case TREE_ALT:
		know_alternatives(tree, node->child, known);
		break;
	case TREE_REPEAT:
		know_repeat(tree, node, known);
		break;
	case TREE_BYTE:
		know_empty(known);
		known->cover.strings[0].length = 1;
		known->cover.strings[0].bytes[0] = (unsigned char)node->value;
		break;
	case TREE_ANY:
	case TREE_ASSERT:
	case TREE_BACK:
		know_nothing(known);
		break;
	}
}

void cover_find(const struct tree *tree, struct cover *cover)
{
	struct known *known = memory_get(sizeof *known);

	know(tree, tree->root, known);
	*cover = known->cover;
	cover->exact = known->exact && !tree->has_back;
	if (shortest(cover) == 0)
		*cover = (struct cover){ 0 };
	free(known);
}

/* asserted: also where something around it must hold. */
static bool can_be_empty(const struct tree *tree, uint32_t index, bool asserted)
{
	const struct tree_node *node = &tree->nodes[index];
	bool possible;

	switch (node->kind) {
	case TREE_EMPTY:
		return true;
	case TREE_GROUP:
		return can_be_empty(tree, node->child, asserted);
	case TREE_REPEAT:
		return node->min == 0 || can_be_empty(tree, node->child, asserted);
	case TREE_ALT:
		possible = false;
		for (uint32_t i = node->child; i && !possible; i = tree->nodes[i].next)
			possible = can_be_empty(tree, i, asserted);
		return possible;
	case TREE_CONCAT:
		possible = true;
		for (uint32_t i = node->child; i && possible; i = tree->nodes[i].next)
			possible = can_be_empty(tree, i, asserted);
		return possible;
	case TREE_CHAR:
	case TREE_BYTE:
	case TREE_SET:
	case TREE_ANY:
		return false;
	case TREE_ASSERT:
	case TREE_BACK:
		return asserted;
	}
	return false;
}

bool cover_is_everywhere(const struct tree *tree)
{
	return can_be_empty(tree, tree->root, false);
}

bool cover_is_empty_somewhere(const struct tree *tree)
{
	return can_be_empty(tree, tree->root, true);
}
