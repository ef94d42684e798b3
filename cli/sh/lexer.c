/* SPDX-License-Identifier: MIT */
/* Characters and tokens (XCU 2.3). */
#include "sh/lexer.h"

#include "common/memory.h"
#include "sh/alias.h"

#include <string.h>

#define FIRST_LINES 1024

/* ---- characters ---- */

static void pop_alias(struct parser *parser)
{
	struct layer *top = parser->top;

	if (top->length > 0) {
		char last = top->text[top->length - 1];
		parser->after_blank |= last == ' ' || last == '\t';
	}
	parser->top = top->outer;
	parser->next = parser->top->text + top->resume;
}

/* The next line behind those that belong to the command so far. */
static bool read_line(struct parser *parser)
{
	size_t length;

	if (parser->is_at_end)
		return false;
	const char *line = input_line(
		parser->sh, parser->input, parser->is_started, &length, &parser->error);
	if (line == NULL || length == 0) {
		parser->is_at_end = true;
		return false;
	}
	size_t used = parser->base.length;
	if (parser->lines_size < used + length + 1) {
		size_t size = parser->lines_size ? parser->lines_size : FIRST_LINES;
		while (size < used + length + 1)
			size *= 2;
		size_t next = (size_t)(parser->next - parser->lines);
		parser->lines = memory_resize(parser->lines, size);
		parser->lines_size = size;
		parser->base.text = parser->lines;
		parser->next = parser->lines + next;
	}
	memcpy(parser->lines + used, line, length);
	parser->base.length = used + length;
	parser->lines[used + length] = '\0';
	if (parser_shows_lines(parser)) {
		parser->source->text = parser->lines;
		parser->source->length = used + length;
	}
	return true;
}

bool lexer_more(struct parser *parser)
{
	if (parser->top->alias != NULL) {
		pop_alias(parser);
		return true;
	}
	return parser->top == &parser->base && read_line(parser);
}

bool lexer_continuation(struct parser *parser)
{
	const struct layer *layer = parser->top;
	const char *next = parser->next;

	/* What an alias stands for may end in the backslash. */
	while (*next == '\0' && layer->alias != NULL) {
		next = layer->outer->text + layer->resume;
		layer = layer->outer;
	}
	if (*next != '\n')
		return false;
	while (parser->top != layer)
		pop_alias(parser);
	parser->next = next + 1;
	lexer_passed_newline(parser);
	parser->is_started = true;
	return true;
}

char lexer_peek_slowly(struct parser *parser)
{
	for (;;) {
		char byte = *parser->next;
		if (byte == '\0') {
			if (!lexer_more(parser))
				return '\0';
		} else if (byte == '\\') {
			parser->next++;
			if (!lexer_continuation(parser)) {
				parser->next--;
				return byte;
			}
		} else {
			return byte;
		}
	}
}

/* ---- layers ---- */

static void push(struct parser *parser, const struct layer *layer)
{
	struct layer *top = arena_get(&parser->layers, sizeof *top);

	*top = *layer;
	top->outer = parser->top;
	top->resume = (size_t)(parser->next - parser->top->text);
	parser->top = top;
	parser->next = top->text;
}

void lexer_push(struct parser *parser, const char *text, size_t length, struct place place)
{
	push(parser, &(struct layer){ .text = text,
			     .length = length,
			     .line = place.line,
			     .column = place.column });
}

void lexer_push_alias(struct parser *parser, const struct symbol *symbol, struct place place)
{
	/* A copy: it may be unset while the rest of it is still to be read. */
	size_t length = strlen(symbol->alias);
	const char *text = arena_text(&parser->layers, symbol->alias, length);
	const char *name = arena_text(&parser->layers, symbol->name, symbol->length);

	push(parser, &(struct layer){
			     .origin = parser->token_layer,
			     .text = text,
			     .length = length,
			     .alias = name,
			     .place = place,
		     });
}

void lexer_pop(struct parser *parser)
{
	struct layer *top;

	do {
		top = parser->top;
		parser->top = top->outer;
		parser->next = parser->top->text + top->resume;
	} while (top->alias != NULL);
}

/* ---- aliases ---- */

static bool is_within(const struct layer *layer, const struct layer *wanted)
{
	while (layer != wanted && layer != NULL && layer->alias != NULL)
		layer = layer->origin;
	return layer == wanted;
}

static bool is_active(const struct layer *layer, const char *alias)
{
	for (; layer != NULL && layer->alias != NULL; layer = layer->origin) {
		if (strcmp(layer->alias, alias) == 0)
			return true;
	}
	return false;
}

static bool put_alias(struct parser *parser)
{
	const struct word *word = parser->token.word;

	if (parser->without_aliases > 0)
		return false;
	const struct symbol *symbol = alias_find(parser->sh, word->literal, word->literal_length);
	if (symbol == NULL || is_active(parser->token_layer, symbol->name))
		return false;
	lexer_push_alias(parser, symbol, parser->token.place);
	return true;
}

/* ---- tokens ---- */

/* Blanks, continuations and comments. */
static void skip_blanks(struct parser *parser)
{
	for (;;) {
		const char *next = parser->next;
		while (*next == ' ' || *next == '\t')
			next++;
		parser->next = next;
		if (*next == '#') {
			while (*next != '\n' && *next != '\0')
				next++;
			parser->next = next;
			/* What an alias stands for does not end a comment. */
			while (*parser->next != '\n' && lexer_more(parser)) {
				while (*parser->next != '\n' && *parser->next != '\0')
					parser->next++;
			}
			return;
		}
		if (*next != '\\' && *next != '\0')
			return;
		lexer_peek_slowly(parser);
		next = parser->next;
		if (*next != ' ' && *next != '\t' && *next != '#')
			return;
	}
}

static enum token_kind less(struct parser *parser)
{
	switch (lexer_peek(parser)) {
	case '<':
		parser->next++;
		if (lexer_peek(parser) != '-')
			return TOKEN_HERE;
		parser->next++;
		return TOKEN_HERE_TABS;
	case '&':
		parser->next++;
		return TOKEN_COPY_IN;
	case '>':
		parser->next++;
		return TOKEN_READ_WRITE;
	default:
		return TOKEN_READ;
	}
}

static enum token_kind greater(struct parser *parser)
{
	switch (lexer_peek(parser)) {
	case '>':
		parser->next++;
		return TOKEN_APPEND;
	case '&':
		parser->next++;
		return TOKEN_COPY_OUT;
	case '|':
		parser->next++;
		return TOKEN_CLOBBER;
	default:
		return TOKEN_WRITE;
	}
}

/* The operator is twice, or once. */
static enum token_kind doubled(
	struct parser *parser, char byte, enum token_kind twice, enum token_kind once)
{
	if (lexer_peek(parser) != byte)
		return once;
	parser->next++;
	return twice;
}

static enum token_kind semicolon(struct parser *parser)
{
	switch (lexer_peek(parser)) {
	case ';':
		parser->next++;
		return TOKEN_DOUBLE_SEMICOLON;
	case '&':
		parser->next++;
		return TOKEN_SEMICOLON_AND;
	default:
		return TOKEN_SEMICOLON;
	}
}

static enum token_kind read_operator(struct parser *parser)
{
	char byte = *parser->next++;

	parser->is_started = true;
	switch (byte) {
	case '&':
		return doubled(parser, '&', TOKEN_AND_IF, TOKEN_AND);
	case '|':
		return doubled(parser, '|', TOKEN_OR_IF, TOKEN_PIPE);
	case ';':
		return semicolon(parser);
	case '<':
		return less(parser);
	case '>':
		return greater(parser);
	case '(':
		return TOKEN_LEFT;
	default:
		return TOKEN_RIGHT;
	}
}

/* A newline or the end: the here-documents that wait for one are read. */
static enum token_kind end_line(struct parser *parser, enum token_kind kind)
{
	if (kind == TOKEN_NEWLINE) {
		parser->next++;
		lexer_passed_newline(parser);
	}
	if (parser->n_here > parser->here_base && !here_read(parser))
		return TOKEN_ERROR;
	return kind;
}

static enum token_kind read_token(struct parser *parser)
{
	parser->after_blank = false;
	skip_blanks(parser);
	parser->token_layer = parser->top;
	parser->token.place = lexer_place(parser);
	char byte = *parser->next;
	if (!byte_is(byte, BYTE_DELIMITER)) {
		if (byte != '\0')
			return lexer_word(parser);
		return end_line(parser, TOKEN_END);
	}
	return byte == '\n' ? end_line(parser, TOKEN_NEWLINE) : read_operator(parser);
}

enum token_kind lexer_token(struct parser *parser, unsigned expected)
{
	const struct layer *pushed = NULL;
	struct token *token = &parser->token;

	parser->has_token = true;
	for (;;) {
		token->kind = read_token(parser);
		if (token->kind != TOKEN_WORD)
			break;
		const struct word *word = token->word;
		if (word->literal == NULL || word->is_quoted)
			break;
		if (expected != EXPECT_WORD) {
			token->reserved = reserved_of(word->literal, word->literal_length);
			if (token->reserved != RESERVED_NONE &&
				expected & RESERVED_BIT(token->reserved)) {
				token->kind = TOKEN_RESERVED;
				break;
			}
		}
		/* The first word of what an alias stands for is looked at like the alias. */
		bool may_be_alias = expected & EXPECT_NAME || parser->after_blank ||
				    (pushed != NULL && is_within(parser->token_layer, pushed));
		if (!may_be_alias || !put_alias(parser))
			break;
		pushed = parser->top;
	}
	if (parser->failed)
		token->kind = TOKEN_ERROR;
	return token->kind;
}
