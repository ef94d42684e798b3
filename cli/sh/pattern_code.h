/* SPDX-License-Identifier: MIT */
#pragma once

#include "sh/pattern.h"

#include <stdint.h>

/* A pattern taken apart: within pattern*.c and glob.c only. */

enum pattern_kind {
	PATTERN_TEXT,    /* bytes that match themselves: whole characters */
	PATTERN_BYTE,    /* one that is no character */
	PATTERN_ANY,     /* ? */
	PATTERN_BRACKET, /* [...] */
	PATTERN_STAR     /* one * or more */
};

struct pattern_element {
	uint8_t kind; /* enum pattern_kind */
	size_t start; /* of its bytes in the pattern, and how many; BRACKET: with the brackets */
	size_t length;
};

#define PATTERN_FEW 32

struct pattern_code {
	const struct pattern *pattern;
	bool is_utf8;
	struct pattern_element *elements;
	size_t n, size;
	size_t first_star, last_star; /* n: there is none */
	struct pattern_element few[PATTERN_FEW];
};

void pattern_compile(struct pattern_code *code, const struct pattern *pattern);
void pattern_code_done(struct pattern_code *code);

/* Whether all of the text matches. */
bool pattern_code_matches(const struct pattern_code *code, const char *text, size_t length);

/* Whether the locale's characters are those of UTF-8. */
bool pattern_is_utf8(void);

/* A byte that is no character is this plus its value. */
#define PATTERN_NO_CHARACTER 0x110000u

/* The code of the character at the beginning of n > 0 bytes, and its length. In a locale of single
   bytes the byte itself. */
uint32_t pattern_decode(bool is_utf8, const char *bytes, size_t n, size_t *ret_length);
/* Length of the character that ends at bytes[end], end > start. */
size_t pattern_length_before(bool is_utf8, const char *bytes, size_t start, size_t end);

/* Whether a bracket expression begins at `start`, where an unquoted [ is; where it ends. */
bool pattern_bracket_end(const struct pattern *pattern, size_t start, size_t *ret_end);
bool pattern_bracket_matches(const struct pattern *pattern, bool is_utf8,
	const struct pattern_element *bracket, uint32_t code);

static inline bool pattern_is_quoted(const struct pattern *pattern, size_t at)
{
	return pattern->quoted != NULL && pattern->quoted[at] != 0;
}

/* Whether an unquoted byte is a backslash that quotes the next one: not one that is quoted already,
   and not nothing. */
static inline bool pattern_escapes(const struct pattern *pattern, size_t at)
{
	return pattern->bytes[at] == '\\' && at + 1 < pattern->length &&
	       !pattern_is_quoted(pattern, at + 1);
}
