/* SPDX-License-Identifier: MIT */
/* What is said of text that is no shell text. */
#include "sh/lexer.h"

#include <stdarg.h>

static const char *const token_texts[] = {
	[TOKEN_AND_IF] = "&&",
	[TOKEN_OR_IF] = "||",
	[TOKEN_DOUBLE_SEMICOLON] = ";;",
	[TOKEN_SEMICOLON_AND] = ";&",
	[TOKEN_AND] = "&",
	[TOKEN_PIPE] = "|",
	[TOKEN_SEMICOLON] = ";",
	[TOKEN_LEFT] = "(",
	[TOKEN_RIGHT] = ")",
	[TOKEN_READ] = "<",
	[TOKEN_WRITE] = ">",
	[TOKEN_CLOBBER] = ">|",
	[TOKEN_APPEND] = ">>",
	[TOKEN_READ_WRITE] = "<>",
	[TOKEN_COPY_IN] = "<&",
	[TOKEN_COPY_OUT] = ">&",
	[TOKEN_HERE] = "<<",
	[TOKEN_HERE_TABS] = "<<-",
};

/* Longer words are cut. */
#define LONGEST_SHOWN 40

static bool is_quiet(const struct parser *parser)
{
	return parser->failed || parser->is_silent || parser->trials > 0 || parser->error != 0;
}

static void say(struct parser *parser, struct place place, const char *format, va_list arguments)
	__attribute__((format(printf, 3, 0)));

static void say(struct parser *parser, struct place place, const char *format, va_list arguments)
{
	struct text text = { 0 };

	text_format_list(&text, format, arguments);
	shell_error_at(parser->sh, parser->source, place, "%s", text.bytes);
	text_done(&text);
}

void *parser_fail(struct parser *parser, struct place place, const char *format, ...)
{
	va_list arguments;

	if (!is_quiet(parser)) {
		va_start(arguments, format);
		say(parser, place, format, arguments);
		va_end(arguments);
	}
	parser->failed = true;
	return NULL;
}

void parser_warn(struct parser *parser, struct place place, const char *format, ...)
{
	va_list arguments;

	if (parser->trials > 0 && parser->held.length == 0) {
		va_start(arguments, format);
		text_format_list(&parser->held, format, arguments);
		va_end(arguments);
		parser->held_place = place;
	}
	if (is_quiet(parser))
		return;
	va_start(arguments, format);
	say(parser, place, format, arguments);
	va_end(arguments);
}

void parser_end_trial(struct parser *parser, bool is_good)
{
	parser->trials--;
	if (is_good && parser->trials > 0)
		return;
	struct text held = parser->held;
	parser->held = (struct text){ 0 };
	if (is_good && held.length > 0)
		parser_warn(parser, parser->held_place, "%s", held.bytes);
	text_done(&held);
}

bool parser_unterminated(struct parser *parser, const char *what, struct place opened)
{
	parser_fail(parser, opened, "unterminated %s (opened here)", what);
	return false;
}

static void describe_word(struct text *text, const struct word *word)
{
	if (word->n_parts == 0 || word->parts[0].kind != PART_LITERAL) {
		text_string(text, "a word");
		return;
	}
	const struct part *part = &word->parts[0];
	bool is_cut = part->length > LONGEST_SHOWN || word->n_parts > 1;
	text_format(text, "\"%.*s%s\"",
		part->length > LONGEST_SHOWN ? LONGEST_SHOWN : (int)part->length, part->text,
		is_cut ? "..." : "");
}

void parser_describe(const struct parser *parser, struct text *text)
{
	const struct token *token = &parser->token;

	switch ((unsigned)token->kind) {
	case TOKEN_END:
		text_string(text, "the end of input");
		break;
	case TOKEN_NEWLINE:
		text_string(text, "the end of the line");
		break;
	case TOKEN_RESERVED:
		text_format(text, "\"%s\"", reserved_text(token->reserved));
		break;
	case TOKEN_WORD:
		describe_word(text, token->word);
		break;
	case TOKEN_IO_NUMBER:
		text_format(text, "\"%d\" in front of a redirection", token->fd);
		break;
	default:
		text_format(text, "\"%s\"", token_texts[token->kind]);
		break;
	}
}

bool parser_advise(struct parser *parser)
{
	const struct word *foreign = parser->foreign;

	if (foreign == NULL || parser->token.kind != TOKEN_RESERVED || is_quiet(parser))
		return false;
	bool is_function = foreign->literal[0] == 'f';
	if (parser->token.reserved != (is_function ? RESERVED_RIGHT : RESERVED_DO))
		return false;
	parser_fail(parser, foreign->place, "%s",
		is_function ? "\"function\" is not in POSIX sh; write name() { ...; }"
			    : "\"select\" is not in POSIX sh; write while read -r ...; do");
	return true;
}

void *parser_unexpected(
	struct parser *parser, const char *expected, const char *opening, struct place opened)
{
	struct text text = { 0 };

	if (parser->token.kind != TOKEN_ERROR && !parser_advise(parser) && !is_quiet(parser)) {
		text_string(&text, "found ");
		parser_describe(parser, &text);
		text_format(&text, ", expected %s", expected);
		if (opening != NULL)
			text_format(&text, " (for the \"%s\" at line %u, column %u)", opening,
				opened.line, opened.column);
		parser_fail(parser, parser->token.place, "%s", text.bytes);
		text_done(&text);
	}
	parser->failed = true;
	return NULL;
}
