/* SPDX-License-Identifier: MIT */
#include "exec/template.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* Nobody writes that by hand; and nobody shall take our stack by it. */
#define DEEPEST 100

struct reader {
	const char *start;
	const char *next;
	const char *end;
	const struct template_rules *rules;
	struct template_error *error;
	unsigned int depth;
	bool is_idle; /* what is read now is not wanted, and so no error either */
	bool is_told; /* what is read now goes into a message */
};

/* ${NAME, : and the sign behind it. */
struct form {
	const char *start; /* the $ */
	const char *name;
	size_t length;
	bool has_colon;
	char sign; /* - ? + or } */
};

static int fail(const struct reader *reader, const char *at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int fail(const struct reader *reader, const char *at, const char *format, ...)
{
	struct template_error *error = reader->error;
	const char *line = reader->start;
	va_list arguments;

	error->line = 1;
	for (const char *c = reader->start; c < at; c++)
		if (*c == '\n') {
			error->line++;
			line = c + 1;
		}
	error->column = (size_t)(at - line) + 1;
	text_done(&error->what);
	va_start(arguments, format);
	text_format_list(&error->what, format, arguments);
	va_end(arguments);
	return -EINVAL;
}

static bool begins(const struct reader *reader, const char *at, const char *what)
{
	size_t length = strlen(what);

	return (size_t)(reader->end - at) >= length && memcmp(at, what, length) == 0;
}

static bool is_name_byte(char c, bool is_first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       (!is_first && c >= '0' && c <= '9');
}

static size_t name_length(const struct reader *reader, const char *name)
{
	const char *c = name;

	while (c < reader->end && is_name_byte(*c, c == name))
		c++;
	return (size_t)(c - name);
}

/* name stands behind a ${. Whether that ${ is for us. */
static bool is_listed(const struct reader *reader, const char *name)
{
	static const char separators[] = " \t\n,";
	size_t length = name_length(reader, name);
	const char *only = reader->rules->only;

	if (!only)
		return true;
	for (only += strspn(only, separators); *only; only += strspn(only, separators)) {
		size_t n = strcspn(only, separators);
		if (n == length && memcmp(only, name, n) == 0)
			return true;
		only += n;
	}
	return false;
}

/* Reads the head of a form, up to the sign; false: it is none. */
static bool read_form(struct reader *reader, struct form *form)
{
	const char *c = form->name + form->length;

	form->has_colon = c < reader->end && *c == ':';
	c += form->has_colon;
	form->sign = c < reader->end ? *c : '\0';
	if (form->length == 0 || form->sign == '\0' || !strchr("-?+}", form->sign) ||
		(form->sign == '}' && form->has_colon))
		return false;
	reader->next = form->sign == '}' ? c : c + 1;
	return true;
}

static int read_text(struct reader *reader, struct text *text);

/* The word of a form, up to the }, which is taken too. */
static int read_word(struct reader *reader, const struct form *form, struct text *text)
{
	int r = 0;

	if (reader->depth == DEEPEST)
		return fail(reader, form->start, "${ within ${, more than %d deep", DEEPEST);
	reader->depth++;
	r = read_text(reader, text);
	reader->depth--;
	if (r == 0 && reader->next == reader->end)
		return fail(reader, form->start, "${ is not closed: there is no } for it");
	reader->next += r == 0;
	return r;
}

/* The word is only read over. */
static int skip_word(struct reader *reader, const struct form *form)
{
	bool was_idle = reader->is_idle;
	struct text dropped = { 0 };

	reader->is_idle = true;
	int r = read_word(reader, form, &dropped);
	reader->is_idle = was_idle;
	text_done(&dropped);
	return r;
}

static int refuse(struct reader *reader, const struct form *form)
{
	const char *missing = form->has_colon ? "is not set, or empty" : "is not set";
	struct text word = { 0 };
	int r = 0;

	reader->is_told = true;
	if (form->sign == '?')
		r = read_word(reader, form, &word);

	if (r == 0 && word.length > 0)
		r = fail(
			reader, form->start, "%.*s: %s", (int)form->length, form->name, word.bytes);
	else if (r == 0)
		r = fail(reader, form->start, "%.*s %s", (int)form->length, form->name, missing);
	text_done(&word);
	return r;
}

static bool is_hidden(const struct reader *reader, const struct form *form)
{
	const struct template_rules *rules = reader->rules;

	return reader->is_told && rules->is_secret &&
	       rules->is_secret(rules->data, form->name, form->length);
}

static int read_variable(struct reader *reader, const struct form *form, struct text *text)
{
	const char *value = reader->rules->get(reader->rules->data, form->name, form->length);
	bool counts = value && !(form->has_colon && value[0] == '\0');

	if (form->sign == '+')
		return counts ? read_word(reader, form, text) : skip_word(reader, form);
	if (!counts && form->sign == '-')
		return read_word(reader, form, text);
	if (!counts && !reader->is_idle)
		return refuse(reader, form);
	if (value)
		text_string(text, is_hidden(reader, form) ? "***" : value);
	return skip_word(reader, form);
}

/* A ${ that is not for us, with all up to its }, as it is. */
static void copy_foreign(struct reader *reader, struct text *text)
{
	unsigned int open = 0;
	const char *c = reader->next;

	for (; c < reader->end; c++) {
		if (begins(reader, c, "${"))
			open++;
		else if (*c == '}' && --open == 0)
			break;
	}
	/* Never closed: only these two bytes, the rest may hold others. */
	size_t length = c < reader->end ? (size_t)(c - reader->next) + 1 : 2;
	text_add(text, reader->next, length);
	reader->next += length;
}

static int read_dollar(struct reader *reader, struct text *text)
{
	struct form form = { .start = reader->next };

	if (begins(reader, reader->next, "$${") && is_listed(reader, reader->next + 3)) {
		text_string(text, "${");
		reader->next += 3;
		return 0;
	}
	if (!begins(reader, reader->next, "${")) {
		text_add(text, reader->next++, 1);
		return 0;
	}
	form.name = form.start + 2;
	form.length = name_length(reader, form.name);
	if (!is_listed(reader, form.name)) {
		copy_foreign(reader, text);
		return 0;
	}
	if (read_form(reader, &form))
		return read_variable(reader, &form, text);
	if (form.name + form.length == reader->end)
		return fail(reader, form.start, "${ is not closed: there is no } for it");
	return fail(reader, form.start,
		"${%.*s is followed by what is not known here (accepted: ${NAME}, ${NAME:-word}, "
		"${NAME:?word}, ${NAME:+word}; $${ for a plain ${)",
		(int)form.length, form.name);
}

/* To the end, or to the } that closes the form in which we are. */
static int read_text(struct reader *reader, struct text *text)
{
	while (reader->next < reader->end) {
		size_t left = (size_t)(reader->end - reader->next);
		char c = *reader->next;
		int r = 0;
		if (c == '$') {
			r = read_dollar(reader, text);
		} else if (reader->depth == 0) {
			const char *dollar = memchr(reader->next, '$', left);
			size_t length = dollar ? (size_t)(dollar - reader->next) : left;
			text_add(text, reader->next, length);
			reader->next += length;
		} else if (c == '}') {
			return 0;
		} else {
			if (c == '\\' && left > 1 &&
				(reader->next[1] == '}' || reader->next[1] == '\\'))
				reader->next++;
			text_add(text, reader->next++, 1);
		}
		if (r < 0)
			return r;
	}
	return 0;
}

int template_render(const char *bytes, size_t length, const struct template_rules *rules,
	struct text *text, struct template_error *error)
{
	struct reader reader = {
		.start = bytes,
		.next = bytes,
		.end = bytes + length,
		.rules = rules,
		.error = error,
	};

	return read_text(&reader, text);
}
