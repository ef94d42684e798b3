/* SPDX-License-Identifier: MIT */
/* Simple commands, redirections and functions (XCU 2.9.1, 2.7, 2.9.5). */
#include "sh/lexer.h"
#include "sh/parser.h"

#include <string.h>

/* ---- redirections ---- */

static bool is_redirection(enum token_kind kind)
{
	return kind >= TOKEN_READ || kind == TOKEN_IO_NUMBER;
}

static bool reads(enum redirection_kind kind)
{
	return kind == REDIRECTION_READ || kind == REDIRECTION_READ_WRITE ||
	       kind == REDIRECTION_COPY_IN || kind == REDIRECTION_HERE;
}

/* What other shells have and POSIX has not. */
static void *no_target(struct parser *parser, enum token_kind sign)
{
	const struct token *token = &parser->token;

	if (token->kind == TOKEN_READ && sign == TOKEN_HERE)
		return parser_fail(parser, token->place,
			"<<< is not in POSIX sh; write a here-document, or printf ... |");
	if (token->kind == TOKEN_LEFT && (sign == TOKEN_READ || sign == TOKEN_WRITE))
		return parser_fail(parser, token->place,
			"%s( ) is not in POSIX sh; write a pipeline, or use mkfifo",
			sign == TOKEN_READ ? "<" : ">");
	return parser_unexpected(
		parser, sign >= TOKEN_HERE ? "a delimiter" : "a file name", NULL, token->place);
}

bool parse_redirection(struct parser *parser, struct redirection ***end)
{
	struct token *token = &parser->token;
	struct redirection *redirection = arena_zero(parser->arena, sizeof *redirection);

	redirection->place = token->place;
	redirection->has_fd = token->kind == TOKEN_IO_NUMBER;
	if (redirection->has_fd) {
		redirection->fd = token->fd;
		parser_take(parser);
		parser_peek(parser, EXPECT_WORD);
	}
	enum token_kind sign = token->kind;
	if (sign < TOKEN_READ)
		return parser_unexpected(parser, "a redirection", NULL, token->place) != NULL;
	redirection->strips_tabs = sign == TOKEN_HERE_TABS;
	redirection->kind = (uint8_t)(sign == TOKEN_HERE_TABS ? REDIRECTION_HERE
							      : sign - TOKEN_READ);
	if (!redirection->has_fd)
		redirection->fd = reads(redirection->kind) ? 0 : 1;
	parser_take(parser);
	if (parser_peek(parser, EXPECT_WORD) != TOKEN_WORD)
		return no_target(parser, sign) != NULL;
	redirection->word = token->word;
	parser_take(parser);
	if (redirection->kind == REDIRECTION_HERE)
		here_expect(parser, redirection, redirection->place);
	**end = redirection;
	*end = &redirection->next;
	return true;
}

struct redirection **parse_redirections(struct parser *parser, struct redirection **end)
{
	while (is_redirection(parser_peek(parser, EXPECT_RESERVED))) {
		if (!parse_redirection(parser, &end))
			return NULL;
	}
	return end;
}

/* ---- simple commands ---- */

/* A simple command in the making: its assignments and then its words are on the stack. */
struct simple {
	struct simple_node *node;
	struct redirection **end;
	size_t first;
	bool may_declare; /* only `command` and its options stood before */
};

/* Length of the name that the word assigns to; 0: it is no assignment. */
static size_t assigned_name(const struct token *token)
{
	const struct part *part = token->word->parts;

	if (!(token->classes & BYTE_EQUALS) || part->kind != PART_LITERAL || part->is_quoted)
		return 0;
	return assignment_name(part->text, part->length);
}

static bool is_text(const struct word *word, const char *text)
{
	return word->literal != NULL && word->literal[0] == text[0] &&
	       strcmp(word->literal, text) == 0;
}

/* Looks whether the command is a declaration utility: `export`, `command -p export`, ... */
static void note_name(struct simple *simple, const struct word *word)
{
	struct simple_node *node = simple->node;

	if (is_text(word, "export") || is_text(word, "readonly") || is_text(word, "local")) {
		node->is_declaration = true;
		simple->may_declare = false;
		return;
	}
	bool is_option = node->n_words > 1 && word->literal != NULL && word->literal[0] == '-';
	simple->may_declare = is_option || is_text(word, "command");
}

static void add_word(struct parser *parser, struct simple *simple)
{
	struct token *token = &parser->token;
	struct simple_node *node = simple->node;
	struct word *word = token->word;
	size_t length = node->n_words == 0 || node->is_declaration ? assigned_name(token) : 0;

	parser_take(parser);
	if (length > 0 && node->n_words == 0) {
		parser_push(parser, word_assignment(parser, token, length));
		node->n_assignments++;
		return;
	}
	if (length > 0)
		word = word_declaration(parser, token, length);
	parser_push(parser, word);
	node->n_words++;
	if (simple->may_declare)
		note_name(simple, word);
}

static void end_simple(struct parser *parser, struct simple *simple)
{
	struct simple_node *node = simple->node;
	struct assignment *const *pointers = (void *)(parser->items + simple->first);

	if (node->n_assignments == 1) {
		node->assignments = pointers[0];
	} else if (node->n_assignments > 1) {
		struct assignment *list = arena_get(
			parser->arena, node->n_assignments * sizeof *list);
		for (uint32_t i = 0; i < node->n_assignments; i++)
			list[i] = *pointers[i];
		node->assignments = list;
	}
	const struct word *name = node->n_words > 1
					  ? parser->items[simple->first + node->n_assignments]
					  : NULL;
	if (name != NULL && (is_text(name, "function") || is_text(name, "select")))
		parser->foreign = name;
	if (node->n_words > 0) {
		node->words = parser_items(parser, simple->first + node->n_assignments);
		/* Where its name stands, whatever is in front of it. */
		node->node.place = node->words[0]->place;
	}
	parser->n_items = simple->first;
}

static struct node *parse_function(struct parser *parser, struct simple *simple)
{
	const struct word *name = parser->items[simple->first];
	struct place opened = parser->token.place;

	parser->n_items = simple->first;
	parser_take(parser);
	if (parser_peek(parser, EXPECT_WORD) != TOKEN_RIGHT)
		return parser_unexpected(parser, "\")\"", "(", opened);
	parser_take(parser);
	enum token_kind kind = parser_skip_newlines(parser, EXPECT_RESERVED);
	const unsigned beginnings = RESERVED_BIT(RESERVED_LEFT) | RESERVED_BIT(RESERVED_CASE) |
				    RESERVED_BIT(RESERVED_FOR) | RESERVED_BIT(RESERVED_IF) |
				    RESERVED_BIT(RESERVED_UNTIL) | RESERVED_BIT(RESERVED_WHILE);
	bool is_compound = kind == TOKEN_LEFT ||
			   (kind == TOKEN_RESERVED &&
				   beginnings & RESERVED_BIT(parser->token.reserved));
	if (!is_compound)
		return parser_unexpected(
			parser, "a compound command, such as { ...; }", NULL, opened);
	if (!parser_enter(parser, opened))
		return NULL;
	struct node *body = parse_command(parser);
	parser_leave(parser);
	if (body == NULL)
		return NULL;
	struct function_node *node = arena_zero(parser->arena, sizeof *node);
	node->node.kind = NODE_FUNCTION;
	node->node.place = name->place;
	node->name = name->literal;
	node->body = body;
	return &node->node;
}

/* A ( behind the beginning of a simple command. */
static struct node *at_left(struct parser *parser, struct simple *simple)
{
	const struct simple_node *node = simple->node;
	struct place place = parser->token.place;

	if (node->n_words == 0)
		return parser_fail(parser, place,
			"arrays are not in POSIX sh; use \"$@\" (set -- ...), or a list in a string");
	const struct word *name = parser->items[simple->first + node->n_assignments];
	if (is_text(name, "function") && node->n_words == 2)
		return parser_fail(parser, name->place,
			"\"function\" is not in POSIX sh; write name() { ...; }");
	bool is_alone = node->n_assignments == 0 && node->node.redirections == NULL;
	if (node->n_words > 1 || !is_alone)
		return parser_unexpected(parser, "a word, or the end of the command", NULL, place);
	if (name->literal == NULL || name->is_quoted)
		return parser_fail(parser, name->place,
			"the name of a function must not be quoted or expanded");
	return parse_function(parser, simple);
}

static struct node *parse_simple(struct parser *parser)
{
	struct simple_node *node = arena_zero(parser->arena, sizeof *node);
	struct simple simple = { .node = node, .first = parser->n_items, .may_declare = true };

	node->node.kind = NODE_SIMPLE;
	node->node.place = parser->token.place;
	simple.end = &node->node.redirections;
	for (;;) {
		enum token_kind kind = parser_peek(
			parser, node->n_words == 0 ? EXPECT_NAME : EXPECT_WORD);
		if (kind == TOKEN_WORD) {
			add_word(parser, &simple);
		} else if (is_redirection(kind)) {
			if (!parse_redirection(parser, &simple.end))
				return NULL;
		} else if (kind == TOKEN_LEFT) {
			return at_left(parser, &simple);
		} else if (kind == TOKEN_ERROR) {
			return NULL;
		} else {
			end_simple(parser, &simple);
			return &node->node;
		}
	}
}

struct node *parse_command(struct parser *parser)
{
	enum token_kind kind = parser_peek(parser, EXPECT_COMMAND);
	struct node *node;

	if (kind == TOKEN_RESERVED)
		node = parse_compound(parser);
	else if (kind == TOKEN_LEFT)
		node = parse_subshell(parser);
	else
		return parse_simple(parser);
	if (node == NULL || parse_redirections(parser, &node->redirections) == NULL)
		return NULL;
	return node;
}
