/* SPDX-License-Identifier: MIT */
/* What begins with a dollar or a backquote: command substitutions and arithmetic
 * (XCU 2.6.3, 2.6.4). */
#include "sh/arith.h"
#include "sh/lexer.h"
#include "sh/print.h"

#include "common/memory.h"

#include <stdlib.h>
#include <string.h>

static bool is_quoted_mode(enum word_mode mode)
{
	return mode != WORD_PLAIN && mode != WORD_BRACE;
}

/* ---- command substitutions ---- */

/* The text may define aliases that its next lines use: it must be read line by line. */
static bool may_define_aliases(const char *text, size_t length)
{
	return memmem(text, length, "alias", 5) != NULL && memchr(text, '\n', length) != NULL;
}

/* The text of the base moves until the command is complete: see parser_next(). */
static void remember_text(
	struct parser *parser, struct command_substitution *substitution, size_t offset)
{
	if (parser->n_substitutions == parser->substitutions_size)
		parser->substitutions = parser_grow(parser->substitutions,
			&parser->substitutions_size, sizeof *parser->substitutions);
	parser->substitutions[parser->n_substitutions++] = (struct substitution_text){ substitution,
		offset };
}

/* What began within an alias may lie in pieces; it is made anew from the tree. */
static void print_text(struct parser *parser, struct command_substitution *substitution)
{
	struct text text = { 0 };

	if (substitution->body != NULL)
		print_node(&text, substitution->body);
	substitution->text = arena_text(parser->arena, text.bytes, text.length);
	substitution->text_length = text.length;
	substitution->may_define_aliases = may_define_aliases(
		substitution->text, substitution->text_length);
	text_done(&text);
}

/* `$(` was passed. */
static bool read_command(struct parser *parser, bool is_quoted, struct place place)
{
	const struct layer *layer = parser->top;
	struct place inside = lexer_place(parser);
	size_t start = (size_t)(parser->next - layer->text);
	struct node *body;

	if (!parse_substitution(parser, false, place, &body))
		return false;
	struct command_substitution *substitution = arena_zero(parser->arena, sizeof *substitution);
	substitution->body = body;
	substitution->place = inside;
	if (layer->alias != NULL) {
		print_text(parser, substitution);
	} else {
		const char *text = layer->text + start;
		substitution->text = text;
		substitution->text_length = (size_t)(parser->next - text) - 1;
		substitution->may_define_aliases = may_define_aliases(
			text, substitution->text_length);
		if (layer == &parser->base)
			remember_text(parser, substitution, start);
	}
	part_add(parser, PART_COMMAND, is_quoted, place)->command = substitution;
	return true;
}

/* A backslash in backquotes was passed: whether it is taken away from what follows. */
static bool is_escaped(char byte, enum word_mode mode)
{
	switch (byte) {
	case '$':
	case '`':
	case '\\':
		return true;
	case '"':
		return mode == WORD_QUOTES || mode == WORD_QUOTED_BRACE || mode == WORD_HERE;
	default:
		return false;
	}
}

/* The text up to the closing backquote, as the commands see it. NULL: there is no end. */
static const char *collect(
	struct parser *parser, enum word_mode mode, struct place opened, size_t *ret_length)
{
	text_begin(parser);
	for (;;) {
		char byte = *parser->next;
		if (byte == '\0') {
			if (lexer_more(parser))
				continue;
			parser_unterminated(parser, "`", opened);
			return NULL;
		}
		parser->next++;
		if (byte == '`')
			return text_end(parser, ret_length);
		if (byte == '\\') {
			while (*parser->next == '\0' && lexer_more(parser))
				;
			if (is_escaped(*parser->next, mode))
				byte = *parser->next++;
		}
		literal_add(parser, &byte, 1);
		if (byte == '\n')
			lexer_passed_newline(parser);
	}
}

bool backquote_read(struct parser *parser, enum word_mode mode)
{
	struct place place = lexer_place(parser);
	struct place inside = { place.line, place.column + 1 };
	struct node *body;
	size_t length;

	literal_end(parser);
	parser->next++;
	const char *text = collect(parser, mode, place, &length);
	if (text == NULL)
		return false;
	lexer_push(parser, text, length, inside);
	if (!parse_substitution(parser, true, place, &body))
		return false;
	lexer_pop(parser);
	struct command_substitution *substitution = arena_zero(parser->arena, sizeof *substitution);
	*substitution = (struct command_substitution){
		.body = body,
		.is_backquoted = true,
		.may_define_aliases = may_define_aliases(text, length),
		.text = text,
		.text_length = length,
		.place = inside,
	};
	part_add(parser, PART_COMMAND, is_quoted_mode(mode), place)->command = substitution;
	return true;
}

/* ---- arithmetic, and what only looks like it ---- */

/* Where the lexer is, to come back to. */
struct position {
	struct layer *top;
	struct layer *counting; /* the one that counts lines */
	size_t offset;
	uint32_t line, column;
	size_t line_start;
	size_t n_here, n_parts, n_items;
	int depth;
	int without_aliases;
};

static struct position keep_position(const struct parser *parser)
{
	struct layer *counting = parser->top;

	while (counting->alias != NULL)
		counting = counting->outer;
	return (struct position){
		.top = parser->top,
		.counting = counting,
		.offset = (size_t)(parser->next - parser->top->text),
		.line = counting->line,
		.column = counting->column,
		.line_start = counting->line_start,
		.n_here = parser->n_here,
		.n_parts = parser->n_parts,
		.n_items = parser->n_items,
		.depth = parser->depth,
		.without_aliases = parser->without_aliases,
	};
}

static void go_back(struct parser *parser, const struct position *position)
{
	parser->top = position->top;
	parser->next = position->top->text + position->offset;
	position->counting->line = position->line;
	position->counting->column = position->column;
	position->counting->line_start = position->line_start;
	parser->n_here = position->n_here;
	parser->n_parts = position->n_parts;
	parser->n_items = position->n_items;
	parser->depth = position->depth;
	parser->without_aliases = position->without_aliases;
	parser->has_literal = false;
	parser->failed = false;
}

static bool is_at_end(const struct parser *parser, const struct position *position)
{
	return *parser->next == '\0' && parser->top == position->counting &&
	       (parser->top != &parser->base || parser->is_at_end);
}

static bool read_arithmetic(struct parser *parser, bool is_quoted, struct place place)
{
	struct making making = word_begin(parser);

	if (!parser_enter(parser, place) || !word_read(parser, &making, WORD_ARITHMETIC, place))
		return false;
	parser_leave(parser);
	const struct word *text = word_end(parser, &making);
	struct arithmetic *arithmetic = arena_zero(parser->arena, sizeof *arithmetic);
	arithmetic->text = text;
	if (text->literal != NULL) {
		struct arithmetic_error error;
		arithmetic->tree = arithmetic_parse(
			parser->arena, text->literal, text->literal_length, &error);
	}
	part_add(parser, PART_ARITHMETIC, is_quoted, place)->arithmetic = arithmetic;
	return true;
}

/* Where it is, or where it would be put, in the table of those that are known. */
static struct known *find_known(
	struct known *table, size_t size, const struct layer *layer, size_t offset)
{
	size_t at = (offset * 2654435761U) & (size - 1);

	while (table[at].layer != NULL && (table[at].layer != layer || table[at].offset != offset))
		at = (at + 1) & (size - 1);
	return &table[at];
}

static bool is_known(const struct parser *parser, const struct position *position)
{
	return parser->n_known > 0 &&
	       find_known(parser->known, parser->known_size, position->top, position->offset)
			       ->layer != NULL;
}

static void grow_known(struct parser *parser)
{
	size_t size = parser->known_size ? parser->known_size * 2 : 64;
	struct known *table = memory_get(size * sizeof *table);

	memset(table, 0, size * sizeof *table);
	for (size_t i = 0; i < parser->known_size; i++) {
		const struct known *old = &parser->known[i];
		if (old->layer != NULL)
			*find_known(table, size, old->layer, old->offset) = *old;
	}
	free(parser->known);
	parser->known = table;
	parser->known_size = size;
}

static void remember_known(struct parser *parser, const struct position *position)
{
	if (parser->n_known * 2 >= parser->known_size)
		grow_known(parser);
	*find_known(parser->known, parser->known_size, position->top,
		position->offset) = (struct known){ position->top, position->offset };
	parser->n_known++;
}

static void forget_known(struct parser *parser)
{
	if (parser->n_known > 0)
		memset(parser->known, 0, parser->known_size * sizeof *parser->known);
	parser->n_known = 0;
}

/*
 * `$(` was passed, another `(` follows. It is arithmetic if that can be read as such: if its last
 * parenthesis is not `))`, it is a command substitution that begins with a subshell.
 */
static bool read_ambiguous(struct parser *parser, bool is_quoted, struct place place)
{
	const struct position position = keep_position(parser);

	if (parser->attempts == 0)
		forget_known(parser);
	if (is_known(parser, &position))
		return read_command(parser, is_quoted, place);
	parser->next++;
	parser->attempts++;
	parser->trials++;
	bool is_good = read_arithmetic(parser, is_quoted, place);
	parser_end_trial(parser, is_good);
	if (!is_good) {
		bool is_open = is_at_end(parser, &position);
		go_back(parser, &position);
		remember_known(parser, &position);
		is_good = is_open ? parser_unterminated(parser, "$((", place)
				  : read_command(parser, is_quoted, place);
	}
	parser->attempts--;
	return is_good;
}

bool dollar_read(struct parser *parser, struct making *making, enum word_mode mode)
{
	bool is_quoted = is_quoted_mode(mode);
	struct place place = lexer_place(parser);

	if (*parser->next == '`')
		return backquote_read(parser, mode);
	parser->next++;
	char byte = lexer_peek(parser);
	if (byte == '\'' && !is_quoted) {
		parser->next++;
		return quote_dollar(parser, making, place);
	}
	if (byte == '{') {
		literal_end(parser);
		parser->next++;
		return parameter_read_braces(parser, mode, place);
	}
	if (byte == '(') {
		literal_end(parser);
		parser->next++;
		if (lexer_peek(parser) == '(')
			return read_ambiguous(parser, is_quoted, place);
		return read_command(parser, is_quoted, place);
	}
	if (byte_is(byte, BYTE_NAME) || (byte != '\0' && strchr("@*#?-$!", byte) != NULL)) {
		literal_end(parser);
		return parameter_read_plain(parser, is_quoted, place);
	}
	literal_begin(parser, is_quoted, place);
	literal_add(parser, "$", 1);
	return true;
}
