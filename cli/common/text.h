/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Bytes that grow, and what is asked of pieces of text. All-zero is an empty text.
 */

struct text {
	char *bytes; /* bytes[length] is 0 once something was added */
	size_t length;
	size_t size; /* allocated */
};

void text_done(struct text *text);

/* Makes room for that many more bytes. */
void text_reserve(struct text *text, size_t more);

void text_add(struct text *text, const void *bytes, size_t length);
void text_string(struct text *text, const char *string);
void text_format(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_format_list(struct text *text, const char *format, va_list arguments)
	__attribute__((format(printf, 2, 0)));

/* Adds bytes so that a terminal acts on none of them: controls and what is not UTF-8 as \xNN. */
void text_safe(struct text *text, const char *bytes, size_t length);

/* Length of the valid UTF-8 character that begins here, 0 if there is none; length is not 0. */
size_t text_character(const char *bytes, size_t length);

/* What comes behind the last slash; all of it if that is nothing. */
const char *text_base_name(const char *path);

/* How many letters must be inserted, dropped, changed or swapped to make one word the other. */
size_t text_distance(const char *a, const char *b);

/* Whether word looks like a slip for name: near it, or the beginning of it. */
bool text_is_near(const char *word, const char *name);
