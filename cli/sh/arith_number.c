/* SPDX-License-Identifier: MIT */
#include "sh/arith.h"

static unsigned digit_value(char character)
{
	if (character >= '0' && character <= '9')
		return (unsigned)(character - '0');
	if (character >= 'a' && character <= 'f')
		return (unsigned)(character - 'a') + 10;
	if (character >= 'A' && character <= 'F')
		return (unsigned)(character - 'A') + 10;
	return 99;
}

bool arithmetic_number(const char *text, size_t length, int64_t *ret_number)
{
	const char *end = text + length;
	bool is_negative = length > 0 && *text == '-';
	unsigned base = 10;
	uint64_t number = 0;

	if (length > 0 && (*text == '-' || *text == '+'))
		text++;
	if (end - text > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		base = 16;
		text += 2;
	} else if (end - text > 1 && text[0] == '0') {
		base = 8;
	}
	if (text == end)
		return false;
	for (; text < end; text++) {
		unsigned digit = digit_value(*text);
		if (digit >= base || __builtin_mul_overflow(number, base, &number) ||
			__builtin_add_overflow(number, digit, &number))
			return false;
	}
	*ret_number = (int64_t)(is_negative ? 0 - number : number);
	return true;
}
