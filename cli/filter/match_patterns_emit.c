/* SPDX-License-Identifier: MIT */
/* Patterns as one expression. */
#include "filter/match_emit.h"
#include "filter/match_patterns.h"

static void emit_one(const struct patterns *patterns, size_t index, bool utf8, struct text *text)
{
	const struct pattern *pattern = &patterns->at[index];

	if (patterns->syntax == MATCH_PERL)
		text_add(text, pattern->bytes, pattern->length);
	else
		tree_emit(&pattern->tree,
			pattern->tree.has_byte ? EMIT_RAW
			: utf8                 ? EMIT_UTF8
					       : EMIT_BYTES,
			text, NULL);
}

static void emit_word_edge(bool behind, bool utf8, struct text *text)
{
	text_string(text, behind ? "(?<!" : "(?!");
	tree_emit_word(utf8, text);
	text_string(text, ")");
}

void patterns_emit(
	const struct patterns *patterns, size_t first, size_t n, bool utf8, struct text *text)
{
	bool wrapped = patterns->lines || patterns->words || n > 1;

	if (patterns->lines)
		text_string(text, "^");
	if (patterns->words)
		emit_word_edge(true, utf8, text);
	if (wrapped)
		text_string(text, "(?:");
	for (size_t i = first; i < first + n; i++) {
		if (i > first)
			text_string(text, "|");
		emit_one(patterns, i, utf8, text);
	}
	if (wrapped)
		text_string(text, ")");
	if (patterns->words)
		emit_word_edge(false, utf8, text);
	if (patterns->lines)
		text_string(text, "$");
}
