/* SPDX-License-Identifier: MIT */
#include "filter/colors.h"

#include <string.h>

static char *color_of(struct colors *colors, const char *name)
{
	const struct {
		char name[3];
		char *color;
	} all[] = {
		{ "ms", colors->selected_match },
		{ "mc", colors->context_match },
		{ "sl", colors->selected_line },
		{ "cx", colors->context_line },
		{ "fn", colors->file_name },
		{ "ln", colors->line_number },
		{ "bn", colors->byte_offset },
		{ "se", colors->separator },
	};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		if (strncmp(name, all[i].name, 2) == 0)
			return all[i].color;
	return NULL;
}

static bool set(char color[COLOR_SIZE], const char *value, size_t length)
{
	/* Anything else could be an escape sequence of another kind. */
	if (length >= COLOR_SIZE || strspn(value, "0123456789;") < length)
		return false;
	memcpy(color, value, length);
	color[length] = '\0';
	return true;
}

/* Returns false if what follows does not count any more. */
static bool read_one(struct colors *colors, const char *word, size_t length)
{
	char *color = length >= 3 && word[2] == '=' ? color_of(colors, word) : NULL;

	if (color)
		return set(color, word + 3, length - 3);
	if (length >= 3 && strncmp(word, "mt=", 3) == 0)
		return set(colors->selected_match, word + 3, length - 3) &&
		       set(colors->context_match, word + 3, length - 3);
	if (length == 2 && strncmp(word, "rv", 2) == 0)
		colors->reversed = true;
	else if (length == 2 && strncmp(word, "ne", 2) == 0)
		colors->no_erase = true;
	return true;
}

void colors_read(struct colors *colors, const char *text)
{
	*colors = (struct colors){
		.selected_match = "01;31",
		.context_match = "01;31",
		.file_name = "35",
		.line_number = "32",
		.byte_offset = "32",
		.separator = "36",
	};
	while (text && *text) {
		size_t length = strcspn(text, ":");
		if (!read_one(colors, text, length))
			return;
		text += length + (text[length] == ':');
	}
}
