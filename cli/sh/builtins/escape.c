/* SPDX-License-Identifier: MIT */
#include "sh/builtins/escape.h"

#include <string.h>

static int octal(const char **at, int most)
{
	int value = 0;

	for (int i = 0; i < most && **at >= '0' && **at <= '7'; i++)
		value = value * 8 + (*(*at)++ - '0');
	return value & 0xff;
}

int escape_byte(const char **at, enum escape_style style)
{
	static const char letters[] = "abfnrtv\\", bytes[] = "\a\b\f\n\r\t\v\\";
	char letter = **at;
	const char *found = letter ? strchr(letters, letter) : NULL;

	if (found) {
		(*at)++;
		return bytes[found - letters];
	}
	if (style == ESCAPE_ECHO && letter == 'c')
		return -1;
	if (style == ESCAPE_ECHO && letter == '0') {
		(*at)++;
		return octal(at, 3);
	}
	if (style == ESCAPE_FORMAT && letter >= '0' && letter <= '7')
		return octal(at, 3);
	return -2;
}

enum escape_end escape_output(struct shell *sh, const char *text, enum escape_style style)
{
	for (;;) {
		size_t plain = strcspn(text, "\\");
		output_bytes(sh, text, plain);
		text += plain;
		if (*text == '\0')
			return ESCAPE_GO_ON;
		text++;
		int byte = escape_byte(&text, style);
		if (byte == -1)
			return ESCAPE_STOP;
		output_character(sh, byte == -2 ? '\\' : (char)byte);
	}
}
