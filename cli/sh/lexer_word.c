/* SPDX-License-Identifier: MIT */
/* Words (XCU 2.2, 2.3): runs of characters and what interrupts them. */
#include "sh/lexer.h"

#include <limits.h>
#include <string.h>

#define PIECE_PARTS 64

/* ---- literals and parts ---- */

void text_begin(struct parser *parser)
{
	parser->literal = parser->arena->next;
}

char *text_end(struct parser *parser, size_t *ret_length)
{
	struct arena *arena = parser->arena;

	literal_add(parser, "", 0);
	*ret_length = (size_t)(arena->next - parser->literal);
	*arena->next++ = '\0';
	return parser->literal;
}

void literal_begin(struct parser *parser, bool is_quoted, struct place place)
{
	if (parser->has_literal) {
		if (parser->literal_is_quoted == is_quoted)
			return;
		literal_end(parser);
	}
	parser->has_literal = true;
	parser->literal_is_quoted = is_quoted;
	parser->literal_place = place;
	text_begin(parser);
}

void literal_end(struct parser *parser)
{
	if (!parser->has_literal)
		return;
	parser->has_literal = false;
	size_t length;
	char *text = text_end(parser, &length);
	if (length == 0 && !parser->literal_is_quoted)
		return;
	struct part *part = part_add(
		parser, PART_LITERAL, parser->literal_is_quoted, parser->literal_place);
	part->text = text;
	part->length = (uint32_t)length;
}

struct part *part_add(
	struct parser *parser, enum part_kind kind, bool is_quoted, struct place place)
{
	if (parser->n_parts == parser->parts_size)
		parser->parts = parser_grow(
			parser->parts, &parser->parts_size, sizeof *parser->parts);
	struct part *part = &parser->parts[parser->n_parts++];
	*part = (struct part){ .kind = (uint8_t)kind, .is_quoted = is_quoted, .place = place };
	return part;
}

/* ---- words ---- */

struct making word_begin(const struct parser *parser)
{
	return (struct making){ .first_part = parser->n_parts, .place = lexer_place(parser) };
}

/* The text of a word that has nothing but literals; NULL: it has more. */
static const char *join(
	struct parser *parser, const struct part *parts, size_t n, size_t *ret_length)
{
	size_t length = 0;

	for (size_t i = 0; i < n; i++) {
		if (parts[i].kind != PART_LITERAL)
			return NULL;
		length += parts[i].length;
	}
	*ret_length = length;
	if (n == 0)
		return "";
	if (n == 1)
		return parts[0].text;
	text_begin(parser);
	for (size_t i = 0; i < n; i++)
		literal_add(parser, parts[i].text, parts[i].length);
	return text_end(parser, ret_length);
}

/* Whether a ] may follow an unquoted [: of what is expanded nobody knows. */
static bool has_closing(const struct part *parts, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (parts[i].kind != PART_LITERAL ||
			memchr(parts[i].text, ']', parts[i].length) != NULL)
			return true;
	}
	return false;
}

/* Takes the parts from the stack into the word. */
static void set_parts(struct parser *parser, struct word *word, size_t first)
{
	size_t n = parser->n_parts - first;
	struct part *parts = arena_get(parser->arena, n * sizeof *parts);

	if (n > 0)
		memcpy(parts, parser->parts + first, n * sizeof *parts);
	parser->n_parts = first;
	word->parts = parts;
	word->n_parts = n & MOST_PARTS;
}

static void set_literal(struct parser *parser, struct word *word)
{
	size_t length = 0;

	word->literal = join(parser, word->parts, word->n_parts, &length);
	word->literal_length = (uint32_t)length;
}

struct word *word_end(struct parser *parser, const struct making *making)
{
	literal_end(parser);
	if (making->classes & BYTE_TILDE)
		tildes_find(parser, making->first_part, false);
	struct word *word = arena_get(parser->arena, sizeof *word);
	*word = (struct word){ .is_quoted = making->is_quoted, .place = making->place };
	set_parts(parser, word, making->first_part);
	word->is_pattern = making->classes & BYTE_WILD ||
			   (making->classes & BYTE_BRACKET &&
				   has_closing(word->parts, word->n_parts));
	if (!word->is_pattern)
		set_literal(parser, word);
	return word;
}

/* Most words: one run of plain characters. */
struct plain_word {
	struct word word;
	struct part part;
	char text[];
};

static struct word *plain_word(
	struct parser *parser, const char *text, size_t length, unsigned classes)
{
	struct plain_word *plain = arena_get(
		parser->arena, offsetof(struct plain_word, text) + length + 1);

	memcpy(plain->text, text, length);
	plain->text[length] = '\0';
	bool is_pattern = classes & BYTE_WILD ||
			  (classes & BYTE_BRACKET && memchr(text, ']', length) != NULL);
	plain->part = (struct part){
		.kind = PART_LITERAL,
		.length = (uint32_t)length,
		.place = parser->token.place,
		.text = plain->text,
	};
	plain->word = (struct word){
		.literal = is_pattern ? NULL : plain->text,
		.literal_length = is_pattern ? 0 : (uint32_t)length,
		.n_parts = 1,
		.is_pattern = is_pattern,
		.place = parser->token.place,
		.parts = &plain->part,
	};
	return &plain->word;
}

/* A word of digits in front of < or >: the number of a descriptor; -1: it is none. */
static int io_number(const char *text, size_t length)
{
	long number = 0;

	for (size_t i = 0; i < length; i++) {
		if (!byte_is(text[i], BYTE_DIGIT))
			return -1;
		if (number < INT_MAX)
			number = number * 10 + (text[i] - '0');
	}
	return number > INT_MAX ? INT_MAX : (int)number;
}

static enum token_kind slow_word(struct parser *parser)
{
	struct token *token = &parser->token;
	struct making making = word_begin(parser);

	if (!word_read(parser, &making, WORD_PLAIN, making.place))
		return TOKEN_ERROR;
	token->word = word_end(parser, &making);
	token->classes = making.classes;
	const struct word *word = token->word;
	if (word->literal != NULL && !word->is_quoted && byte_is(word->literal[0], BYTE_DIGIT)) {
		char byte = lexer_peek(parser);
		token->fd = byte == '<' || byte == '>'
				    ? io_number(word->literal, word->literal_length)
				    : -1;
		if (token->fd >= 0)
			return TOKEN_IO_NUMBER;
	}
	return TOKEN_WORD;
}

enum token_kind lexer_word(struct parser *parser)
{
	struct token *token = &parser->token;
	const char *start = parser->next;
	const char *next = start;
	unsigned classes = 0;
	unsigned class;

	parser->is_started = true;
	while (!((class = byte_class(*next)) & STOPS_WORD)) {
		classes |= class;
		next++;
	}
	if (!(class & BYTE_DELIMITER) || *start == '~')
		return slow_word(parser);
	size_t length = (size_t)(next - start);
	parser->next = next;
	if ((*next == '<' || *next == '>') && byte_is(*start, BYTE_DIGIT)) {
		token->fd = io_number(start, length);
		if (token->fd >= 0)
			return TOKEN_IO_NUMBER;
	}
	token->word = plain_word(parser, start, length, classes);
	token->classes = classes;
	return TOKEN_WORD;
}

/* ---- reading ---- */

static bool is_unquoted(enum word_mode mode)
{
	return mode == WORD_PLAIN || mode == WORD_BRACE;
}

/* The run of characters that mean nothing here. */
static void read_run(struct parser *parser, struct making *making, enum word_mode mode)
{
	const char *start = parser->next;
	const char *next = start;
	unsigned classes = 0;

	for (unsigned class; !((class = byte_class(*next)) & mode); next++)
		classes |= class;
	if (next == start)
		return;
	if (is_unquoted(mode)) {
		making->classes |= classes;
		literal_begin(parser, false, lexer_place(parser));
	} else {
		literal_begin(parser, true, lexer_place(parser));
	}
	literal_add(parser, start, (size_t)(next - start));
	parser->next = next;
}

static void read_character(struct parser *parser, enum word_mode mode)
{
	literal_begin(parser, !is_unquoted(mode), lexer_place(parser));
	literal_add(parser, parser->next++, 1);
	if (parser->next[-1] == '\n')
		lexer_passed_newline(parser);
}

static const char *what_is_open(enum word_mode mode)
{
	if (mode == WORD_QUOTES)
		return "\"";
	return mode == WORD_ARITHMETIC ? "$((" : "${";
}

static bool read_double_quotes(struct parser *parser, struct making *making)
{
	struct place opened = lexer_place(parser);

	parser->next++;
	making->is_quoted = true;
	if (lexer_peek(parser) == '"') {
		/* Nothing, but it makes a field. */
		literal_begin(parser, true, opened);
		parser->next++;
		return true;
	}
	if (!parser_enter(parser, opened) || !word_read(parser, making, WORD_QUOTES, opened))
		return false;
	parser_leave(parser);
	return true;
}

enum step { STEP_ON, STEP_END, STEP_FAILED };

static enum step step_of(bool is_good)
{
	return is_good ? STEP_ON : STEP_FAILED;
}

/* A parenthesis in $(( )): the one that closes it must be twice. */
static enum step read_parenthesis(struct parser *parser, unsigned *nested)
{
	if (*parser->next == '(') {
		++*nested;
	} else if (*nested > 0) {
		--*nested;
	} else {
		parser->next++;
		if (lexer_peek(parser) != ')')
			return STEP_FAILED;
		parser->next++;
		return STEP_END;
	}
	read_character(parser, WORD_ARITHMETIC);
	return STEP_ON;
}

/* What interrupts a run. */
static enum step read_special(
	struct parser *parser, struct making *making, enum word_mode mode, unsigned *nested)
{
	switch (*parser->next) {
	case '\\':
		return step_of(quote_backslash(parser, making, mode));
	case '$':
	case '`':
		return step_of(dollar_read(parser, making, mode));
	case '\'':
		return step_of(quote_single(parser, making, lexer_place(parser)));
	case '"':
		if (mode == WORD_QUOTES) {
			parser->next++;
			return STEP_END;
		}
		return step_of(read_double_quotes(parser, making));
	case '}':
		parser->next++;
		return STEP_END;
	case '(':
	case ')':
		if (mode == WORD_ARITHMETIC)
			return read_parenthesis(parser, nested);
		return STEP_END;
	case '\n':
		if (mode == WORD_PLAIN)
			return STEP_END;
		read_character(parser, mode);
		return STEP_ON;
	default:
		return STEP_END;
	}
}

bool word_read(
	struct parser *parser, struct making *making, enum word_mode mode, struct place opened)
{
	unsigned nested = 0;

	for (;;) {
		read_run(parser, making, mode);
		if (*parser->next == '\0') {
			if (lexer_more(parser))
				continue;
			return mode == WORD_PLAIN || mode == WORD_HERE ||
			       parser_unterminated(parser, what_is_open(mode), opened);
		}
		enum step step = read_special(parser, making, mode, &nested);
		if (step != STEP_ON)
			return step == STEP_END;
	}
}

int word_read_piece(struct parser *parser, const struct making *making)
{
	struct making piece = *making;
	unsigned nested = 0;
	int r = 1;

	while (r == 1 && parser->n_parts - making->first_part < PIECE_PARTS) {
		read_run(parser, &piece, WORD_HERE);
		if (*parser->next == '\0')
			r = 0;
		else if (read_special(parser, &piece, WORD_HERE, &nested) == STEP_FAILED)
			r = -1;
	}
	literal_end(parser);
	return r;
}

struct word *word_of_text(struct parser *parser, const char *text, size_t length,
	struct place place, enum word_mode mode)
{
	lexer_push(parser, text, length, place);
	struct making making = word_begin(parser);
	if (!word_read(parser, &making, mode, place))
		return NULL;
	lexer_pop(parser);
	return word_end(parser, &making);
}

/* ---- assignments ---- */

/* The word's parts without its first `skipped` characters, on the stack. Returns the first. */
static size_t push_rest(struct parser *parser, const struct word *word, size_t skipped)
{
	size_t first = parser->n_parts;

	for (uint32_t i = 0; i < word->n_parts; i++) {
		struct part part = word->parts[i];
		if (i == 0) {
			if (part.length == skipped)
				continue;
			part.text += skipped;
			part.length -= (uint32_t)skipped;
			part.place.column += (uint32_t)skipped;
		}
		*part_add(parser, part.kind, part.is_quoted, part.place) = part;
	}
	return first;
}

struct assignment *word_assignment(
	struct parser *parser, const struct token *token, size_t name_length)
{
	struct word *word = token->word;
	struct assignment *assignment = arena_zero(parser->arena, sizeof *assignment);
	size_t first = push_rest(parser, word, name_length + 1);

	assignment->name = arena_text(parser->arena, word->parts[0].text, name_length);
	assignment->name_length = (uint32_t)name_length;
	assignment->place = word->place;
	assignment->value = word;
	if (token->classes & BYTE_TILDE)
		tildes_find(parser, first, true);
	set_parts(parser, word, first);
	word->place.column += (uint32_t)name_length + 1;
	/* No pathname is looked for: what is literal stays so. */
	set_literal(parser, word);
	return assignment;
}

struct word *word_declaration(struct parser *parser, const struct token *token, size_t name_length)
{
	struct word *word = token->word;

	word->is_declared = true;
	if (token->classes & BYTE_TILDE) {
		size_t first = parser->n_parts;
		struct part *part = part_add(parser, PART_LITERAL, false, word->place);
		part->text = arena_text(parser->arena, word->parts[0].text, name_length + 1);
		part->length = (uint32_t)name_length + 1;
		tildes_find(parser, push_rest(parser, word, name_length + 1), true);
		set_parts(parser, word, first);
	}
	/* No pathname is looked for: what is literal stays so. */
	set_literal(parser, word);
	return word;
}
