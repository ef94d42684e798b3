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

/* Adds up to and with the next newline. Returns whether there was one. */
static bool add_line(struct parser *parser)
{
	for (;;) {
		const char *start = parser->next;
		const char *end = strchrnul(start, '\n');
		bool has_newline = *end == '\n';
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

/* The lines up to the delimiter, in the text that grows. Returns whether it was there. */
static bool add_lines(
	struct parser *parser, const struct text *delimiter, bool is_quoted, bool strips_tabs)
{
	while (has_more(parser)) {
		size_t start = (size_t)(parser->arena->next - parser->literal);
		bool goes_on;
		while (strips_tabs && has_more(parser) && *parser->next == '\t')
			parser->next++;
		do {
			bool is_whole = add_line(parser);
			const char *line = parser->literal + start;
			goes_on = is_whole && !is_quoted &&
				  is_continued(line, (size_t)(parser->arena->next - line));
		} while (goes_on && has_more(parser));
		char *line = parser->literal + start;
		size_t length = (size_t)(parser->arena->next - line);
		if (is_delimiter(line, length, delimiter, is_quoted)) {
			parser->arena->next = line;
			return true;
		}
	}
	return false;
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

static bool read_one(struct parser *parser, struct redirection *redirection, struct place opened)
{
	struct text delimiter = { 0 };
	bool is_quoted = redirection->word->is_quoted;
	struct place place = lexer_place(parser);
	size_t length;

	add_delimiter(&delimiter, redirection->word);
	text_begin(parser);
	bool is_closed = add_lines(parser, &delimiter, is_quoted, redirection->strips_tabs);
	const char *text = text_end(parser, &length);
	if (!is_closed)
		parser_warn(parser, opened,
			"the here-document that begins here has no end: no line is \"%s\"",
			delimiter.bytes);
	text_done(&delimiter);
	size_t n = parser->n_here;
	if (!is_quoted && strpbrk(text, "$`\\") != NULL) {
		redirection->body = word_of_text(parser, text, length, place, WORD_HERE);
		here_abandon(parser, n);
	} else {
		redirection->body = literal_word(parser, text, length, place);
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
