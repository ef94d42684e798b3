/* SPDX-License-Identifier: MIT */
/* Bounded texts. What they say is up to the callers. */

#include "base/strings.h"

#include <string.h>

/* The least first continuation byte after a lead byte keeps out overlong forms, the greatest one
 * keeps out surrogates and what lies above U+10FFFF. */
static bool is_second_byte(unsigned char lead, unsigned char second)
{
	unsigned char least = 0x80;
	unsigned char greatest = 0xbf;

	if (lead == 0xe0)
		least = 0xa0;
	else if (lead == 0xed)
		greatest = 0x9f;
	else if (lead == 0xf0)
		least = 0x90;
	else if (lead == 0xf4)
		greatest = 0x8f;
	return second >= least && second <= greatest;
}

size_t brood__utf8_length(const char *bytes, size_t n)
{
	if (n == 0)
		return 0;
	unsigned char lead = (unsigned char)bytes[0];
	size_t length = 0;
	if (lead < 0x80)
		return 1;
	if (lead >= 0xc2 && lead <= 0xdf)
		length = 2;
	else if (lead >= 0xe0 && lead <= 0xef)
		length = 3;
	else if (lead >= 0xf0 && lead <= 0xf4)
		length = 4;
	if (length == 0 || length > n || !is_second_byte(lead, (unsigned char)bytes[1]))
		return 0;
	for (size_t i = 2; i < length; i++) {
		if (((unsigned char)bytes[i] & 0xc0) != 0x80)
			return 0;
	}
	return length;
}

/* Returns the greatest place <= at most where a UTF-8 sequence of text may end. */
static size_t sequence_end(const char *text, size_t at_most)
{
	for (size_t back = 1; back <= 3 && back <= at_most; back++) {
		unsigned char byte = (unsigned char)text[at_most - back];
		if ((byte & 0xc0) == 0x80)
			continue;
		size_t needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
		return needed > back ? at_most - back : at_most;
	}
	return at_most;
}

/* Puts "..." at the end of the size - 1 bytes of text that are there. */
static void put_dots(char *text, size_t size)
{
	size_t dots = size - 1 < 3 ? size - 1 : 3;
	size_t end = sequence_end(text, size - 1 - dots);

	memset(text + end, '.', dots);
	text[end + dots] = '\0';
}

size_t brood__text_copy(char *to, size_t size, const char *from)
{
	size_t length = strlen(from);

	if (size == 0)
		return length;
	if (length < size) {
		memcpy(to, from, length + 1);
		return length;
	}
	memcpy(to, from, size - 1);
	put_dots(to, size);
	return length;
}

struct brood__text brood__text_over(char *at, size_t size)
{
	struct brood__text t = { .at = at, .size = at ? size : 0 };

	if (t.size > 0)
		at[0] = '\0';
	return t;
}

void brood__text_add_n(struct brood__text *t, const char *bytes, size_t n)
{
	if (n == 0)
		return;
	if (t->length + 1 < t->size) {
		size_t room = t->size - 1 - t->length;
		size_t fits = n < room ? n : room;
		memcpy(t->at + t->length, bytes, fits);
		t->at[t->length + fits] = '\0';
	}
	t->length += n;
}

void brood__text_add(struct brood__text *t, const char *s)
{
	brood__text_add_n(t, s, strlen(s));
}

static void add_unsigned(struct brood__text *t, uint64_t number)
{
	char digits[20];
	size_t at = sizeof digits;

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	brood__text_add_n(t, digits + at, sizeof digits - at);
}

/* The size of a number without its sign, also of INT64_MIN. */
static uint64_t magnitude(int64_t number)
{
	return number < 0 ? -(uint64_t)number : (uint64_t)number;
}

void brood__text_add_int(struct brood__text *t, int64_t number)
{
	if (number < 0)
		brood__text_add_n(t, "-", 1);
	add_unsigned(t, magnitude(number));
}

static bool is_harmless(const char *bytes, size_t length)
{
	unsigned char first = (unsigned char)bytes[0];

	if (length == 1)
		return first >= 0x20 && first != 0x7f;
	/* U+0080 to U+009F, the C1 controls, are c2 80 to c2 9f. */
	return length > 0 && !(first == 0xc2 && (unsigned char)bytes[1] < 0xa0);
}

void brood__text_add_safe(struct brood__text *t, const char *bytes, size_t n)
{
	static const char hex[] = "0123456789abcdef";

	for (size_t i = 0; i < n;) {
		size_t length = brood__utf8_length(bytes + i, n - i);
		if (is_harmless(bytes + i, length)) {
			brood__text_add_n(t, bytes + i, length);
			i += length;
			continue;
		}
		for (size_t end = i + (length ? length : 1); i < end; i++) {
			unsigned char byte = (unsigned char)bytes[i];
			const char escape[4] = { '\\', 'x', hex[byte >> 4], hex[byte & 15] };
			brood__text_add_n(t, escape, sizeof escape);
		}
	}
}

/* Adds number / unit with as many decimals as it needs, at most nine. */
static void add_decimal(struct brood__text *t, uint64_t number, uint64_t unit)
{
	add_unsigned(t, number / unit);
	if (number % unit == 0)
		return;
	brood__text_add_n(t, ".", 1);
	for (uint64_t rest = number % unit; rest > 0; rest %= unit) {
		unit /= 10;
		char digit = (char)('0' + rest / unit);
		brood__text_add_n(t, &digit, 1);
	}
}

void brood__text_add_duration(struct brood__text *t, brood_duration d)
{
	static const struct {
		uint64_t unit;
		const char *name;
	} large[] = { { 24 * BROOD_HOUR, "d" }, { BROOD_HOUR, "h" }, { BROOD_MINUTE, "m" } },
	  small[] = { { BROOD_SECOND, "s" }, { BROOD_MILLISECOND, "ms" },
		  { BROOD_MICROSECOND, "us" }, { BROOD_NANOSECOND, "ns" } };

	if (d == BROOD_FOREVER || d == 0) {
		brood__text_add(t, d ? "forever" : "0s");
		return;
	}
	if (d < 0)
		brood__text_add_n(t, "-", 1);
	uint64_t rest = magnitude(d);
	bool has_large = false;
	for (size_t i = 0; i < sizeof large / sizeof large[0]; i++) {
		if (rest < large[i].unit)
			continue;
		add_unsigned(t, rest / large[i].unit);
		brood__text_add(t, large[i].name);
		rest %= large[i].unit;
		has_large = true;
	}
	if (rest == 0)
		return;
	size_t i = 0;
	while (!has_large && rest < small[i].unit)
		i++;
	add_decimal(t, rest, small[i].unit);
	brood__text_add(t, small[i].name);
}

size_t brood__list_length(char *const *list)
{
	size_t n = 0;
	while (list[n])
		n++;
	return n;
}

void brood__text_mark_cut(struct brood__text *t)
{
	if (t->size > 0 && t->length >= t->size)
		put_dots(t->at, t->size);
}
