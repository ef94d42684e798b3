/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/text.h"
#include "sh/ast.h"
#include "sh/input.h"
#include "sh/lexer_class.h"
#include "sh/shell.h"

#include <string.h>

/*
 * Within the front end: characters, tokens, words. Text comes from a stack of layers: at the
 * bottom the lines of the input, above them what aliases stand for (which go on in the layer below)
 * and texts of their own (backquotes, here-documents; these end where they end). All of a complete
 * command's lines are kept in one buffer until it is parsed.
 *
 * Whatever fails has said why, set parser->failed, and returns false, NULL or -1; callers only
 * hand that on.
 */

/* Levels of nesting, of whatever kind. The stack of 8 MiB is enough for them, with sanitizers too.
 */
#define DEEPEST 1000

struct layer {
	struct layer *outer;
	/* Of an alias: the layer in which its name began. That may have ended with the name, and
	   be no outer one; what it stands for still comes from that alias. */
	const struct layer *origin;
	const char *text; /* ends with a NUL */
	size_t length;
	size_t resume;      /* where the outer one goes on */
	const char *alias;  /* an alias's value: its name; NULL: a text of its own */
	struct place place; /* of the alias's name */
	/* Of a text of its own: */
	uint32_t line;
	uint32_t column;   /* of its first character */
	size_t line_start; /* offset of the current line */
};

enum token_kind {
	TOKEN_ERROR,
	TOKEN_END,
	TOKEN_NEWLINE,
	TOKEN_WORD,
	TOKEN_RESERVED,  /* token.reserved */
	TOKEN_IO_NUMBER, /* token.fd */
	TOKEN_AND_IF,
	TOKEN_OR_IF,
	TOKEN_DOUBLE_SEMICOLON,
	TOKEN_SEMICOLON_AND,
	TOKEN_AND,
	TOKEN_PIPE,
	TOKEN_SEMICOLON,
	TOKEN_LEFT,
	TOKEN_RIGHT,
	/* Redirections, in the order of enum redirection_kind, and <<- */
	TOKEN_READ,
	TOKEN_WRITE,
	TOKEN_CLOBBER,
	TOKEN_APPEND,
	TOKEN_READ_WRITE,
	TOKEN_COPY_IN,
	TOKEN_COPY_OUT,
	TOKEN_HERE,
	TOKEN_HERE_TABS
};

struct token {
	enum token_kind kind;
	enum reserved reserved;
	unsigned classes; /* of the word's unquoted characters: BYTE_TILDE, BYTE_EQUALS */
	int fd;
	struct place place;
	struct word *word;
};

/* What the parser expects, for a token that is not read yet: RESERVED_BIT()s that count, and
   whether it may be the name of a command, where aliases stand. */
#define EXPECT_NAME     (1u << 31)
#define EXPECT_WORD     0u
#define EXPECT_RESERVED ((1u << RESERVED_COUNT) - 2)
#define EXPECT_COMMAND  (EXPECT_NAME | EXPECT_RESERVED)

struct here_document {
	struct redirection *redirection;
	struct place place;
};

/* A `$((` that turned out to be `$( (`, so that it is not tried again and again. */
struct known {
	const struct layer *layer;
	size_t offset;
};

/* A command substitution of the base text, and where its text begins there. */
struct substitution_text {
	struct command_substitution *substitution;
	size_t offset;
};

struct parser {
	struct shell *sh;
	struct input *input; /* NULL: only layers */
	struct source *source;

	/* Characters (lexer.c) */
	const char *next; /* within top->text */
	struct layer *top;
	struct layer base;
	char *lines; /* base.text */
	size_t lines_size;
	struct arena layers; /* outlives a complete command: the rest of an alias may */
	bool is_at_end;      /* the input has said so */
	bool is_started;     /* a command has begun: PS2 */
	int error;           /* errno of reading */

	/* Tokens */
	bool has_token;
	bool after_blank; /* an alias that ends in a blank came just before this token */
	int without_aliases;
	struct token token;
	struct layer *token_layer; /* in which the token begins */

	/* Words (lexer_word.c): the literal that grows at the end of the arena, if there is one,
	   and a stack of parts */
	struct arena *arena;
	struct program *spare; /* whose arena it is */
	bool has_literal;
	bool literal_is_quoted;
	struct place literal_place;
	char *literal;
	struct part *parts;
	size_t n_parts, parts_size;

	/* Here-documents that begin behind the next newline (lexer_here.c) */
	struct here_document *here;
	size_t n_here, here_size, here_base;

	/* Commands (parser*.c): a stack of pointers */
	void **items;
	size_t n_items, items_size;
	int depth;
	/* The last `function f` or `select x`, which are names of commands here, for advice. */
	const struct word *foreign;

	/* Command substitutions of the base text (lexer_dollar.c); their text is copied at the end
	 */
	struct substitution_text *substitutions;
	size_t n_substitutions, substitutions_size;
	struct known *known; /* a hash table */
	size_t n_known, known_size;
	int attempts; /* at a `$((`, around us */
	int trials;   /* to read one as arithmetic: errors say nothing then */

	struct arena_mark before_piece; /* of parser_next_piece() */

	bool failed;
	bool is_silent;
	/* A warning within a trial: said if that comes out well. */
	struct text held;
	struct place held_place;
};

/* ---- lexer.c ---- */

/* At the NUL that ends a layer: goes on with the layer below or the next line. Returns whether
   there is more; false: the end (or reading failed). */
bool lexer_more(struct parser *parser);

/* The next character without line continuations before it; 0: the end. parser->next is there. */
char lexer_peek_slowly(struct parser *parser);
static inline char lexer_peek(struct parser *parser)
{
	char byte = *parser->next;

	return byte != '\\' && byte != '\0' ? byte : lexer_peek_slowly(parser);
}

/* parser->next is behind a backslash: whether a newline follows, which is passed then. */
bool lexer_continuation(struct parser *parser);

/* To be called when parser->next has just passed a newline. */
static inline void lexer_passed_newline(struct parser *parser)
{
	struct layer *top = parser->top;

	if (top->alias == NULL) {
		top->line++;
		top->column = 1;
		top->line_start = (size_t)(parser->next - top->text);
	}
}

static inline struct place lexer_place(const struct parser *parser)
{
	const struct layer *top = parser->top;

	if (top->alias != NULL)
		return top->place;
	size_t offset = (size_t)(parser->next - top->text) - top->line_start;
	return (struct place){ top->line, (uint32_t)offset + top->column };
}

/* Puts text on top; text ends with a NUL. */
void lexer_push(struct parser *parser, const char *text, size_t length, struct place place);
void lexer_push_alias(struct parser *parser, const struct symbol *symbol, struct place place);
/* Takes away the text of its own that is on top, whatever is left of it. */
void lexer_pop(struct parser *parser);

/* Reads parser->token; expected: see above. */
enum token_kind lexer_token(struct parser *parser, unsigned expected);

static inline enum token_kind parser_peek(struct parser *parser, unsigned expected)
{
	return parser->has_token ? parser->token.kind : lexer_token(parser, expected);
}

static inline void parser_take(struct parser *parser)
{
	parser->has_token = false;
}

/* ---- lexer_word.c ---- */

enum word_mode {
	WORD_PLAIN = STOPS_WORD,
	WORD_QUOTES = STOPS_QUOTES,
	WORD_BRACE = STOPS_BRACE,
	WORD_QUOTED_BRACE = STOPS_QUOTED_BRACE,
	WORD_HERE = STOPS_HERE,
	WORD_ARITHMETIC = STOPS_ARITHMETIC
};

/* A word in the making. */
struct making {
	size_t first_part; /* on parser->parts */
	unsigned classes;  /* of its unquoted characters */
	bool is_quoted;
	struct place place;
};

struct making word_begin(const struct parser *parser);
struct word *word_end(struct parser *parser, const struct making *making);
/* Reads up to (and past) what ends the mode. */
bool word_read(
	struct parser *parser, struct making *making, enum word_mode mode, struct place opened);

/* The token that begins here: a word or IO_NUMBER. */
enum token_kind lexer_word(struct parser *parser);

/* The text on top of the layers as in a here-document, some parts at a time; they stay on
   parser->parts, from making->first_part on. Returns 1: there is more; 0: that was the end; -1. */
int word_read_piece(struct parser *parser, const struct making *making);

/* A text as its own word in a mode that ends with the text. */
struct word *word_of_text(struct parser *parser, const char *text, size_t length,
	struct place place, enum word_mode mode);

/* The growing literal. */
void literal_begin(struct parser *parser, bool is_quoted, struct place place);
void literal_end(struct parser *parser);
static inline void literal_add(struct parser *parser, const char *bytes, size_t length)
{
	struct arena *arena = parser->arena;

	if ((size_t)(arena->end - arena->next) <= length) {
		size_t kept = (size_t)(arena->next - parser->literal);
		arena_grow(arena, length + 1, kept);
		parser->literal = arena->next - kept;
	}
	memcpy(arena->next, bytes, length);
	arena->next += length;
}
/* Text that is no part of a word grows in the same way. */
void text_begin(struct parser *parser);
char *text_end(struct parser *parser, size_t *ret_length);

struct part *part_add(
	struct parser *parser, enum part_kind kind, bool is_quoted, struct place place);

/* name=value of a word that looks so: makes it of the token's word, which is used up. */
struct assignment *word_assignment(
	struct parser *parser, const struct token *token, size_t name_length);
/* The same word with the tildes of an assignment, for declaration utilities. */
struct word *word_declaration(struct parser *parser, const struct token *token, size_t name_length);

/* ---- lexer_tilde.c ---- */

/* Makes tildes of the parts from `first` on, which begin with text of a word (or a value). */
void tildes_find(struct parser *parser, size_t first, bool is_assignment);

/* ---- lexer_quote.c ---- */

bool quote_single(struct parser *parser, struct making *making, struct place opened);
bool quote_dollar(struct parser *parser, struct making *making, struct place opened);
bool quote_backslash(struct parser *parser, struct making *making, enum word_mode mode);

/* ---- lexer_dollar.c, lexer_parameter.c ---- */

/* At a `$` or a backquote. */
bool dollar_read(struct parser *parser, struct making *making, enum word_mode mode);
bool backquote_read(struct parser *parser, enum word_mode mode);
/* `{` was passed; place is the dollar's. */
bool parameter_read_braces(struct parser *parser, enum word_mode mode, struct place place);
/* A name, digit or special parameter follows. */
bool parameter_read_plain(struct parser *parser, bool is_quoted, struct place place);

/* ---- lexer_here.c ---- */

void here_expect(struct parser *parser, struct redirection *redirection, struct place place);
/* Reads those expected so far; a newline was just passed, or the input has ended. */
bool here_read(struct parser *parser);
/* Those from `first` on get no lines: they were asked for within a text that has ended. */
void here_abandon(struct parser *parser, size_t first);

/* ---- parser.c ---- */

/* Whether messages take the lines of the source from this parser, since they are nowhere else. */
static inline bool parser_shows_lines(const struct parser *parser)
{
	return parser->source &&
	       (parser->source->kind == SOURCE_STDIN || parser->source->kind == SOURCE_TERMINAL);
}

void *parser_grow(void *list, size_t *size, size_t item_size);

static inline void parser_push(struct parser *parser, void *item)
{
	if (parser->n_items == parser->items_size)
		parser->items = parser_grow(parser->items, &parser->items_size, sizeof(void *));
	parser->items[parser->n_items++] = item;
}
/* The items from `first` on, in the arena; they are taken from the stack. */
void *parser_items(struct parser *parser, size_t first);

/* One level deeper; false: too deep, which was said. */
bool parser_enter(struct parser *parser, struct place place);
static inline void parser_leave(struct parser *parser)
{
	parser->depth--;
}

/* Commands up to what cannot begin one: the token is left there. NULL and not failed: none.
   is_line: a newline ends it as well. */
struct node *parse_list(struct parser *parser, bool is_line);

/* The commands of $( ) up to and past `)`, or of a text up to its end. */
bool parse_substitution(
	struct parser *parser, bool is_text, struct place opened, struct node **ret_body);

/* ---- parser_command.c, parser_compound.c ---- */

struct node *parse_command(struct parser *parser);
struct node *parse_compound(struct parser *parser);
struct node *parse_subshell(struct parser *parser);
/* Redirections, if there are any, behind *end. Returns the new end, NULL: failed. */
struct redirection **parse_redirections(struct parser *parser, struct redirection **end);
bool parse_redirection(struct parser *parser, struct redirection ***end);
/* Newlines, if there are any; then the next token is one of `expected`. */
enum token_kind parser_skip_newlines(struct parser *parser, unsigned expected);

/* ---- parser_message.c ---- */

/* Says it (the first one only) and sets failed. Returns NULL. */
void *parser_fail(struct parser *parser, struct place place, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The token that came is not what must come. opening: what is open, NULL: nothing is. */
void *parser_unexpected(
	struct parser *parser, const char *expected, const char *opening, struct place opened);
/* Whether the token is what comes of another shell's language; says what to write instead. */
bool parser_advise(struct parser *parser);
/* Without an error. */
void parser_warn(struct parser *parser, struct place place, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The input ended within something. */
bool parser_unterminated(struct parser *parser, const char *what, struct place opened);
/* The end of a trial: says what was held back, or forgets it. */
void parser_end_trial(struct parser *parser, bool is_good);
/* The token as it is shown. */
void parser_describe(const struct parser *parser, struct text *text);
