/* SPDX-License-Identifier: MIT */
/* The line of an error, with a caret below its place. */
#include "sh/say_line.h"

#include "sh/ast.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* Of longer lines a part is shown, so many bytes at most before the place and behind it. */
#define MOST_BEFORE 60
#define MOST_BEHIND 40

static const char margin[] = "    ";
static const char cut[] = "...";

/* ---- where it stands ---- */

struct line {
	const char *bytes; /* NULL: it is not known */
	size_t length;
	char *own; /* to be freed */
};

static struct line line_of_text(
	const char *text, size_t length, uint32_t first_line, uint32_t wanted)
{
	const char *at = text, *end = text + length;

	for (uint32_t i = first_line; at && i < wanted; i++) {
		at = memchr(at, '\n', (size_t)(end - at));
		at = at ? at + 1 : NULL;
	}
	if (!at || at >= end || wanted < first_line)
		return (struct line){ 0 };
	const char *newline = memchr(at, '\n', (size_t)(end - at));
	return (struct line){ at, (size_t)((newline ? newline : end) - at), NULL };
}

/* Reads the line of a file again. */
static struct line line_of_file(const char *path, uint32_t wanted)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;
	ssize_t n = -1;

	if (!file)
		return (struct line){ 0 };
	for (uint32_t i = 0; i < wanted; i++) {
		n = getline(&text, &size, file);
		if (n < 0)
			break;
	}
	(void)!fclose(file);
	if (n < 0) {
		free(text);
		return (struct line){ 0 };
	}
	return (struct line){ text, (size_t)n - (n > 0 && text[n - 1] == '\n'), text };
}

static struct line find_line(
	const struct source *source, const struct program *program, struct place place)
{
	struct line line = { 0 };

	if (source->text)
		line = line_of_text(source->text, source->length, source->first_line, place.line);
	else if (source->kind == SOURCE_FILE)
		line = line_of_file(source->name, place.line);
	if (!line.bytes && program && program->text && program->source == source)
		line = line_of_text(
			program->text, program->length, program->first_line, place.line);
	return line;
}

/* ---- how it is shown ---- */

/* Tabs stay, as they do in front of the caret. */
static void add_safe(struct text *text, const char *bytes, size_t length)
{
	const char *tab;

	while ((tab = memchr(bytes, '\t', length)) != NULL) {
		size_t part = (size_t)(tab - bytes);
		text_safe(text, bytes, part);
		text_string(text, "\t");
		bytes += part + 1;
		length -= part + 1;
	}
	text_safe(text, bytes, length);
}

/* As many columns as the text takes, but for its tabs, which stay. */
static void add_blanks(struct text *text, const char *bytes, size_t length)
{
	mbstate_t state = { 0 };
	wchar_t wide;

	while (length > 0) {
		/* NOLINTNEXTLINE(concurrency-mt-unsafe): the state is ours */
		size_t n = mbrtowc(&wide, bytes, length, &state);
		bool is_known = n > 0 && n <= length;
		int width = is_known ? wcwidth(wide) : 1;
		if (!is_known) {
			/* The locale has no such character: it is one of UTF-8. */
			n = text_character(bytes, length);
			n = n > 0 ? n : 1;
			memset(&state, 0, sizeof state);
		}
		if (*bytes == '\t')
			text_string(text, "\t");
		else
			text_format(text, "%*s", width > 0 ? width : 0, "");
		bytes += n;
		length -= n;
	}
}

static bool is_inside(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

/* Makes a long line the part around its byte number `at`. Returns what the part begins with. */
static const char *shorten(struct line *line, size_t *at, const char **ret_behind)
{
	const char *before = "";

	*ret_behind = "";
	if (line->length <= MOST_BEFORE + MOST_BEHIND)
		return before;
	if (line->length - *at > MOST_BEHIND) {
		size_t end = *at + MOST_BEHIND;
		while (end > *at && is_inside(line->bytes[end]))
			end--;
		line->length = end;
		*ret_behind = cut;
	}
	if (*at > MOST_BEFORE) {
		size_t first = *at - MOST_BEFORE;
		while (first < *at && is_inside(line->bytes[first]))
			first++;
		line->bytes += first;
		line->length -= first;
		*at -= first;
		before = cut;
	}
	return before;
}

void say_line(struct text *text, const struct source *source, const struct program *program,
	struct place place)
{
	struct line line = find_line(source, program, place);
	struct text shown = { 0 };

	if (line.bytes && place.column > 0 && place.column <= line.length + 1) {
		size_t at = place.column - 1;
		const char *behind;
		const char *before = shorten(&line, &at, &behind);
		add_safe(&shown, line.bytes, at);
		text_format(text, "%s%s%.*s", margin, before, (int)shown.length,
			shown.length > 0 ? shown.bytes : "");
		add_safe(text, line.bytes + at, line.length - at);
		text_format(text, "%s\n%s%*s", behind, margin, (int)strlen(before), "");
		add_blanks(text, shown.bytes, shown.length);
		text_string(text, "^\n");
	}
	text_done(&shown);
	free(line.own);
}
