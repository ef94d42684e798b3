/* SPDX-License-Identifier: MIT */
#include "common/text.h"

#include "common/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Longer words are no options and no tools. */
#define LONGEST_WORD 40
/* Room for most of what is formatted. */
#define USUAL_PIECE 80

void text_done(struct text *text)
{
	free(text->bytes);
	*text = (struct text){ 0 };
}

void text_reserve(struct text *text, size_t more)
{
	size_t needed = text->length + more + 1;

	if (needed <= text->size)
		return;
	size_t size = text->size ? text->size : 128;
	while (size < needed)
		size *= 2;
	text->bytes = memory_resize(text->bytes, size);
	text->size = size;
}

void text_add(struct text *text, const void *bytes, size_t length)
{
	text_reserve(text, length);
	if (length > 0)
		memcpy(text->bytes + text->length, bytes, length);
	text->length += length;
	text->bytes[text->length] = '\0';
}

void text_string(struct text *text, const char *string)
{
	text_add(text, string, strlen(string));
}

void text_format_list(struct text *text, const char *format, va_list arguments)
{
	va_list again;

	va_copy(again, arguments);
	text_reserve(text, USUAL_PIECE);
	size_t room = text->size - text->length;
	int length = vsnprintf(text->bytes + text->length, room, format, arguments);
	if (length >= 0 && (size_t)length >= room) {
		text_reserve(text, (size_t)length);
		length = vsnprintf(text->bytes + text->length, (size_t)length + 1, format, again);
	}
	va_end(again);
	if (length > 0)
		text->length += (size_t)length;
}

void text_format(struct text *text, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	text_format_list(text, format, arguments);
	va_end(arguments);
}

static bool is_tail(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

/* How many bytes a character has that begins so; 0: none does. */
static size_t width_of(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc2 || first > 0xf4)
		return 0;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* Whether the second byte makes it an overlong form, a surrogate, or more than U+10FFFF. */
static bool is_out_of_range(unsigned char first, unsigned char second)
{
	switch (first) {
	case 0xe0:
		return second < 0xa0;
	case 0xed:
		return second > 0x9f;
	case 0xf0:
		return second < 0x90;
	case 0xf4:
		return second > 0x8f;
	default:
		return false;
	}
}

size_t text_character(const char *bytes, size_t length)
{
	size_t width = width_of((unsigned char)bytes[0]);

	if (width > length)
		return 0;
	for (size_t i = 1; i < width; i++)
		if (!is_tail(bytes[i]))
			return 0;
	if (width > 1 && is_out_of_range((unsigned char)bytes[0], (unsigned char)bytes[1]))
		return 0;
	return width;
}

static bool is_control(const char *bytes, size_t length)
{
	unsigned char first = (unsigned char)bytes[0];

	if (length == 1)
		return first < 0x20 || first == 0x7f;
	return length == 2 && first == 0xc2 && (unsigned char)bytes[1] < 0xa0;
}

void text_safe(struct text *text, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length;) {
		size_t width = text_character(bytes + i, length - i);
		if (width > 0 && !is_control(bytes + i, width)) {
			text_add(text, bytes + i, width);
			i += width;
			continue;
		}
		for (size_t end = i + (width ? width : 1); i < end; i++)
			text_format(text, "\\x%02x", (unsigned int)(unsigned char)bytes[i]);
	}
}

const char *text_base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] != '\0' ? slash + 1 : path;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Optimal string alignment: three rows of the usual table, the oldest for swapped neighbours. */
size_t text_distance(const char *a, const char *b)
{
	size_t rows[3][LONGEST_WORD + 1];
	size_t *before = rows[0], *above = rows[1], *row = rows[2];
	size_t a_length = strlen(a), b_length = strlen(b);

	if (a_length > LONGEST_WORD || b_length > LONGEST_WORD)
		return LONGEST_WORD;
	for (size_t j = 0; j <= b_length; j++)
		above[j] = before[j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		row[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			row[j] = least(least(above[j] + 1, row[j - 1] + 1),
				above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
		}
		size_t *oldest = before;
		before = above;
		above = row;
		row = oldest;
	}
	return above[b_length];
}

bool text_is_near(const char *word, const char *name)
{
	size_t length = strlen(word);

	if (length >= 3 && strncmp(word, name, length) == 0)
		return true;
	return length >= 2 && text_distance(word, name) <= (length < 5 ? 1 : 2);
}
