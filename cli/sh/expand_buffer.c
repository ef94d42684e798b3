/* SPDX-License-Identifier: MIT */
#include "sh/expand_buffer.h"

#include "sh/glob.h"
#include "sh/split.h"

#include <stdint.h>
#include <string.h>

/* What a text has that something may be done to. */
enum {
	FOUND_BLANK = 1, /* as the kinds of separators are */
	FOUND_OTHER = 2,
	FOUND_SEPARATOR = 3,
	FOUND_MAGIC = 4,
	FOUND_ESCAPE = 8
};

static const unsigned char special[256] = {
	['*'] = FOUND_MAGIC, ['?'] = FOUND_MAGIC, ['['] = FOUND_MAGIC, ['\\'] = FOUND_ESCAPE
};

static unsigned look_for_special(const char *bytes, size_t n)
{
	unsigned found = 0;

	for (size_t i = 0; i < n; i++)
		found |= special[(unsigned char)bytes[i]];
	return found;
}

static unsigned look_for_all(const struct shell *sh, const char *bytes, size_t n)
{
	const unsigned char *separators = sh->separators.kind;
	unsigned found = 0;

	for (size_t i = 0; i < n; i++)
		found |= special[(unsigned char)bytes[i]] | separators[(unsigned char)bytes[i]];
	return found;
}

/* ---- building ---- */

static void reserve(struct buffer *buffer, size_t more)
{
	struct arena *scratch = &buffer->sh->scratch;

	if (buffer->size - buffer->n >= more)
		return;
	size_t size = buffer->size ? 2 * buffer->size : 64;
	while (size - buffer->n < more)
		size *= 2;
	buffer->bytes = arena_resize(scratch, buffer->bytes, buffer->size, size);
	if (buffer->kinds != NULL)
		buffer->kinds = arena_resize(scratch, buffer->kinds, buffer->size, size);
	buffer->size = size;
}

static void add_mark(struct buffer *buffer, enum byte_kind kind)
{
	reserve(buffer, 1);
	buffer->bytes[buffer->n] = '\0';
	buffer->kinds[buffer->n++] = (unsigned char)kind;
}

static void begin_kinds(struct buffer *buffer)
{
	reserve(buffer, 1);
	buffer->kinds = arena_get(&buffer->sh->scratch, buffer->size);
	memset(buffer->kinds, BYTE_QUOTED, buffer->n);
	if (buffer->n == 0 && buffer->is_present && buffer->mode == BUFFER_FIELDS)
		add_mark(buffer, BYTE_EMPTY);
}

static unsigned look(const struct buffer *buffer, const char *bytes, size_t n, enum byte_kind kind)
{
	if (kind == BYTE_QUOTED || buffer->mode == BUFFER_STRING)
		return 0;
	if (kind == BYTE_SPLIT && buffer->mode == BUFFER_FIELDS)
		return look_for_all(buffer->sh, bytes, n);
	return look_for_special(bytes, n);
}

void buffer_add(struct buffer *buffer, const char *bytes, size_t n, enum byte_kind kind)
{
	unsigned found = look(buffer, bytes, n, kind);

	if (found != 0) {
		if (buffer->kinds == NULL)
			begin_kinds(buffer);
		buffer->has_magic |= (found & FOUND_MAGIC) != 0;
	}
	if (kind != BYTE_SPLIT)
		buffer->is_present = true;
	if (n == 0) {
		if (kind == BYTE_QUOTED && buffer->kinds != NULL && buffer->mode == BUFFER_FIELDS)
			add_mark(buffer, BYTE_EMPTY);
		return;
	}
	reserve(buffer, n);
	memcpy(buffer->bytes + buffer->n, bytes, n);
	if (buffer->kinds != NULL) {
		if (kind == BYTE_SPLIT && buffer->mode == BUFFER_PATTERN)
			kind = BYTE_PLAIN;
		memset(buffer->kinds + buffer->n, (int)kind, n);
	}
	buffer->n += n;
}

void buffer_add_break(struct buffer *buffer)
{
	if (buffer->kinds == NULL)
		begin_kinds(buffer);
	add_mark(buffer, BYTE_BREAK);
}

char *buffer_text(struct buffer *buffer)
{
	reserve(buffer, 1);
	buffer->bytes[buffer->n] = '\0';
	return buffer->bytes;
}

struct pattern buffer_pattern(const struct buffer *buffer)
{
	return (struct pattern){ .bytes = buffer->bytes ? buffer->bytes : "",
		.quoted = buffer->kinds,
		.length = buffer->n,
		.is_literal = buffer->kinds == NULL };
}

/* ---- fields ---- */

static void add_field(struct buffer *buffer, char *bytes, const unsigned char *quoted, size_t n,
	struct fields *fields)
{
	const struct pattern pattern = { .bytes = bytes, .quoted = quoted, .length = n };

	if (buffer->has_magic && !buffer->sh->options[OPTION_NOGLOB] &&
		pattern_is_magic(&pattern) && glob_add(fields, &pattern) > 0)
		return;
	fields_add(fields, bytes);
}

/* A field that is being taken out of the buffer: its bytes move to the left over the marks. */
struct field {
	struct buffer *buffer;
	struct fields *fields;
	size_t start, end;
	bool is_present;
	bool is_after_blank; /* behind a field that white space ended */
};

static void end_field(struct field *field)
{
	struct buffer *buffer = field->buffer;

	buffer->bytes[field->end] = '\0';
	add_field(buffer, buffer->bytes + field->start, buffer->kinds + field->start,
		field->end - field->start, field->fields);
	field->start = ++field->end;
	field->is_present = false;
}

static void meet_separator(struct field *field, enum separator_kind kind)
{
	if (kind == SEPARATOR_BLANK) {
		if (field->is_present) {
			end_field(field);
			field->is_after_blank = true;
		}
		return;
	}
	/* Behind white space that ended a field it belongs to that white space. */
	if (field->is_present || !field->is_after_blank)
		end_field(field);
	field->is_after_blank = false;
}

static void keep_byte(struct field *field, size_t at)
{
	struct buffer *buffer = field->buffer;

	buffer->bytes[field->end] = buffer->bytes[at];
	buffer->kinds[field->end++] = buffer->kinds[at] == BYTE_QUOTED;
	field->is_present = true;
}

static void split(struct buffer *buffer, struct fields *fields)
{
	const struct splitter splitter = splitter_of(buffer->sh);
	struct field field = { .buffer = buffer, .fields = fields };
	size_t length = 1;

	for (size_t at = 0; at < buffer->n; at += length) {
		enum byte_kind kind = (enum byte_kind)buffer->kinds[at];
		length = 1;
		if (kind == BYTE_EMPTY) {
			field.is_present = true;
		} else if (kind == BYTE_BREAK) {
			if (field.is_present)
				end_field(&field);
			field.is_after_blank = false;
		} else {
			enum separator_kind separator = SEPARATOR_NONE;
			if (kind == BYTE_SPLIT)
				separator = splitter_look(
					&splitter, buffer->bytes + at, buffer->n - at, &length);
			if (separator == SEPARATOR_NONE)
				keep_byte(&field, at);
			else
				meet_separator(&field, separator);
		}
	}
	if (field.is_present)
		end_field(&field);
}

void buffer_add_fields(struct buffer *buffer, struct fields *fields)
{
	if (buffer->kinds != NULL) {
		/* Room for the last NUL. */
		reserve(buffer, 1);
		split(buffer, fields);
	} else if (buffer->n > 0 || buffer->is_present) {
		fields_add(fields, buffer_text(buffer));
	}
}

/* ---- a value alone ---- */

/* Splits text that has no pattern, where it lies. */
static void split_in_place(
	const struct separators *separators, char *text, size_t length, struct fields *fields)
{
	const unsigned char *kind = separators->kind;
	char *end = text + length;
	bool is_after_blank = false;

	while (text < end) {
		char *start = text;
		while (text < end && kind[(unsigned char)*text] == SEPARATOR_NONE)
			text++;
		bool is_blank = text < end && kind[(unsigned char)*text] == SEPARATOR_BLANK;
		if (text > start || !(is_blank || is_after_blank))
			fields_add(fields, start);
		is_after_blank = is_blank && (text > start || is_after_blank);
		if (text < end)
			*text++ = '\0';
	}
}

void buffer_add_value(
	struct shell *sh, const char *text, size_t length, bool is_own, struct fields *fields)
{
	unsigned found = look_for_all(sh, text, length);

	if (length == 0)
		return;
	if ((found & FOUND_MAGIC) == 0 && !(sh->separators.has_wide && found & FOUND_SEPARATOR)) {
		char *own = is_own ? (char *)(uintptr_t)text
				   : arena_text(&sh->scratch, text, length);
		if ((found & FOUND_SEPARATOR) == 0)
			fields_add(fields, own);
		else
			split_in_place(&sh->separators, own, length, fields);
		return;
	}
	struct buffer buffer = buffer_of(sh, BUFFER_FIELDS);
	buffer_add(&buffer, text, length, BYTE_SPLIT);
	buffer_add_fields(&buffer, fields);
}
