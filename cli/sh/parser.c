/* SPDX-License-Identifier: MIT */
/* Complete commands, lists and pipelines (XCU 2.10). */
#include "sh/parser.h"

#include "common/memory.h"
#include "common/message.h"
#include "sh/lexer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Enough for a command as most are, and small enough to be found quickly by malloc(). */
#define FIRST_BLOCK 936u

/* ---- help for all of the front end ---- */

void *parser_grow(void *list, size_t *size, size_t item_size)
{
	*size = *size ? *size * 2 : 16;
	return memory_resize(list, *size * item_size);
}

void *parser_items(struct parser *parser, size_t first)
{
	size_t n = parser->n_items - first;
	void **items = arena_get(parser->arena, n * sizeof *items);

	if (n > 0)
		memcpy(items, parser->items + first, n * sizeof *items);
	parser->n_items = first;
	return items;
}

bool parser_enter(struct parser *parser, struct place place)
{
	if (++parser->depth > DEEPEST)
		parser_fail(parser, place, "nested too deeply: %d levels are the most", DEEPEST);
	else if (shell_is_at_floor(parser->sh))
		parser_fail(parser, place, "nested too deeply: no room for more (ulimit -s)");
	else
		return true;
	return false;
}

enum token_kind parser_skip_newlines(struct parser *parser, unsigned expected)
{
	enum token_kind kind;

	while ((kind = parser_peek(parser, expected)) == TOKEN_NEWLINE)
		parser_take(parser);
	return kind;
}

/* ---- lists ---- */

static bool begins_command(const struct parser *parser)
{
	const unsigned beginnings = RESERVED_BIT(RESERVED_BANG) | RESERVED_BIT(RESERVED_LEFT) |
				    RESERVED_BIT(RESERVED_CASE) | RESERVED_BIT(RESERVED_FOR) |
				    RESERVED_BIT(RESERVED_IF) | RESERVED_BIT(RESERVED_UNTIL) |
				    RESERVED_BIT(RESERVED_WHILE);
	const struct token *token = &parser->token;

	if (token->kind == TOKEN_RESERVED)
		return beginnings & RESERVED_BIT(token->reserved);
	return token->kind == TOKEN_WORD || token->kind == TOKEN_IO_NUMBER ||
	       token->kind == TOKEN_LEFT || token->kind >= TOKEN_READ;
}

static struct binary_node *binary(struct parser *parser, enum node_kind kind, struct node *left)
{
	struct binary_node *node = arena_get(parser->arena, sizeof *node);

	*node = (struct binary_node){
		.node = { .kind = (uint8_t)kind, .place = left->place },
		.left = left,
	};
	return node;
}

static struct node *next_command(struct parser *parser, const char *after)
{
	parser_peek(parser, EXPECT_COMMAND);
	if (begins_command(parser))
		return parse_command(parser);
	struct text expected = { 0 };
	text_format(&expected, "a command%s%s%s", after ? " after \"" : "", after ? after : "",
		after ? "\"" : "");
	parser_unexpected(parser, expected.bytes, NULL, parser->token.place);
	text_done(&expected);
	return NULL;
}

static struct node *parse_pipeline(struct parser *parser, const char *after);

static bool is_bang(struct parser *parser)
{
	return parser_peek(parser, EXPECT_COMMAND) == TOKEN_RESERVED &&
	       parser->token.reserved == RESERVED_BANG;
}

/* `! ! command`, which the standard does not have and many shells do. */
static struct node *parse_negated_again(struct parser *parser, struct place place)
{
	if (!parser_enter(parser, place))
		return NULL;
	struct node *node = parse_pipeline(parser, "!");
	parser_leave(parser);
	return node;
}

static struct node *parse_pipeline(struct parser *parser, const char *after)
{
	size_t first = parser->n_items;
	const struct token *token = &parser->token;

	bool is_negated = is_bang(parser);
	struct place place = token->place;
	if (is_negated) {
		parser_take(parser);
		after = "!";
	}
	struct node *command = is_negated && is_bang(parser) ? parse_negated_again(parser, place)
							     : next_command(parser, after);
	if (command == NULL)
		return NULL;
	if (parser_peek(parser, EXPECT_RESERVED) != TOKEN_PIPE && !is_negated)
		return command;
	parser_push(parser, command);
	while (parser_peek(parser, EXPECT_RESERVED) == TOKEN_PIPE) {
		parser_take(parser);
		if (parser_skip_newlines(parser, EXPECT_COMMAND) == TOKEN_AND)
			return parser_fail(
				parser, token->place, "|& is not in POSIX sh; write 2>&1 |");
		command = next_command(parser, "|");
		if (command == NULL)
			return NULL;
		parser_push(parser, command);
	}
	struct pipeline_node *node = arena_get(parser->arena, sizeof *node);
	*node = (struct pipeline_node){
		.node = { .kind = NODE_PIPELINE, .place = place },
		.is_negated = is_negated,
		.n = (uint32_t)(parser->n_items - first),
	};
	node->commands = parser_items(parser, first);
	return &node->node;
}

static struct node *parse_and_or(struct parser *parser)
{
	struct node *whole = NULL;
	struct node **slot = &whole;
	const char *after = NULL;

	for (;;) {
		struct node *item = parse_pipeline(parser, after);
		if (item == NULL)
			return NULL;
		enum token_kind kind = parser_peek(parser, EXPECT_RESERVED);
		if (kind != TOKEN_AND_IF && kind != TOKEN_OR_IF) {
			*slot = item;
			return whole;
		}
		parser_take(parser);
		parser_skip_newlines(parser, EXPECT_COMMAND);
		after = kind == TOKEN_AND_IF ? "&&" : "||";
		struct binary_node *node = binary(
			parser, kind == TOKEN_AND_IF ? NODE_AND : NODE_OR, item);
		*slot = &node->node;
		slot = &node->right;
	}
}

/* Other shells send both outputs to a file by &>. Here that is a command in the background, which
   is what POSIX says, but hardly what was meant. */
static void warn_of_both(struct parser *parser)
{
	if (*parser->next == '>' && parser->sh->options[OPTION_NOEXEC])
		parser_warn(parser, parser->token.place,
			"&> starts the command in the background; write >file 2>&1");
}

struct node *parse_list(struct parser *parser, bool is_line)
{
	struct node *whole = NULL;
	struct node **slot = &whole;
	struct node *item = NULL; /* what a ; or newline stood behind */

	for (;;) {
		if (is_line)
			parser_peek(parser, EXPECT_COMMAND);
		else
			parser_skip_newlines(parser, EXPECT_COMMAND);
		if (!begins_command(parser))
			break;
		struct node *next = parse_and_or(parser);
		if (next == NULL)
			return NULL;
		if (item != NULL) {
			struct binary_node *node = binary(parser, NODE_SEQUENCE, item);
			*slot = &node->node;
			slot = &node->right;
		}
		item = next;
		enum token_kind kind = parser_peek(parser, EXPECT_RESERVED);
		if (kind == TOKEN_AND) {
			warn_of_both(parser);
			struct binary_node *node = binary(parser, NODE_ASYNC, item);
			*slot = &node->node;
			slot = &node->right;
			item = NULL;
		} else if (kind != TOKEN_SEMICOLON && (kind != TOKEN_NEWLINE || is_line)) {
			break;
		}
		parser_take(parser);
	}
	if (item != NULL)
		*slot = item;
	return parser->failed ? NULL : whole;
}

/* What the lexer was about when it met a substitution in the middle of a token. */
struct interrupted {
	struct token token;
	struct layer *token_layer;
	bool after_blank;
	size_t here_base;
};

bool parse_substitution(
	struct parser *parser, bool is_text, struct place opened, struct node **ret_body)
{
	const struct interrupted interrupted = {
		.token = parser->token,
		.token_layer = parser->token_layer,
		.after_blank = parser->after_blank,
		.here_base = parser->here_base,
	};
	bool is_good = false;

	if (!parser_enter(parser, opened))
		return false;
	parser->has_token = false;
	parser->here_base = parser->n_here;
	parser->without_aliases++;
	*ret_body = parse_list(parser, false);
	if (!parser->failed) {
		enum token_kind kind = parser_peek(parser, EXPECT_RESERVED);
		is_good = kind == (is_text ? TOKEN_END : TOKEN_RIGHT);
		if (!is_good && kind == TOKEN_END)
			parser_unterminated(parser, "$(", opened);
		else if (!is_good)
			parser_unexpected(parser, is_text ? "the closing `" : "\")\"",
				is_text ? "`" : "$(", opened);
		else if (parser->n_here > parser->here_base)
			is_good =
				parser_fail(parser, parser->here[parser->here_base].place,
					"the here-document that begins here is to end within the substitution") !=
				NULL;
	}
	parser_leave(parser);
	parser->without_aliases--;
	parser->here_base = interrupted.here_base;
	parser->token = interrupted.token;
	parser->token_layer = interrupted.token_layer;
	parser->after_blank = interrupted.after_blank;
	/* The token around it is still being read. */
	parser->has_token = true;
	return is_good;
}

bool substitution_is_parsed(const struct shell *sh, const struct command_substitution *substitution)
{
	return !sh->has_aliases && !substitution->may_define_aliases;
}

/* ---- programs ---- */

/* At the beginning of the arena that it is in. */
struct program_space {
	struct program program;
	struct arena arena;
};

struct program *program_hold(struct program *program)
{
	program->references++;
	return program;
}

void program_drop(struct program *program)
{
	if (program == NULL || --program->references > 0)
		return;
	struct arena arena = *program->arena;
	source_drop(program->source);
	arena_done(&arena);
}

static struct program *new_program(struct source *source)
{
	struct arena arena = { .first_size = FIRST_BLOCK };
	struct program_space *space = arena_get(&arena, sizeof *space);

	space->program = (struct program){
		.references = 1,
		.source = source_hold(source),
		.arena = &space->arena,
	};
	space->arena = arena;
	return &space->program;
}

/* ---- parsers ---- */

static struct parser *make_parser(struct shell *sh, struct input *input, struct source *source)
{
	struct parser *parser = memory_get(sizeof *parser);

	memset(parser, 0, sizeof *parser);
	parser->sh = sh;
	parser->input = input;
	parser->source = source;
	parser->lines_size = 256;
	parser->lines = memory_get(parser->lines_size);
	parser->lines[0] = '\0';
	parser->top = &parser->base;
	parser->base.text = parser->lines;
	struct place beginning = input ? input_beginning(input) : (struct place){ 1, 1 };
	parser->base.line = beginning.line;
	parser->base.column = beginning.column;
	parser->next = parser->lines;
	parser->items = parser_grow(NULL, &parser->items_size, sizeof *parser->items);
	parser->parts = parser_grow(NULL, &parser->parts_size, sizeof *parser->parts);
	parser->is_at_end = input == NULL;
	return parser;
}

struct parser *parser_new(struct shell *sh, struct input *input)
{
	return make_parser(sh, input, input_source(input));
}

void parser_free(struct parser *parser)
{
	if (parser == NULL)
		return;
	if (parser_shows_lines(parser)) {
		parser->source->text = NULL;
		/* The next parser of it goes on behind them. */
		input_begin_at(parser->input, (struct place){ parser->base.line, 1 });
	}
	program_drop(parser->spare);
	arena_done(&parser->layers);
	free(parser->lines);
	free(parser->parts);
	free(parser->here);
	free(parser->items);
	free(parser->substitutions);
	free(parser->known);
	text_done(&parser->held);
	free(parser);
}

/* Before a complete command: what was read of the line may go on. */
static void begin(struct parser *parser)
{
	if (parser->top == &parser->base && *parser->next == '\0') {
		parser->base.length = 0;
		parser->base.line_start = 0;
		if (parser_shows_lines(parser))
			parser->source->first_line = parser->base.line;
		parser->lines[0] = '\0';
		parser->next = parser->lines;
		arena_release(&parser->layers, (struct arena_mark){ 0 });
	}
	parser->has_token = false;
	parser->is_started = false;
	parser->is_at_end = false;
	parser->error = 0;
	parser->failed = false;
	parser->n_substitutions = 0;
	parser->foreign = NULL;
	if (parser->spare == NULL)
		parser->spare = new_program(parser->source);
	parser->arena = parser->spare->arena;
}

/* After an error: nothing of the line is of use. */
static void forget(struct parser *parser)
{
	for (const struct layer *top; (top = parser->top) != &parser->base;) {
		parser->top = top->outer;
		parser->next = top->outer->text + top->resume;
	}
	while (*parser->next != '\0') {
		if (*parser->next++ == '\n')
			lexer_passed_newline(parser);
	}
	parser->has_literal = false;
	parser->n_parts = 0;
	parser->n_here = 0;
	parser->here_base = 0;
	parser->n_items = 0;
	parser->depth = 0;
	parser->attempts = 0;
	parser->trials = 0;
	text_done(&parser->held);
	parser->without_aliases = 0;
	if (parser->input != NULL)
		input_forget_line(parser->input);
	/* What was allocated for it. */
	program_drop(parser->spare);
	parser->spare = NULL;
}

static enum parsed stop(struct parser *parser)
{
	int error = parser->error;

	forget(parser);
	if (error == EINTR)
		return PARSED_INTERRUPTED;
	if (error == 0)
		return PARSED_ERROR;
	shell_error_at(parser->sh, parser->source, lexer_place(parser), "cannot be read: %s",
		message_errno(error));
	return PARSED_FAILED;
}

/* All lines of the command, for messages about standard input, which nobody can read again. */
static void keep_lines(struct parser *parser)
{
	struct program *program = parser->spare;

	program->text = arena_text(parser->arena, parser->lines, parser->base.length);
	program->length = parser->base.length;
	program->first_line = parser->source->first_line;
}

/* The texts of substitutions lie in lines that the next command overwrites. The outer ones come
   behind those that they contain. */
static void keep_texts(struct parser *parser)
{
	const struct substitution_text *outer = NULL;

	if (parser->source && parser->source->kind == SOURCE_STDIN)
		keep_lines(parser);
	for (size_t i = parser->n_substitutions; i-- > 0;) {
		const struct substitution_text *at = &parser->substitutions[i];
		struct command_substitution *substitution = at->substitution;
		size_t end = outer ? outer->offset + outer->substitution->text_length : 0;
		if (outer && at->offset >= outer->offset && at->offset < end) {
			substitution->text = outer->substitution->text +
					     (at->offset - outer->offset);
			continue;
		}
		substitution->text = arena_text(
			parser->arena, parser->lines + at->offset, substitution->text_length);
		outer = at;
	}
}

static enum parsed finish(struct parser *parser, struct node *body, struct program **ret_program)
{
	keep_texts(parser);
	struct program *program = parser->spare;
	parser->spare = NULL;
	program->body = body;
	*ret_program = program;
	return PARSED;
}

static void *stray(struct parser *parser)
{
	const struct token *token = &parser->token;

	if (parser_advise(parser))
		return NULL;
	if (token->kind == TOKEN_RESERVED || token->kind == TOKEN_RIGHT ||
		token->kind == TOKEN_DOUBLE_SEMICOLON) {
		struct text text = { 0 };
		parser_describe(parser, &text);
		parser_fail(parser, token->place, "found %s, which nothing before it asks for",
			text.bytes);
		text_done(&text);
		return NULL;
	}
	return parser_unexpected(parser, "a command", NULL, token->place);
}

enum parsed parser_next(struct parser *parser, struct program **ret_program)
{
	*ret_program = NULL;
	begin(parser);
	enum token_kind kind;
	if (parser->sh->is_interactive)
		kind = parser_peek(parser, EXPECT_COMMAND);
	else
		kind = parser_skip_newlines(parser, EXPECT_COMMAND);
	if (kind == TOKEN_END && parser->error == 0)
		return PARSED_END;
	struct node *body = parse_list(parser, true);
	if (!parser->failed && parser->error == 0) {
		kind = parser_peek(parser, EXPECT_RESERVED);
		if (kind != TOKEN_NEWLINE && kind != TOKEN_END)
			stray(parser);
	}
	if (parser->failed || parser->error != 0)
		return stop(parser);
	parser_take(parser);
	return finish(parser, body, ret_program);
}

enum parsed parse_string(struct shell *sh, struct source *source, const char *text, size_t length,
	struct program **ret_program)
{
	struct input *input = input_of_string(source, text, length);
	struct parser *parser = parser_new(sh, input);
	enum parsed parsed;

	*ret_program = NULL;
	begin(parser);
	struct node *body = parse_list(parser, false);
	if (!parser->failed && parser_peek(parser, EXPECT_RESERVED) != TOKEN_END)
		stray(parser);
	if (parser->failed)
		parsed = stop(parser);
	else
		parsed = finish(parser, body, ret_program);
	parser_free(parser);
	input_free(input);
	return parsed;
}

struct word *parse_double_quoted(
	struct shell *sh, struct arena *arena, const char *text, size_t length)
{
	struct parser *parser = make_parser(sh, NULL, NULL);

	parser->is_silent = true;
	parser->arena = arena;
	parser->without_aliases = 1;
	text = arena_text(arena, text, length);
	struct word *word = word_of_text(parser, text, length, (struct place){ 1, 1 }, WORD_HERE);
	here_abandon(parser, 0);
	parser_free(parser);
	return word;
}

struct parser *parser_of_text(struct shell *sh, const char *text, size_t length, struct place place)
{
	struct parser *parser = make_parser(sh, NULL, NULL);

	parser->is_silent = true;
	parser->without_aliases = 1;
	lexer_push(parser, text, length, place);
	parser->arena = &parser->layers;
	parser->before_piece = arena_mark(parser->arena);
	return parser;
}

const struct word *parser_next_piece(struct parser *parser)
{
	arena_release(parser->arena, parser->before_piece);
	struct making making = word_begin(parser);
	if (word_read_piece(parser, &making) < 0 || parser->n_parts == 0)
		return NULL;
	return word_end(parser, &making);
}
