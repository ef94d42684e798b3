/* SPDX-License-Identifier: MIT */
/*
 * Any text to the parser of the shell; what it can parse is printed, parsed again, and must be the
 * same tree. A first byte of 1 makes the next lines, up to an empty one, aliases (name=value).
 */

#include "target.h"

#include "sh/alias.h"

#include "../unit/sh_kit.h"

static const char *add_aliases(struct shell *sh, const char *text, const char *end)
{
	while (text < end && *text != '\n') {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		if (!newline)
			break;
		const char *equals = memchr(text, '=', (size_t)(newline - text));
		if (equals && alias_is_name(text, (size_t)(equals - text))) {
			char *value = strndup(equals + 1, (size_t)(newline - equals - 1));
			CHECK(value);
			alias_set(sh, text, (size_t)(equals - text), value);
			free(value);
		}
		text = newline + 1;
	}
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct shell sh;
	struct text trees = { 0 };
	struct text printed = { 0 };
	struct text again = { 0 };
	struct text printed_again = { 0 };
	const char *text = (const char *)data;
	const char *end = text + size;

	/* Inputs drop NUL bytes before. */
	if (memchr(data, '\0', size))
		return 0;
	kit_begin(&sh);
	if (size > 0 && *text == 1)
		text = add_aliases(&sh, text + 1, end);
	bool is_good = kit_parse(&sh, text, (size_t)(end - text), &trees, &printed);
	CHECK(is_good || kit_said[0]);
	/* A here-document without an end is parsed, with a warning; its last line may have no
	   newline, which cannot be printed. */
	if (is_good && !kit_said[0] && trees.length > 0) {
		alias_remove_all(&sh);
		CHECK(kit_parse(&sh, printed.bytes, printed.length, &again, &printed_again));
		CHECK(trees.length == again.length);
		CHECK(memcmp(trees.bytes, again.bytes, trees.length) == 0);
		CHECK(printed.length == printed_again.length);
	}
	text_done(&trees);
	text_done(&printed);
	text_done(&again);
	text_done(&printed_again);
	kit_end(&sh);
	return 0;
}
