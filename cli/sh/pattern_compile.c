/* SPDX-License-Identifier: MIT */
/* Patterns are taken apart into elements, so that they can be followed from both ends. */

#include "sh/pattern_code.h"

#include "common/memory.h"

#include <stdlib.h>
#include <string.h>

bool pattern_is_utf8(void)
{
	/* Other character sets of several bytes need plug-ins of the libc, which a static program
	   does not have. */
	return MB_CUR_MAX > 1;
}

static bool is_continuation(unsigned char byte)
{
	return (byte & 0xc0) == 0x80;
}

/* Length of the valid character of UTF-8 that begins with a byte >= 0x80; 0: there is none. */
static size_t decode_long(const unsigned char *bytes, size_t n, uint32_t *ret_code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t length = bytes[0] >= 0xf0 ? 4 : bytes[0] >= 0xe0 ? 3 : 2;

	if (bytes[0] < 0xc2 || bytes[0] > 0xf4 || n < length)
		return 0;
	uint32_t code = bytes[0] & (0xffu >> (length + 1));
	for (size_t i = 1; i < length; i++) {
		if (!is_continuation(bytes[i]))
			return 0;
		code = code << 6 | (bytes[i] & 0x3fu);
	}
	if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0;
	*ret_code = code;
	return length;
}

uint32_t pattern_decode(bool is_utf8, const char *bytes, size_t n, size_t *ret_length)
{
	unsigned char first = (unsigned char)bytes[0];
	uint32_t code;

	*ret_length = 1;
	if (!is_utf8 || first < 0x80)
		return first;
	size_t length = decode_long((const unsigned char *)bytes, n, &code);
	if (length == 0)
		return PATTERN_NO_CHARACTER + first;
	*ret_length = length;
	return code;
}

size_t pattern_length_before(bool is_utf8, const char *bytes, size_t start, size_t end)
{
	size_t length, at = end - 1;

	if (!is_utf8 || !is_continuation((unsigned char)bytes[at]))
		return 1;
	while (at > start && end - at < 4 && is_continuation((unsigned char)bytes[at]))
		at--;
	pattern_decode(true, bytes + at, end - at, &length);
	return length == end - at ? length : 1;
}

size_t pattern_character(const char *text, size_t length)
{
	size_t n;

	pattern_decode(pattern_is_utf8(), text, length, &n);
	return n;
}

/* How many of the bytes at the beginning are below 0x80; some at the end may be left out. */
static size_t count_ascii(const char *text, size_t length)
{
	const uint64_t high_bits = 0x8080808080808080;
	size_t n = 0;

	for (uint64_t eight; length - n >= sizeof eight; n += sizeof eight) {
		memcpy(&eight, text + n, sizeof eight);
		if (eight & high_bits)
			break;
	}
	return n;
}

size_t pattern_characters(const char *text, size_t length)
{
	size_t n = 0, step;

	if (!pattern_is_utf8())
		return length;
	for (size_t at = 0; at < length; n++) {
		size_t plain = count_ascii(text + at, length - at);
		at += plain;
		n += plain;
		if (at == length)
			break;
		pattern_decode(true, text + at, length - at, &step);
		at += step;
	}
	return n;
}

static void add(struct pattern_code *code, enum pattern_kind kind, size_t start, size_t length)
{
	struct pattern_element *last = code->n > 0 ? &code->elements[code->n - 1] : NULL;

	if (last != NULL && last->kind == kind) {
		if (kind == PATTERN_STAR)
			return;
		if (kind == PATTERN_TEXT && last->start + last->length == start) {
			last->length += length;
			return;
		}
	}
	if (code->n == code->size) {
		size_t bytes = code->n * sizeof *code->elements;
		bool is_first = code->elements == code->few;
		code->elements = memory_resize(is_first ? NULL : code->elements, 2 * bytes);
		if (is_first)
			memcpy(code->elements, code->few, bytes);
		code->size *= 2;
	}
	code->elements[code->n++] = (struct pattern_element){
		.kind = (uint8_t)kind, .start = start, .length = length
	};
}

/* One character that matches itself. Returns its length. */
static size_t add_character(struct pattern_code *code, size_t at)
{
	const struct pattern *pattern = code->pattern;
	size_t length;
	uint32_t character = pattern_decode(
		code->is_utf8, pattern->bytes + at, pattern->length - at, &length);

	add(code, character >= PATTERN_NO_CHARACTER ? PATTERN_BYTE : PATTERN_TEXT, at, length);
	return length;
}

/* What begins with an unquoted character that may be special. Returns where the next begins. */
static size_t add_special(struct pattern_code *code, size_t at)
{
	const struct pattern *pattern = code->pattern;
	size_t end;

	switch (pattern->bytes[at]) {
	case '*':
		add(code, PATTERN_STAR, at, 1);
		return at + 1;
	case '?':
		add(code, PATTERN_ANY, at, 1);
		return at + 1;
	case '[':
		if (!pattern_bracket_end(pattern, at, &end))
			break;
		add(code, PATTERN_BRACKET, at, end - at);
		return end;
	case '\\':
		at += pattern_escapes(pattern, at);
		break;
	default:
		break;
	}
	return at + add_character(code, at);
}

void pattern_compile(struct pattern_code *code, const struct pattern *pattern)
{
	code->pattern = pattern;
	code->is_utf8 = pattern_is_utf8();
	code->elements = code->few;
	code->size = PATTERN_FEW;
	code->n = 0;
	for (size_t at = 0; at < pattern->length;)
		if (pattern_is_quoted(pattern, at))
			at += add_character(code, at);
		else
			at = add_special(code, at);

	code->first_star = code->last_star = code->n;
	for (size_t i = 0; i < code->n; i++)
		if (code->elements[i].kind == PATTERN_STAR) {
			if (code->first_star == code->n)
				code->first_star = i;
			code->last_star = i;
		}
}

void pattern_code_done(struct pattern_code *code)
{
	if (code->elements != code->few)
		free(code->elements);
}

bool pattern_is_magic(const struct pattern *pattern)
{
	size_t end;

	if (pattern->is_literal)
		return false;
	for (size_t at = 0; at < pattern->length; at++) {
		if (pattern_is_quoted(pattern, at))
			continue;
		switch (pattern->bytes[at]) {
		case '*':
		case '?':
			return true;
		case '[':
			if (pattern_bracket_end(pattern, at, &end))
				return true;
			break;
		case '\\':
			at += pattern_escapes(pattern, at);
			break;
		default:
			break;
		}
	}
	return false;
}
