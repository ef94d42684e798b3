/* SPDX-License-Identifier: MIT */
/* Tildes (XCU 2.6.1): at the beginning of a word, and in assignments behind the = and every :. */
#include "sh/lexer.h"

/*
 * Where the name behind a tilde at `at` ends; 0: it is no tilde, since something in the name is
 * quoted or expanded (which is why the literal ends).
 */
static size_t name_end(const struct part *part, size_t at, bool is_assignment, bool is_last)
{
	for (size_t i = at + 1; i < part->length; i++) {
		if (part->text[i] == '/' || (is_assignment && part->text[i] == ':'))
			return i;
	}
	return is_last ? part->length : 0;
}

static void add_literal(struct parser *parser, const struct part *whole, size_t start, size_t end)
{
	struct part *part = part_add(parser, PART_LITERAL, false, whole->place);

	part->text = arena_text(parser->arena, whole->text + start, end - start);
	part->length = (uint32_t)(end - start);
	part->place.column += (uint32_t)start;
}

/* One unquoted literal; may_begin: a tilde may be its first character. */
static void split(
	struct parser *parser, struct part whole, bool may_begin, bool is_assignment, bool is_last)
{
	size_t done = 0;

	for (size_t i = 0; i < whole.length; i++) {
		bool may_be = i == 0 ? may_begin : is_assignment && whole.text[i - 1] == ':';
		if (whole.text[i] != '~' || !may_be)
			continue;
		size_t end = name_end(&whole, i, is_assignment, is_last);
		if (end == 0)
			continue;
		const char *name = arena_text(parser->arena, whole.text + i + 1, end - i - 1);
		if (i > done)
			add_literal(parser, &whole, done, i);
		struct part *part = part_add(parser, PART_TILDE, false, whole.place);
		part->text = name;
		part->length = (uint32_t)(end - i - 1);
		part->place.column += (uint32_t)i;
		done = end;
		i = end - 1;
	}
	if (done < whole.length)
		add_literal(parser, &whole, done, whole.length);
}

void tildes_find(struct parser *parser, size_t first, bool is_assignment)
{
	size_t n = parser->n_parts;

	for (size_t i = first; i < n; i++) {
		struct part part = parser->parts[i];
		if (part.kind == PART_LITERAL && !part.is_quoted)
			split(parser, part, i == first, is_assignment, i + 1 == n);
		else
			*part_add(parser, part.kind, part.is_quoted, part.place) = part;
	}
	size_t made = parser->n_parts - n;
	memmove(parser->parts + first, parser->parts + n, made * sizeof *parser->parts);
	parser->n_parts = first + made;
}
