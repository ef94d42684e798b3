/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What bytes mean to the lexer, and reserved words: facts in tables (lexer_facts.c).
 */

/* At these bytes a run of plain characters ends, by where it is. */
#define STOPS_WORD         0x001u
#define STOPS_QUOTES       0x002u /* within "..." */
#define STOPS_BRACE        0x004u /* the word of ${x-...} */
#define STOPS_QUOTED_BRACE 0x008u /* the same within "..." or a here-document */
#define STOPS_HERE         0x010u /* the body of a here-document */
#define STOPS_ARITHMETIC   0x020u
/* What an unquoted byte may mean to a word. */
#define BYTE_WILD      0x040u /* * ? */
#define BYTE_BRACKET   0x080u /* [ */
#define BYTE_TILDE     0x100u
#define BYTE_EQUALS    0x200u
#define BYTE_DELIMITER 0x400u /* ends a word */
/* Of names. */
#define BYTE_NAME       0x800u
#define BYTE_NAME_START 0x1000u
#define BYTE_DIGIT      0x2000u

extern const uint16_t byte_classes[256];

static inline unsigned byte_class(char byte)
{
	return byte_classes[(unsigned char)byte];
}

static inline bool byte_is(char byte, unsigned classes)
{
	return (byte_class(byte) & classes) != 0;
}

/* Length of the name that text begins with; 0: none. */
size_t name_length(const char *text, size_t length);

enum reserved {
	RESERVED_NONE,
	RESERVED_BANG,
	RESERVED_LEFT,
	RESERVED_RIGHT,
	RESERVED_CASE,
	RESERVED_DO,
	RESERVED_DONE,
	RESERVED_ELIF,
	RESERVED_ELSE,
	RESERVED_ESAC,
	RESERVED_FI,
	RESERVED_FOR,
	RESERVED_IF,
	RESERVED_IN,
	RESERVED_THEN,
	RESERVED_UNTIL,
	RESERVED_WHILE,
	RESERVED_COUNT
};

#define RESERVED_BIT(reserved) (1u << (reserved))

enum reserved reserved_of(const char *text, size_t length);
const char *reserved_text(enum reserved reserved);
