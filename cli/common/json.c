/* SPDX-License-Identifier: MIT */
#include "common/json.h"

#include <string.h>

static void put_name(struct text *text, const char *name)
{
	if (text->bytes[text->length - 1] != '{')
		text_add(text, ",", 1);
	text_format(text, "\"%s\":", name);
}

static const char *short_escape(char byte)
{
	switch (byte) {
	case '"':
		return "\\\"";
	case '\\':
		return "\\\\";
	case '\n':
		return "\\n";
	case '\r':
		return "\\r";
	case '\t':
		return "\\t";
	default:
		return NULL;
	}
}

static void put_string(struct text *text, const char *string)
{
	size_t left = strlen(string);

	text_add(text, "\"", 1);
	while (left > 0) {
		size_t width = text_character(string, left);
		const char *escape = short_escape(*string);
		if (escape)
			text_string(text, escape);
		else if (width == 0)
			text_string(text, "\\ufffd");
		else if (width == 1 && ((unsigned char)*string < 0x20 || *string == 0x7f))
			text_format(text, "\\u%04x", (unsigned int)(unsigned char)*string);
		else
			text_add(text, string, width);
		string += width ? width : 1;
		left -= width ? width : 1;
	}
	text_add(text, "\"", 1);
}

void put_json_begin(struct text *text)
{
	text_add(text, "{", 1);
}

void put_json_end(struct text *text)
{
	text_add(text, "}\n", 2);
}

void put_json_null(struct text *text, const char *name)
{
	put_name(text, name);
	text_string(text, "null");
}

void put_json_boolean(struct text *text, const char *name, bool value)
{
	put_name(text, name);
	text_string(text, value ? "true" : "false");
}

void put_json_integer(struct text *text, const char *name, int64_t value)
{
	put_name(text, name);
	text_format(text, "%lld", (long long)value);
}

void put_json_seconds(struct text *text, const char *name, int64_t nanoseconds)
{
	put_name(text, name);
	text_format(text, "%lld.%06lld", (long long)(nanoseconds / 1000000000),
		(long long)(nanoseconds / 1000 % 1000000));
	while (text->bytes[text->length - 1] == '0' && text->bytes[text->length - 2] != '.')
		text->bytes[--text->length] = '\0';
}

void put_json_string(struct text *text, const char *name, const char *value)
{
	if (!value) {
		put_json_null(text, name);
		return;
	}
	put_name(text, name);
	put_string(text, value);
}

void put_json_strings(struct text *text, const char *name, char *const *values)
{
	put_name(text, name);
	text_add(text, "[", 1);
	for (size_t i = 0; values[i]; i++) {
		if (i > 0)
			text_add(text, ",", 1);
		put_string(text, values[i]);
	}
	text_add(text, "]", 1);
}
