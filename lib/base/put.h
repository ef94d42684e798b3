/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Texts without bounds, allocation or calls, for what runs between clone and exec and for the
 * guard. What is written has no NUL; both return the end.
 */

#include <stdint.h>

/* Digits, and a sign if need be: 20 bytes at most. */
static inline char *brood__put_number(char *end, int64_t number)
{
	char digits[24];
	int n = 0;
	uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;
	do
		digits[n++] = (char)('0' + rest % 10);
	while ((rest /= 10) > 0);
	if (number < 0)
		*end++ = '-';
	while (n > 0)
		*end++ = digits[--n];
	return end;
}

static inline char *brood__put_text(char *end, const char *text)
{
	while (*text)
		*end++ = *text++;
	return end;
}
