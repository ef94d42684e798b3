/* SPDX-License-Identifier: MIT */
#include "sh/split.h"

#include "sh/pattern.h"

#include <string.h>

struct splitter splitter_of(struct shell *sh)
{
	return (struct splitter){ .separators = &sh->separators,
		.ifs = sh->separators.has_wide ? variable_get(sh, "IFS") : NULL };
}

enum separator_kind splitter_look_long(
	const struct splitter *splitter, const char *bytes, size_t length, size_t *ret_length)
{
	size_t n = pattern_character(bytes, length);
	const char *ifs = splitter->ifs;

	*ret_length = 1;
	if (n == 1 || ifs == NULL || memmem(ifs, strlen(ifs), bytes, n) == NULL)
		return SEPARATOR_NONE;
	*ret_length = n;
	return SEPARATOR_OTHER;
}

struct line {
	const struct splitter *splitter;
	const char *bytes;
	const unsigned char *escaped;
	size_t length;
};

static enum separator_kind look(const struct line *line, size_t at, size_t *ret_length)
{
	*ret_length = 1;
	if (line->escaped != NULL && line->escaped[at])
		return SEPARATOR_NONE;
	return splitter_look(line->splitter, line->bytes + at, line->length - at, ret_length);
}

static size_t skip_blanks(const struct line *line, size_t at)
{
	size_t length;

	while (at < line->length && look(line, at, &length) == SEPARATOR_BLANK)
		at += length;
	return at;
}

/* Where the field that begins at `at` ends; *ret_next is behind what separates it. */
static size_t find_end(const struct line *line, size_t at, size_t *ret_next)
{
	enum separator_kind kind = SEPARATOR_NONE;
	size_t length = 0;

	while (at < line->length && (kind = look(line, at, &length)) == SEPARATOR_NONE)
		at += length;
	*ret_next = at;
	if (at == line->length)
		return at;
	size_t next = at + length;
	if (kind == SEPARATOR_BLANK) {
		next = skip_blanks(line, next);
		if (next < line->length && look(line, next, &length) == SEPARATOR_OTHER)
			next += length;
	}
	*ret_next = skip_blanks(line, next);
	return at;
}

/* The end of the rest, which begins at `at`. */
static size_t find_last_end(const struct line *line, size_t at)
{
	size_t next, end = find_end(line, at, &next), length;

	if (next == line->length)
		return end;
	/* White space behind the last byte that is none. */
	for (end = at; at < line->length; at += length)
		if (look(line, at, &length) != SEPARATOR_BLANK)
			end = at + length;
	return end;
}

void split_line(const struct splitter *splitter, const char *bytes, const unsigned char *escaped,
	size_t length, struct split_range *ranges, size_t n)
{
	const struct line line = { splitter, bytes, escaped, length };
	size_t at = skip_blanks(&line, 0);

	for (size_t i = 0; i + 1 < n; i++) {
		ranges[i].start = at;
		ranges[i].end = find_end(&line, at, &at);
	}
	ranges[n - 1].start = at;
	ranges[n - 1].end = find_last_end(&line, at);
}
