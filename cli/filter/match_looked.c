/* SPDX-License-Identifier: MIT */
#include "filter/match_looked.h"

#include "filter/match_code.h"

static void clean(struct looked *looked)
{
	size_t width;

	looked->clean.length = 0;
	text_add(&looked->clean, looked->line, looked->length);
	for (size_t i = 0; i < looked->length; i += width) {
		width = text_character(looked->line + i, looked->length - i);
		if (width > 0)
			continue;
		looked->clean.bytes[i] = looked->line_end;
		width = 1;
	}
}

void looked_look(struct looked *looked, const char *line, size_t length, size_t from)
{
	if (from > 0 && looked->line == line && looked->length == length)
		return;
	looked->number++;
	looked->line = line;
	looked->length = length;
	looked->is_ascii = !looked->utf8 || code_is_ascii(line, length);
	looked->is_utf8 = looked->is_ascii || code_is_utf8(line, length);
	if (!looked->is_utf8)
		clean(looked);
}

void looked_done(struct looked *looked)
{
	text_done(&looked->clean);
}
