/* SPDX-License-Identifier: MIT */
/* Quotes that hold characters only (XCU 2.2): '...', $'...' and the backslash. */
#include "sh/lexer.h"

#include <ctype.h>

/* The next character, whatever it is; 0: the end. */
static char raw_peek(struct parser *parser)
{
	while (*parser->next == '\0') {
		if (!lexer_more(parser))
			return '\0';
	}
	return *parser->next;
}

/* Adds the next character as it is. */
static void add_next(struct parser *parser)
{
	literal_add(parser, parser->next++, 1);
	if (parser->next[-1] == '\n')
		lexer_passed_newline(parser);
}

bool quote_single(struct parser *parser, struct making *making, struct place opened)
{
	making->is_quoted = true;
	literal_begin(parser, true, opened);
	parser->next++;
	for (;;) {
		const char *start = parser->next;
		const char *next = start;
		while (*next != '\'' && *next != '\n' && *next != '\0')
			next++;
		literal_add(parser, start, (size_t)(next - start));
		parser->next = next;
		if (*next == '\n') {
			add_next(parser);
		} else if (*next == '\'') {
			parser->next++;
			return true;
		} else if (!lexer_more(parser)) {
			return parser_unterminated(parser, "'", opened);
		}
	}
}

/* ---- $'...' ---- */

static int hexadecimal(char digit)
{
	return isdigit((unsigned char)digit) ? digit - '0' : (digit | 0x20) - 'a' + 10;
}

/* At most `most` digits; the first is there. */
static unsigned char escaped_number(struct parser *parser, int most, bool is_hexadecimal)
{
	unsigned number = 0;

	for (int n = 0; n < most; n++) {
		char digit = raw_peek(parser);
		if (is_hexadecimal ? !isxdigit((unsigned char)digit) : digit < '0' || digit > '7')
			break;
		number = number * (is_hexadecimal ? 16 : 8) + (unsigned)hexadecimal(digit);
		parser->next++;
	}
	return (unsigned char)number;
}

/* `\c` was passed: ^X. Of `\c\\` both backslashes. */
static char control_character(struct parser *parser)
{
	char byte = raw_peek(parser);

	if (byte == '\0' || byte == '\'')
		return '\0';
	parser->next++;
	if (byte == '\n')
		lexer_passed_newline(parser);
	if (byte == '\\' && raw_peek(parser) == '\\')
		parser->next++;
	return byte == '?' ? 0x7f : (char)(byte & 0x1f);
}

/* Behind a backslash: sets *ret_byte; returns whether it means something. */
static bool escape(struct parser *parser, char *ret_byte)
{
	static const char letters[] = "\"'\\abefnrtv";
	static const char bytes[] = "\"'\\\a\b\033\f\n\r\t\v";
	char byte = raw_peek(parser);
	const char *letter = byte ? strchr(letters, byte) : NULL;

	if (letter != NULL) {
		parser->next++;
		*ret_byte = bytes[letter - letters];
		return true;
	}
	if (byte >= '0' && byte <= '7') {
		*ret_byte = (char)escaped_number(parser, 3, false);
		return true;
	}
	if (byte != 'x' && byte != 'c')
		return false;
	parser->next++;
	if (byte == 'c') {
		*ret_byte = control_character(parser);
		return true;
	}
	if (isxdigit((unsigned char)raw_peek(parser))) {
		*ret_byte = (char)escaped_number(parser, 2, true);
	} else {
		literal_add(parser, "\\", 1);
		*ret_byte = 'x';
	}
	return true;
}

/* `$'` was passed. A NUL byte cannot be held: what follows it is left out. */
bool quote_dollar(struct parser *parser, struct making *making, struct place opened)
{
	bool is_cut = false;

	making->is_quoted = true;
	literal_begin(parser, true, opened);
	for (;;) {
		char byte = raw_peek(parser);
		if (byte == '\0')
			return parser_unterminated(parser, "$'", opened);
		size_t before = (size_t)(parser->arena->next - parser->literal);
		if (byte == '\'') {
			parser->next++;
			return true;
		}
		if (byte == '\\') {
			parser->next++;
			if (escape(parser, &byte)) {
				is_cut |= byte == '\0';
				literal_add(parser, &byte, 1);
			} else {
				literal_add(parser, "\\", 1);
			}
		} else {
			add_next(parser);
		}
		if (is_cut)
			parser->arena->next = parser->literal + before;
	}
}

/* ---- backslash ---- */

/* The character behind a backslash, all bytes of it. */
static void add_character(struct parser *parser)
{
	add_next(parser);
	while ((*parser->next & 0xc0) == 0x80)
		literal_add(parser, parser->next++, 1);
}

static bool is_quotable(char byte, enum word_mode mode)
{
	switch (byte) {
	case '$':
	case '`':
	case '\\':
		return true;
	case '"':
		return mode == WORD_QUOTES || mode == WORD_QUOTED_BRACE;
	case '}':
		return mode == WORD_QUOTED_BRACE;
	default:
		return false;
	}
}

bool quote_backslash(struct parser *parser, struct making *making, enum word_mode mode)
{
	struct place place = lexer_place(parser);

	parser->next++;
	if (lexer_continuation(parser))
		return true;
	char byte = raw_peek(parser);
	literal_begin(parser, true, place);
	if (mode == WORD_PLAIN || mode == WORD_BRACE) {
		making->is_quoted = true;
		if (byte == '\0')
			literal_add(parser, "\\", 1);
		else
			add_character(parser);
	} else if (is_quotable(byte, mode)) {
		add_next(parser);
	} else {
		literal_add(parser, "\\", 1);
	}
	return true;
}
