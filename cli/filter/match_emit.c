/* SPDX-License-Identifier: MIT */
/* Trees to the syntax of PCRE2 and of Hyperscan. */
#include "filter/match_emit.h"

/* More repetitions than this are left to PCRE2: Hyperscan would count each. */
#define MOST_SCANNED 100

struct emitter {
	const struct tree *tree;
	enum emit_for engine;
	struct text *text;
	struct emit_more *more;
};

static void emit(struct emitter *e, uint32_t index);

static const char *line_end_of(const struct emitter *e)
{
	return e->tree->nul_lines ? "\\x00" : "\\x0a";
}

static void emit_list(struct emitter *e, uint32_t first, const char *between)
{
	for (uint32_t i = first; i; i = e->tree->nodes[i].next) {
		if (i != first)
			text_string(e->text, between);
		emit(e, i);
	}
}

static void emit_word_edge(struct emitter *e, enum tree_assert edge)
{
	static const char *const bytes[] = { [TREE_WORD_START] = "\\b(?=\\w)",
		[TREE_WORD_END] = "\\b(?<=\\w)",
		[TREE_WORD_EDGE] = "\\b",
		[TREE_NO_WORD_EDGE] = "\\B" };
	/* W is the class of word characters. */
	static const char *const wide[] = { [TREE_WORD_START] = "(?<!W)(?=W)",
		[TREE_WORD_END] = "(?<=W)(?!W)",
		[TREE_WORD_EDGE] = "(?:(?<!W)(?=W)|(?<=W)(?!W))",
		[TREE_NO_WORD_EDGE] = "(?:(?<=W)(?=W)|(?<!W)(?!W))" };

	if (e->engine == EMIT_SCAN) {
		e->more->always = true;
		text_string(e->text, "(?:)");
	} else if (e->engine != EMIT_UTF8) {
		text_string(e->text, bytes[edge]);
	} else {
		for (const char *c = wide[edge]; *c; c++)
			if (*c == 'W')
				tree_emit_word(true, e->text);
			else
				text_add(e->text, c, 1);
	}
}

static void emit_assert(struct emitter *e, enum tree_assert what)
{
	switch (what) {
	case TREE_LINE_START:
		text_string(e->text, "^");
		break;
	case TREE_LINE_END:
		text_string(e->text, "$");
		break;
	case TREE_WORD_START:
	case TREE_WORD_END:
	case TREE_WORD_EDGE:
	case TREE_NO_WORD_EDGE:
		emit_word_edge(e, what);
		break;
	}
}

static void emit_back(struct emitter *e, uint32_t number)
{
	if (e->engine == EMIT_SCAN) {
		e->more->always = true;
		text_format(e->text, "[^%s]*", line_end_of(e));
	} else {
		text_format(e->text, e->tree->ignore_case ? "(?i:\\g{%u})" : "(?:\\g{%u})", number);
	}
}

static void emit_any(struct emitter *e)
{
	if (e->engine == EMIT_RAW)
		text_format(e->text, "(?:(?!%s)" EMIT_RAW_CHARACTER ")", line_end_of(e));
	else if (e->engine == EMIT_SCAN && e->tree->utf8)
		text_format(e->text, "(?:[^%s\\x80-\\xff]|[\\x80-\\xff]{1,4})", line_end_of(e));
	else
		text_format(e->text, "[^%s]", line_end_of(e));
	if (e->engine == EMIT_SCAN)
		e->more->wide = e->more->wide || e->tree->utf8;
}

static void emit_times(struct emitter *e, int32_t min, int32_t max)
{
	if (max == TREE_ENDLESS && min <= 1)
		text_string(e->text, min ? "+" : "*");
	else if (max == TREE_ENDLESS)
		text_format(e->text, "{%d,}", min);
	else if (min == 0 && max == 1)
		text_string(e->text, "?");
	else if (min == max)
		text_format(e->text, "{%d}", min);
	else
		text_format(e->text, "{%d,%d}", min, max);
}

static void emit_repeat(struct emitter *e, const struct tree_node *node)
{
	int32_t min = node->min, max = node->max;

	if (e->engine == EMIT_SCAN) {
		/* Any number of any bytes: as exact, and much less to do than characters are. */
		if (e->tree->nodes[node->child].kind == TREE_ANY && max == TREE_ENDLESS &&
			min <= MOST_SCANNED) {
			e->more->wide = e->more->wide || e->tree->utf8;
			text_format(e->text, "[^%s]", line_end_of(e));
			emit_times(e, min, max);
			return;
		}
		if (min > MOST_SCANNED || max > MOST_SCANNED) {
			e->more->always = true;
			min = min > MOST_SCANNED ? MOST_SCANNED : min;
			max = TREE_ENDLESS;
		}
	}
	text_string(e->text, "(?:");
	emit(e, node->child);
	text_string(e->text, ")");
	emit_times(e, min, max);
}

static void emit_byte(struct emitter *e, uint32_t byte)
{
	if (e->engine == EMIT_UTF8)
		text_string(e->text, "(?!)");
	else
		text_format(e->text, "\\x%02x", byte);
}

static void emit(struct emitter *e, uint32_t index)
{
	const struct tree_node *node = &e->tree->nodes[index];

	switch (node->kind) {
	case TREE_EMPTY:
		text_string(e->text, "(?:)");
		break;
	case TREE_CHAR:
		tree_emit_char(e->tree, node->value, e->engine, e->text, e->more);
		break;
	case TREE_BYTE:
		emit_byte(e, node->value);
		break;
	case TREE_SET:
		tree_emit_set(e->tree, &e->tree->sets[node->value], e->engine, e->text, e->more);
		break;
	case TREE_ANY:
		emit_any(e);
		break;
	case TREE_ASSERT:
		emit_assert(e, (enum tree_assert)node->value);
		break;
	case TREE_GROUP:
		text_string(e->text, e->tree->has_back && e->engine != EMIT_SCAN ? "(" : "(?:");
		emit(e, node->child);
		text_string(e->text, ")");
		break;
	case TREE_BACK:
		emit_back(e, node->value);
		break;
	case TREE_CONCAT:
		emit_list(e, node->child, "");
		break;
	case TREE_ALT:
		text_string(e->text, "(?:");
		emit_list(e, node->child, "|");
		text_string(e->text, ")");
		break;
	case TREE_REPEAT:
		emit_repeat(e, node);
		break;
	}
}

void tree_emit(
	const struct tree *tree, enum emit_for engine, struct text *text, struct emit_more *more)
{
	struct emitter e = { tree, engine, text, more };

	emit(&e, tree->root);
}

/* A repetition at an end of the pattern: the fewest times are enough. */
static void emit_end(struct emitter *e, uint32_t index)
{
	const struct tree_node *node = &e->tree->nodes[index];

	if (node->kind != TREE_REPEAT)
		emit(e, index);
	else if (node->min > 0)
		emit_repeat(e, &(struct tree_node){ .kind = TREE_REPEAT,
				       .min = node->min,
				       .max = node->min,
				       .child = node->child });
}

void tree_emit_core(const struct tree *tree, struct text *text, struct emit_more *more)
{
	struct emitter e = { tree, EMIT_SCAN, text, more };
	uint32_t root = tree->root;

	while (tree->nodes[root].kind == TREE_GROUP)
		root = tree->nodes[root].child;
	if (tree->nodes[root].kind != TREE_CONCAT) {
		emit_end(&e, root);
		return;
	}
	uint32_t first = tree->nodes[root].child;
	for (uint32_t i = first; i; i = tree->nodes[i].next)
		if (i == first || !tree->nodes[i].next)
			emit_end(&e, i);
		else
			emit(&e, i);
}
