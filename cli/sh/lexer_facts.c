/* SPDX-License-Identifier: MIT */
#include "sh/lexer_class.h"
#include "sh/parser.h"

#include <string.h>

size_t name_length(const char *text, size_t length)
{
	size_t n = 0;

	if (length == 0 || !byte_is(text[0], BYTE_NAME_START))
		return 0;
	while (n < length && byte_is(text[n], BYTE_NAME))
		n++;
	return n;
}

bool is_name(const char *text, size_t length)
{
	return length > 0 && name_length(text, length) == length;
}

size_t assignment_name(const char *text, size_t length)
{
	size_t n = name_length(text, length);

	return n < length && text[n] == '=' ? n : 0;
}

static const char *const reserved_words[] = {
	[RESERVED_BANG] = "!",
	[RESERVED_LEFT] = "{",
	[RESERVED_RIGHT] = "}",
	[RESERVED_CASE] = "case",
	[RESERVED_DO] = "do",
	[RESERVED_DONE] = "done",
	[RESERVED_ELIF] = "elif",
	[RESERVED_ELSE] = "else",
	[RESERVED_ESAC] = "esac",
	[RESERVED_FI] = "fi",
	[RESERVED_FOR] = "for",
	[RESERVED_IF] = "if",
	[RESERVED_IN] = "in",
	[RESERVED_THEN] = "then",
	[RESERVED_UNTIL] = "until",
	[RESERVED_WHILE] = "while",
};

const char *reserved_text(enum reserved reserved)
{
	return reserved_words[reserved];
}

/* Which reserved words begin with a letter: most words are none, and are to be sent away fast. */
static unsigned candidates(char first)
{
	switch (first) {
	case '!':
		return RESERVED_BIT(RESERVED_BANG);
	case '{':
		return RESERVED_BIT(RESERVED_LEFT);
	case '}':
		return RESERVED_BIT(RESERVED_RIGHT);
	case 'c':
		return RESERVED_BIT(RESERVED_CASE);
	case 'd':
		return RESERVED_BIT(RESERVED_DO) | RESERVED_BIT(RESERVED_DONE);
	case 'e':
		return RESERVED_BIT(RESERVED_ELIF) | RESERVED_BIT(RESERVED_ELSE) |
		       RESERVED_BIT(RESERVED_ESAC);
	case 'f':
		return RESERVED_BIT(RESERVED_FI) | RESERVED_BIT(RESERVED_FOR);
	case 'i':
		return RESERVED_BIT(RESERVED_IF) | RESERVED_BIT(RESERVED_IN);
	case 't':
		return RESERVED_BIT(RESERVED_THEN);
	case 'u':
		return RESERVED_BIT(RESERVED_UNTIL);
	case 'w':
		return RESERVED_BIT(RESERVED_WHILE);
	default:
		return 0;
	}
}

enum reserved reserved_of(const char *text, size_t length)
{
	if (length == 0 || length > 5)
		return RESERVED_NONE;
	for (unsigned bits = candidates(text[0]); bits != 0; bits &= bits - 1) {
		enum reserved reserved = (enum reserved)__builtin_ctz(bits);
		const char *word = reserved_words[reserved];
		size_t n = 1;
		while (n < length && word[n] == text[n])
			n++;
		if (n == length && word[n] == '\0')
			return reserved;
	}
	return RESERVED_NONE;
}

bool is_reserved_word(const char *text, size_t length)
{
	return reserved_of(text, length) != RESERVED_NONE;
}

/* What a byte means where; see lexer_class.h. */
#define LETTERS(a, b, c, d, e, f, g)                                                        \
	[a] = LETTER, [b] = LETTER, [c] = LETTER, [d] = LETTER, [e] = LETTER, [f] = LETTER, \
	[g] = LETTER
#define LETTER (BYTE_NAME_START | BYTE_NAME)
#define DIGIT  (BYTE_NAME | BYTE_DIGIT)
#define EVERYWHERE                                                                   \
	(STOPS_WORD | STOPS_QUOTES | STOPS_BRACE | STOPS_QUOTED_BRACE | STOPS_HERE | \
		STOPS_ARITHMETIC)
#define DELIMITER (STOPS_WORD | BYTE_DELIMITER)

const uint16_t byte_classes[256] = {
	['\0'] = EVERYWHERE,
	['\n'] = EVERYWHERE | BYTE_DELIMITER,
	['\\'] = EVERYWHERE,
	['$'] = EVERYWHERE,
	['`'] = EVERYWHERE,
	['"'] = STOPS_WORD | STOPS_QUOTES | STOPS_BRACE | STOPS_QUOTED_BRACE,
	['\''] = STOPS_WORD | STOPS_BRACE,
	['}'] = STOPS_BRACE | STOPS_QUOTED_BRACE,
	['('] = DELIMITER | STOPS_ARITHMETIC,
	[')'] = DELIMITER | STOPS_ARITHMETIC,
	[' '] = DELIMITER,
	['\t'] = DELIMITER,
	['&'] = DELIMITER,
	['|'] = DELIMITER,
	[';'] = DELIMITER,
	['<'] = DELIMITER,
	['>'] = DELIMITER,
	['*'] = BYTE_WILD,
	['?'] = BYTE_WILD,
	['['] = BYTE_BRACKET,
	['~'] = BYTE_TILDE,
	['='] = BYTE_EQUALS,
	['0'] = DIGIT,
	['1'] = DIGIT,
	['2'] = DIGIT,
	['3'] = DIGIT,
	['4'] = DIGIT,
	['5'] = DIGIT,
	['6'] = DIGIT,
	['7'] = DIGIT,
	['8'] = DIGIT,
	['9'] = DIGIT,
	LETTERS('a', 'b', 'c', 'd', 'e', 'f', 'g'),
	LETTERS('h', 'i', 'j', 'k', 'l', 'm', 'n'),
	LETTERS('o', 'p', 'q', 'r', 's', 't', 'u'),
	LETTERS('v', 'w', 'x', 'y', 'z', 'A', 'B'),
	LETTERS('C', 'D', 'E', 'F', 'G', 'H', 'I'),
	LETTERS('J', 'K', 'L', 'M', 'N', 'O', 'P'),
	LETTERS('Q', 'R', 'S', 'T', 'U', 'V', 'W'),
	['X'] = LETTER,
	['Y'] = LETTER,
	['Z'] = LETTER,
	['_'] = LETTER,
};
