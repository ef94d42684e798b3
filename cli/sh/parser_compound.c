/* SPDX-License-Identifier: MIT */
/* Compound commands (XCU 2.9.4). */
#include "sh/lexer.h"
#include "sh/parser.h"

/* What is being parsed, for messages. */
struct opening {
	const char *text;
	struct place place;
};

static bool is_reserved(const struct parser *parser, enum reserved reserved)
{
	return parser->token.kind == TOKEN_RESERVED && parser->token.reserved == reserved;
}

/* Takes a reserved word that must come next. */
static bool expect(struct parser *parser, enum reserved reserved, const struct opening *opening)
{
	parser_peek(parser, EXPECT_RESERVED);
	if (is_reserved(parser, reserved)) {
		parser_take(parser);
		return true;
	}
	char expected[16] = { '"' };
	size_t n = 1;
	for (const char *byte = reserved_text(reserved); *byte != '\0'; byte++)
		expected[n++] = *byte;
	expected[n] = '"';
	parser_unexpected(parser, expected, opening->text, opening->place);
	return false;
}

/* A list with at least one command. */
static struct node *parse_body(struct parser *parser, const struct opening *opening)
{
	struct node *body = parse_list(parser, false);

	if (body == NULL && !parser->failed)
		return parser_unexpected(parser, "a command", opening->text, opening->place);
	return body;
}

static void *new_node(
	struct parser *parser, size_t size, enum node_kind kind, const struct opening *opening)
{
	struct node *node = arena_zero(parser->arena, size);

	node->kind = (uint8_t)kind;
	node->place = opening->place;
	return node;
}

static struct node *parse_group(struct parser *parser, const struct opening *opening)
{
	struct group_node *node = new_node(parser, sizeof *node, NODE_GROUP, opening);

	node->body = parse_body(parser, opening);
	if (node->body == NULL || !expect(parser, RESERVED_RIGHT, opening))
		return NULL;
	return &node->node;
}

struct node *parse_subshell(struct parser *parser)
{
	const struct opening opening = { "(", parser->token.place };
	struct group_node *node = new_node(parser, sizeof *node, NODE_SUBSHELL, &opening);

	parser_take(parser);
	if (!parser_enter(parser, opening.place))
		return NULL;
	node->body = parse_body(parser, &opening);
	if (node->body == NULL)
		return NULL;
	if (parser_peek(parser, EXPECT_RESERVED) != TOKEN_RIGHT)
		return parser_unexpected(parser, "\")\"", opening.text, opening.place);
	parser_take(parser);
	parser_leave(parser);
	return &node->node;
}

/* then-part, elif-parts, else-part, fi; elif comes back to the caller's loop. */
static struct node *parse_if(struct parser *parser, const struct opening *opening)
{
	struct node *whole = NULL;
	struct node **slot = &whole;
	struct opening part = *opening;

	for (;;) {
		struct if_node *node = new_node(parser, sizeof *node, NODE_IF, &part);
		node->is_elif = slot != &whole;
		node->condition = parse_body(parser, &part);
		if (node->condition == NULL || !expect(parser, RESERVED_THEN, &part))
			return NULL;
		node->body = parse_body(parser, &(struct opening){ "then", part.place });
		if (node->body == NULL)
			return NULL;
		*slot = &node->node;
		slot = &node->otherwise;
		parser_peek(parser, EXPECT_RESERVED);
		if (!is_reserved(parser, RESERVED_ELIF))
			break;
		part = (struct opening){ "elif", parser->token.place };
		parser_take(parser);
	}
	if (is_reserved(parser, RESERVED_ELSE)) {
		part = (struct opening){ "else", parser->token.place };
		parser_take(parser);
		*slot = parse_body(parser, &part);
		if (*slot == NULL)
			return NULL;
	}
	return expect(parser, RESERVED_FI, opening) ? whole : NULL;
}

static struct node *parse_do(struct parser *parser, const struct opening *opening)
{
	if (!expect(parser, RESERVED_DO, opening))
		return NULL;
	struct node *body = parse_body(parser, &(struct opening){ "do", opening->place });
	return body != NULL && expect(parser, RESERVED_DONE, opening) ? body : NULL;
}

static struct node *parse_while(struct parser *parser, const struct opening *opening, bool is_until)
{
	struct while_node *node = new_node(parser, sizeof *node, NODE_WHILE, opening);

	node->is_until = is_until;
	node->condition = parse_body(parser, opening);
	if (node->condition == NULL)
		return NULL;
	node->body = parse_do(parser, opening);
	return node->body ? &node->node : NULL;
}

/* `in` was taken: the words, up to a newline or semicolon. */
static bool parse_for_words(
	struct parser *parser, struct for_node *node, const struct opening *opening)
{
	size_t first = parser->n_items;
	enum token_kind kind;

	while ((kind = parser_peek(parser, EXPECT_WORD)) == TOKEN_WORD) {
		parser_push(parser, parser->token.word);
		parser_take(parser);
	}
	node->has_words = true;
	node->n_words = (uint32_t)(parser->n_items - first);
	node->words = parser_items(parser, first);
	if (kind != TOKEN_SEMICOLON && kind != TOKEN_NEWLINE) {
		parser_unexpected(
			parser, "a word, \";\" or a newline", opening->text, opening->place);
		return false;
	}
	parser_take(parser);
	parser_skip_newlines(parser, RESERVED_BIT(RESERVED_DO));
	return true;
}

static struct node *parse_for(struct parser *parser, const struct opening *opening)
{
	struct for_node *node = new_node(parser, sizeof *node, NODE_FOR, opening);
	const struct token *token = &parser->token;

	enum token_kind kind = parser_peek(parser, EXPECT_WORD);
	if (kind == TOKEN_LEFT)
		return parser_fail(parser, opening->place,
			"for (( )) is not in POSIX sh; write while [ ... ]; do ...; done");
	if (kind != TOKEN_WORD || token->word->literal == NULL || token->word->is_quoted ||
		!is_name(token->word->literal, token->word->literal_length))
		return parser_unexpected(
			parser, "the name of a variable", opening->text, opening->place);
	node->name = token->word->literal;
	parser_take(parser);
	const unsigned in_or_do = RESERVED_BIT(RESERVED_IN) | RESERVED_BIT(RESERVED_DO);
	if (parser_peek(parser, in_or_do) == TOKEN_SEMICOLON) {
		parser_take(parser);
		parser_skip_newlines(parser, RESERVED_BIT(RESERVED_DO));
	} else {
		parser_skip_newlines(parser, in_or_do);
		if (is_reserved(parser, RESERVED_IN)) {
			parser_take(parser);
			if (!parse_for_words(parser, node, opening))
				return NULL;
		}
	}
	node->body = parse_do(parser, opening);
	return node->body ? &node->node : NULL;
}

/* [(] pattern [| pattern]... ) ; the next token is there. */
static bool parse_patterns(
	struct parser *parser, struct case_item *item, const struct opening *opening)
{
	size_t first = parser->n_items;

	if (parser->token.kind == TOKEN_LEFT)
		parser_take(parser);
	for (;;) {
		if (parser_peek(parser, EXPECT_WORD) != TOKEN_WORD) {
			parser_unexpected(
				parser, "a pattern or \"esac\"", opening->text, opening->place);
			return false;
		}
		parser_push(parser, parser->token.word);
		parser_take(parser);
		if (parser_peek(parser, EXPECT_WORD) != TOKEN_PIPE)
			break;
		parser_take(parser);
	}
	item->n_patterns = (uint32_t)(parser->n_items - first);
	item->patterns = parser_items(parser, first);
	if (parser->token.kind != TOKEN_RIGHT) {
		parser_unexpected(
			parser, "\")\" behind the pattern", opening->text, opening->place);
		return false;
	}
	parser_take(parser);
	return true;
}

/* One item; sets *ret_is_last if no ;; or ;& ends it. */
static struct case_item *parse_item(
	struct parser *parser, const struct opening *opening, bool *ret_is_last)
{
	struct case_item *item = arena_zero(parser->arena, sizeof *item);

	item->place = parser->token.place;
	if (!parse_patterns(parser, item, opening))
		return NULL;
	item->body = parse_list(parser, false);
	if (parser->failed)
		return NULL;
	enum token_kind kind = parser_peek(parser, EXPECT_RESERVED);
	*ret_is_last = kind != TOKEN_DOUBLE_SEMICOLON && kind != TOKEN_SEMICOLON_AND;
	if (*ret_is_last)
		return item;
	item->end = kind == TOKEN_SEMICOLON_AND ? CASE_FALL : CASE_BREAK;
	parser_take(parser);
	if (kind == TOKEN_DOUBLE_SEMICOLON && *parser->next == '&')
		return parser_fail(parser, lexer_place(parser), ";;& is not in POSIX sh; write ;&");
	return item;
}

static struct node *parse_case(struct parser *parser, const struct opening *opening)
{
	struct case_node *node = new_node(parser, sizeof *node, NODE_CASE, opening);
	struct case_item **end = &node->items;

	if (parser_peek(parser, EXPECT_WORD) != TOKEN_WORD)
		return parser_unexpected(parser, "a word", opening->text, opening->place);
	node->word = parser->token.word;
	parser_take(parser);
	parser_skip_newlines(parser, RESERVED_BIT(RESERVED_IN));
	if (!expect(parser, RESERVED_IN, opening))
		return NULL;
	for (bool is_last = false; !is_last;) {
		parser_skip_newlines(parser, RESERVED_BIT(RESERVED_ESAC));
		if (is_reserved(parser, RESERVED_ESAC))
			break;
		struct case_item *item = parse_item(parser, opening, &is_last);
		if (item == NULL)
			return NULL;
		*end = item;
		end = &item->next;
	}
	return expect(parser, RESERVED_ESAC, opening) ? &node->node : NULL;
}

static struct node *parse_opened(
	struct parser *parser, enum reserved reserved, const struct opening *opening)
{
	if (reserved == RESERVED_LEFT)
		return parse_group(parser, opening);
	if (reserved == RESERVED_IF)
		return parse_if(parser, opening);
	if (reserved == RESERVED_FOR)
		return parse_for(parser, opening);
	if (reserved == RESERVED_CASE)
		return parse_case(parser, opening);
	if (reserved == RESERVED_WHILE || reserved == RESERVED_UNTIL)
		return parse_while(parser, opening, reserved == RESERVED_UNTIL);
	return parser_unexpected(parser, "a command", NULL, opening->place);
}

struct node *parse_compound(struct parser *parser)
{
	enum reserved reserved = parser->token.reserved;
	const struct opening opening = { reserved_text(reserved), parser->token.place };

	if (reserved == RESERVED_BANG)
		return parser_unexpected(parser, "a command", NULL, opening.place);
	parser_take(parser);
	if (!parser_enter(parser, opening.place))
		return NULL;
	struct node *node = parse_opened(parser, reserved, &opening);
	parser_leave(parser);
	return node;
}
