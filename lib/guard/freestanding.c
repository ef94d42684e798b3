/* SPDX-License-Identifier: MIT */
/* The functions that a compiler takes for granted, for a program without a libc. */

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);

/* By instruction, so that the compiler does not make a call of itself out of a loop. */
#if defined(__x86_64__)

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
	void *d = to;
	__asm__ volatile("rep movsb" : "+D"(d), "+S"(from), "+c"(n) : : "memory");
	return to;
}

void *memset(void *to, int byte, size_t n)
{
	void *d = to;
	__asm__ volatile("rep stosb" : "+D"(d), "+c"(n) : "a"(byte) : "memory");
	return to;
}

#else

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
	volatile char *d = to;
	for (const char *s = from; n > 0; n--)
		*d++ = *s++;
	return to;
}

void *memset(void *to, int byte, size_t n)
{
	for (volatile char *d = to; n > 0; n--)
		*d++ = (char)byte;
	return to;
}

#endif

void *memmove(void *to, const void *from, size_t n)
{
	volatile char *d = to;
	const char *s = from;
	if ((const char *)to < s)
		return memcpy(to, from, n);
	while (n-- > 0)
		d[n] = s[n];
	return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *x = a;
	const unsigned char *y = b;
	for (; n > 0; n--, x++, y++) {
		if (*x != *y)
			return *x - *y;
	}
	return 0;
}
