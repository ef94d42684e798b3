/* SPDX-License-Identifier: MIT */
/* Here-documents (XCU 2.7.4): read when the line that asks for them has ended. */
#include "sh/lexer.h"
#include "sh/print.h"

#include <string.h>

void here_expect(struct parser *parser, struct redirection *redirection, struct place place)
{
	if (parser->n_here == parser->here_size)
		parser->here = parser_grow(parser->here, &parser->here_size, sizeof *parser->here);
	parser->here[parser->n_here++] = (struct here_document){ redirection, place };
}

/* The word without its quotes; nothing in it is expanded. */
static void add_delimiter(struct text *text, const struct word *word)
{
	text_reserve(text, 0);
	text->bytes[0] = '\0';
	for (uint32_t i = 0; i < word->n_parts; i++) {
		struct part part = word->parts[i];
		if (part.kind == PART_LITERAL) {
			text_add(text, part.text, part.length);
			continue;
		}
		part.is_quoted = false;
		print_word(text, &(struct word){ .parts = &part, .n_parts = 1 });
	}
}

/* The lines of one here-document while they are read. Those of the base text stay there. */
struct lines {
	bool is_copied;
	size_t first; /* where they begin in the base text */
};

static char *line_at(const struct parser *parser, const struct lines *lines, size_t offset)
{
	return (lines->is_copied ? parser->literal : parser->lines) + offset;
}

static size_t offset_now(const struct parser *parser, const struct lines *lines)
{
	return (size_t)(lines->is_copied ? parser->arena->next - parser->literal
					 : parser->next - parser->lines);
}

/* Passes the next newline. Returns whether there was one. */
static bool pass_line(struct parser *parser, const struct lines *lines)
{
	for (;;) {
		const char *start = parser->next;
		const char *end = strchrnul(start, '\n');
		bool has_newline = *end == '\n';
		if (lines->is_copied)
			literal_add(parser, start, (size_t)(end - start) + has_newline);
		parser->next = end + has_newline;
		if (has_newline) {
			lexer_passed_newline(parser);
			return true;
		}
		if (!lexer_more(parser))
			return false;
	}
}

/* Whether the line ends with a backslash that is not itself quoted. */
static bool is_continued(const char *line, size_t length)
{
	size_t n = 0;

	while (n + 1 < length && line[length - 2 - n] == '\\')
		n++;
	return n % 2 == 1;
}

/* Whether the line is the delimiter; continuations in it do not count. */
static bool is_delimiter(
	const char *line, size_t length, const struct text *delimiter, bool is_quoted)
{
	size_t at = 0;

	if (length > 0 && line[length - 1] == '\n')
		length--;
	for (size_t i = 0; i < length; i++) {
		if (!is_quoted && line[i] == '\\' && i + 1 < length && line[i + 1] == '\n') {
			i++;
			continue;
		}
		if (at == delimiter->length || line[i] != delimiter->bytes[at])
			return false;
		at++;
	}
	return at == delimiter->length;
}

static bool has_more(struct parser *parser)
{
	while (*parser->next == '\0') {
		if (!lexer_more(parser))
			return false;
	}
	return true;
}

/* The lines up to the delimiter; *ret_end is where they end. Returns whether it was there. */
static bool pass_lines(struct parser *parser, const struct lines *lines,
	const struct text *delimiter, const struct redirection *redirection, size_t *ret_end)
{
	bool is_quoted = redirection->word->is_quoted;

	while (has_more(parser)) {
		size_t start = offset_now(parser, lines);
		bool goes_on;
		while (redirection->strips_tabs && has_more(parser) && *parser->next == '\t')
			parser->next++;
		do {
			bool is_whole = pass_line(parser, lines);
			goes_on = is_whole && !is_quoted &&
				  is_continued(line_at(parser, lines, start),
					  offset_now(parser, lines) - start);
		} while (goes_on && has_more(parser));
		size_t length = offset_now(parser, lines) - start;
		if (is_delimiter(line_at(parser, lines, start), length, delimiter, is_quoted)) {
			*ret_end = start;
			return true;
		}
	}
	*ret_end = offset_now(parser, lines);
	return false;
}

/* The same as a text in the arena; *ret_is_closed: the delimiter was there. */
static const char *read_lines(struct parser *parser, const struct redirection *redirection,
	const struct text *delimiter, size_t *ret_length, bool *ret_is_closed)
{
	struct lines lines = {
		.is_copied = redirection->strips_tabs || parser->top != &parser->base,
		.first = (size_t)(parser->next - parser->lines),
	};
	size_t end;

	if (!lines.is_copied) {
		*ret_is_closed = pass_lines(parser, &lines, delimiter, redirection, &end);
		*ret_length = end - lines.first;
		return arena_text(parser->arena, parser->lines + lines.first, *ret_length);
	}
	text_begin(parser);
	*ret_is_closed = pass_lines(parser, &lines, delimiter, redirection, &end);
	parser->arena->next = parser->literal + end;
	return text_end(parser, ret_length);
}

static struct word *literal_word(
	struct parser *parser, const char *text, size_t length, struct place place)
{
	struct word *word = arena_zero(parser->arena, sizeof *word);

	word->literal = text;
	word->literal_length = (uint32_t)length;
	word->is_quoted = true;
	word->place = place;
	if (length > 0) {
		struct part *part = arena_zero(parser->arena, sizeof *part);
		*part = (struct part){
			.kind = PART_LITERAL,
			.is_quoted = true,
			.length = (uint32_t)length,
			.place = place,
			.text = text,
		};
		word->parts = part;
		word->n_parts = 1;
	}
	return word;
}

void here_abandon(struct parser *parser, size_t first)
{
	for (size_t i = first; i < parser->n_here; i++) {
		const struct here_document *here = &parser->here[i];
		parser_warn(parser, here->place,
			"the here-document that begins here has no line behind it");
		here->redirection->body = literal_word(parser, "", 0, here->place);
	}
	parser->n_here = first;
}

/* ---- long ones ---- */

/* From this length on no tree is kept. */
#define LONG_TEXT 16384

static bool has_command(const struct word *word)
{
	for (uint32_t i = 0; word && i < word->n_parts; i++) {
		const struct part *part = &word->parts[i];
		if (part->kind == PART_COMMAND)
			return true;
		if (part->kind == PART_PARAMETER && has_command(part->parameter->word))
			return true;
		if (part->kind == PART_ARITHMETIC && has_command(part->arithmetic->text))
			return true;
	}
	return false;
}

/* Whether it can be seen at once that there are commands in it. */
static bool shows_command(const char *text)
{
	for (const char *at = text; (at = strpbrk(at, "$`")) != NULL; at++) {
		if (*at == '`' || (at[1] == '(' && at[2] != '('))
			return true;
	}
	return false;
}

/* Behind `${`: behind its end, if it is as simple as most are; else NULL. */
static const char *pass_braces(const char *at)
{
	if (!byte_is(*at, BYTE_NAME_START))
		return NULL;
	while (byte_is(*at, BYTE_NAME))
		at++;
	if (*at == '}')
		return at + 1;
	at += *at == ':';
	if (*at == '\0' || !strchr("-=?+", *at))
		return NULL;
	at += 1 + strcspn(at + 1, "$`\\\"'{}");
	return *at == '}' ? at + 1 : NULL;
}

/* The same behind `$((`. */
static const char *pass_arithmetic(const char *at)
{
	unsigned nested = 0;

	for (;; at++) {
		at += strcspn(at, "()$`\\\"'");
		if (*at == '(')
			nested++;
		else if (*at != ')')
			return NULL;
		else if (nested > 0)
			nested--;
		else
			return at[1] == ')' ? at + 2 : NULL;
	}
}

/* Whether nothing in the text has to be parsed to know that it is right and has no commands. */
static bool is_simple(const char *text)
{
	for (const char *at = text; at && (at = strpbrk(at, "$`\\")) != NULL;) {
		if (*at == '`')
			return false;
		if (*at++ == '\\')
			at += *at != '\0';
		else if (*at == '{')
			at = pass_braces(at + 1);
		else if (at[0] == '(' && at[1] == '(')
			at = pass_arithmetic(at + 2);
		else if (strchr("('\"\\", *at))
			at = NULL;
		if (!at)
			return false;
	}
	return true;
}

/* Goes through the pieces of the text that is on top. */
static bool try_pieces(struct parser *parser)
{
	struct making making = word_begin(parser);
	struct arena_mark mark = arena_mark(parser->arena);
	int r = 1;

	while (r == 1) {
		r = word_read_piece(parser, &making);
		const struct word piece = {
			.n_parts = (parser->n_parts - making.first_part) & MOST_PARTS,
			.parts = parser->parts + making.first_part,
		};
		if (r < 0 || has_command(&piece))
			return false;
		parser->n_parts = making.first_part;
		arena_release(parser->arena, mark);
	}
	return true;
}

/* Whether the text is right and has no commands. Otherwise it is parsed once more, as a whole, and
   what is wrong is said then. */
static bool may_stay_text(
	struct parser *parser, const char *text, size_t length, struct place place)
{
	if (length < LONG_TEXT || parser->trials > 0)
		return false;
	if (is_simple(text))
		return true;
	if (shows_command(text))
		return false;
	const struct parser before = *parser;
	struct arena_mark mark = arena_mark(parser->arena);
	parser->is_silent = true;
	lexer_push(parser, text, length, place);
	bool may = try_pieces(parser);
	arena_release(parser->arena, mark);
	parser->is_silent = before.is_silent;
	parser->top = before.top;
	parser->next = before.next;
	parser->n_parts = before.n_parts;
	parser->n_here = before.n_here;
	parser->here_base = before.here_base;
	parser->n_items = before.n_items;
	parser->n_substitutions = before.n_substitutions;
	parser->depth = before.depth;
	parser->attempts = before.attempts;
	parser->trials = before.trials;
	parser->without_aliases = before.without_aliases;
	parser->has_literal = false;
	parser->has_token = before.has_token;
	parser->token = before.token;
	parser->token_layer = before.token_layer;
	parser->failed = before.failed;
	return may;
}

static struct word *text_word(
	struct parser *parser, const char *text, size_t length, struct place place)
{
	struct word *word = arena_zero(parser->arena, sizeof *word);
	struct part *part = arena_zero(parser->arena, sizeof *part);

	*part = (struct part){
		.kind = PART_TEXT,
		.is_quoted = true,
		.length = (uint32_t)length,
		.place = place,
		.text = text,
	};
	*word = (struct word){ .n_parts = 1, .place = place, .parts = part };
	return word;
}

static bool read_one(struct parser *parser, struct redirection *redirection, struct place opened)
{
	struct text delimiter = { 0 };
	struct place place = lexer_place(parser);
	size_t length;
	bool is_closed;

	add_delimiter(&delimiter, redirection->word);
	const char *text = read_lines(parser, redirection, &delimiter, &length, &is_closed);
	if (!is_closed)
		parser_warn(parser, opened,
			"the here-document that begins here has no end: no line is \"%s\"",
			delimiter.bytes);
	text_done(&delimiter);
	size_t n = parser->n_here;
	if (redirection->word->is_quoted || strpbrk(text, "$`\\") == NULL) {
		redirection->body = literal_word(parser, text, length, place);
	} else if (may_stay_text(parser, text, length, place)) {
		redirection->body = text_word(parser, text, length, place);
	} else {
		redirection->body = word_of_text(parser, text, length, place, WORD_HERE);
		here_abandon(parser, n);
	}
	return redirection->body != NULL;
}

bool here_read(struct parser *parser)
{
	/* Those of substitutions within a body come above these. */
	size_t n = parser->n_here;

	for (size_t i = parser->here_base; i < n; i++) {
		const struct here_document here = parser->here[i];
		if (!read_one(parser, here.redirection, here.place))
			return false;
	}
	parser->n_here = parser->here_base;
	return true;
}
