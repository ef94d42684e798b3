/* SPDX-License-Identifier: MIT */
#include "common/env_file.h"

#include "common/text.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

struct reader {
	const char *next;
	const char *end;
	const char *line_start;
	size_t line;
	struct env_file_error *error;
};

static int fail(struct reader *reader, const char *at, const char *what)
{
	reader->error->line = reader->line;
	reader->error->column = (size_t)(at - reader->line_start) + 1;
	reader->error->what = what;
	return -EINVAL;
}

/* The next byte; a newline stands for the end, so that the last line needs none. */
static char peek(const struct reader *reader)
{
	return reader->next < reader->end ? *reader->next : '\n';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static void skip_blanks(struct reader *reader)
{
	while (is_blank(peek(reader)))
		reader->next++;
}

static void end_line(struct reader *reader)
{
	if (reader->next < reader->end)
		reader->next++;
	reader->line++;
	reader->line_start = reader->next;
}

static void skip_line(struct reader *reader)
{
	while (peek(reader) != '\n')
		reader->next++;
}

static bool is_name_byte(char c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       (!first && ((c >= '0' && c <= '9') || c == '.' || c == '-'));
}

static int read_name(struct reader *reader, struct text *entry)
{
	const char *start = reader->next;

	while (is_name_byte(peek(reader), reader->next == start))
		reader->next++;
	size_t length = (size_t)(reader->next - start);
	if (length == 0)
		return fail(reader, start,
			peek(reader) == '=' ? "a name is missing before the ="
					    : "a name cannot begin with this character");
	char next = peek(reader);
	if (is_blank(next) && length == 6 && memcmp(start, "export", 6) == 0 &&
		entry->length == 0) {
		skip_blanks(reader);
		if (peek(reader) != '\n' && peek(reader) != '=' && peek(reader) != '#')
			return read_name(reader, entry);
		reader->next = start + length;
	}
	text_add(entry, start, length);
	return 0;
}

/* Behind a closing quote, or behind a name that stands alone. */
static int expect_end(struct reader *reader, const char *what)
{
	const char *start = reader->next;

	skip_blanks(reader);
	if (peek(reader) == '#' && reader->next > start)
		skip_line(reader);
	return peek(reader) == '\n' ? 0 : fail(reader, reader->next, what);
}

static const char *escape_of(char c)
{
	switch (c) {
	case 'n':
		return "\n";
	case 'r':
		return "\r";
	case 't':
		return "\t";
	case '"':
		return "\"";
	case '\\':
		return "\\";
	case '$':
		return "$";
	default:
		return NULL;
	}
}

static int read_quoted(struct reader *reader, struct text *entry)
{
	const struct reader opening = *reader;
	char quote = *reader->next++;

	while (reader->next < reader->end && *reader->next != quote) {
		char c = *reader->next;
		const char *escaped = NULL;
		if (quote == '"' && c == '\\' && reader->next + 1 < reader->end)
			escaped = escape_of(reader->next[1]);
		if (escaped) {
			text_add(entry, escaped, 1);
			reader->next += 2;
			continue;
		}
		text_add(entry, &c, 1);
		if (c == '\n')
			end_line(reader);
		else
			reader->next++;
	}
	if (reader->next == reader->end) {
		*reader = opening;
		return fail(reader, reader->next, "this quote is never closed");
	}
	reader->next++;
	return expect_end(reader, "only a comment may follow the closing quote");
}

static int read_plain(struct reader *reader, struct text *entry)
{
	const char *start = reader->next;
	const char *stop = start;

	for (; peek(reader) != '\n'; reader->next++) {
		char c = *reader->next;
		if (c == '#' && reader->next > start && is_blank(reader->next[-1])) {
			skip_line(reader);
			break;
		}
		if (!is_blank(c))
			stop = reader->next + 1;
	}
	text_add(entry, start, (size_t)(stop - start));
	return 0;
}

static int read_entry(struct reader *reader, struct text *entry)
{
	int r = read_name(reader, entry);

	if (r < 0)
		return r;
	if (peek(reader) != '=')
		return expect_end(reader, "a name is followed by = or by nothing");
	text_add(entry, "=", 1);
	reader->next++;
	const char *after = reader->next;
	skip_blanks(reader);
	if (peek(reader) == '#' && reader->next > after) {
		skip_line(reader);
		return 0;
	}
	if (peek(reader) == '"' || peek(reader) == '\'')
		return read_quoted(reader, entry);
	return read_plain(reader, entry);
}

int env_file_parse(const char *bytes, size_t length, env_file_fn take, void *data,
	struct env_file_error *error)
{
	struct reader reader = { bytes, bytes + length, bytes, 1, error };
	struct text entry = { 0 };
	int r = 0;

	if (length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
		reader.next += 3;
	while (r == 0 && reader.next < reader.end) {
		skip_blanks(&reader);
		if (peek(&reader) == '#')
			skip_line(&reader);
		if (peek(&reader) != '\n') {
			entry.length = 0;
			const struct reader start = reader;
			r = read_entry(&reader, &entry);
			if (r == 0 && memchr(entry.bytes, '\0', entry.length)) {
				reader = start;
				r = fail(&reader, reader.next, "this entry holds a NUL byte");
			}
			if (r == 0)
				take(data, entry.bytes);
		}
		end_line(&reader);
	}
	text_done(&entry);
	return r;
}
