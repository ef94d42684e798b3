/* SPDX-License-Identifier: MIT */
/* Bracket expressions: [...] as POSIX and grep have it, in the order of code points. */
#include "filter/match_tree.h"

#include <string.h>

/* What a member may be besides a character. */
#define MEMBER_CLASS (UINT32_MAX - 1)
#define MEMBER_WRONG (UINT32_MAX - 2)

static const char unmatched[] = "[ without its ]";

struct bracket {
	struct tree *tree;
	const char *bytes;
	size_t length;
	size_t at;
	const char *wrong;
	bool equivalence; /* the last member was [=c=] */
	bool only_chars;  /* no ranges and no classes so far */
	bool other;       /* something but colons */
};

static uint32_t wrong(struct bracket *b, const char *what)
{
	b->wrong = what;
	return MEMBER_WRONG;
}

static bool has(const struct bracket *b, size_t at, char c)
{
	return at < b->length && b->bytes[at] == c;
}

static uint32_t take_class(struct bracket *b, const char *name, size_t length)
{
	enum tree_class class = tree_class_named(name, length);

	if (class == N_CLASSES)
		return wrong(b, "there is no such character class");
	if (b->tree->ignore_case && (class == CLASS_UPPER || class == CLASS_LOWER)) {
		tree_set_class(b->tree, CLASS_UPPER);
		class = CLASS_LOWER;
	}
	tree_set_class(b->tree, class);
	return MEMBER_CLASS;
}

/* [:class:], [=c=] or [.c.], whose first two bytes stand at b->at. */
static uint32_t take_named(struct bracket *b)
{
	char mark = b->bytes[b->at + 1];
	size_t start = b->at + 2, end = start, width;

	while (end + 1 < b->length && !(b->bytes[end] == mark && b->bytes[end + 1] == ']'))
		end++;
	if (end + 1 >= b->length)
		return wrong(b, unmatched);
	b->at = end + 2;
	b->equivalence = mark == '=';
	b->only_chars = false;
	if (mark == ':')
		return take_class(b, b->bytes + start, end - start);
	if (end == start)
		return wrong(b, "an empty collating element");
	uint32_t c = tree_decode(b->tree, b->bytes + start, end - start, &width);
	if (c == UINT32_MAX || width != end - start)
		return wrong(b, "there is no such collating element");
	return c;
}

static uint32_t take_member(struct bracket *b)
{
	size_t width;

	b->equivalence = false;
	if (b->bytes[b->at] == '[' &&
		(has(b, b->at + 1, ':') || has(b, b->at + 1, '=') || has(b, b->at + 1, '.')))
		return take_named(b);
	uint32_t c = tree_decode(b->tree, b->bytes + b->at, b->length - b->at, &width);
	b->at += width;
	b->other = b->other || c != ':';
	return c == UINT32_MAX ? wrong(b, "broken UTF-8 in a bracket expression") : c;
}

/* One member, or a range of them. */
static void take_item(struct bracket *b)
{
	uint32_t first = take_member(b);
	bool equivalence = b->equivalence;

	if (b->wrong)
		return;
	if (!has(b, b->at, '-') || b->at + 1 >= b->length || has(b, b->at + 1, ']')) {
		if (first != MEMBER_CLASS)
			tree_set_range(b->tree, first, first);
		return;
	}
	b->at++;
	b->only_chars = false;
	uint32_t last = take_member(b);
	if (b->wrong)
		return;
	if (first == MEMBER_CLASS || last == MEMBER_CLASS || equivalence || b->equivalence)
		wrong(b, "a character class as the end of a range");
	else if (first > last)
		wrong(b, "a range that ends before it begins");
	else
		tree_set_range(b->tree, first, last);
}

/* [:alpha:] alone is a slip that grep refuses, too. */
static bool is_lonely_class(const struct bracket *b, size_t start)
{
	return b->only_chars && b->other && b->bytes[start] == ':' && b->bytes[b->at - 2] == ':';
}

uint32_t tree_bracket(
	struct tree *tree, const char *bytes, size_t length, size_t *at, const char **ret_wrong)
{
	struct bracket b = {
		.tree = tree, .bytes = bytes, .length = length, .at = *at + 1, .only_chars = true
	};
	uint32_t node = tree_add_set(tree);
	struct tree_set *set = &tree->sets[tree->n_sets - 1];

	set->negated = has(&b, b.at, '^');
	b.at += set->negated;
	size_t start = b.at;
	while (b.at < length && (b.at == start || bytes[b.at] != ']') && !b.wrong)
		take_item(&b);
	if (!b.wrong && b.at >= length)
		b.wrong = unmatched;
	b.at++;
	if (!b.wrong && is_lonely_class(&b, start))
		b.wrong = "a character class is written [[:name:]]";
	*at = b.at;
	*ret_wrong = b.wrong;
	return node;
}
