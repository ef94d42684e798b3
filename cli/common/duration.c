/* SPDX-License-Identifier: MIT */
#include "common/duration.h"

#include "common/message.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

struct unit {
	const char *name;
	brood_duration length;
};

/* A name that begins another one comes after it. */
static const struct unit units[] = {
	{ "ns", BROOD_NANOSECOND },
	{ "us", BROOD_MICROSECOND },
	{ "ms", BROOD_MILLISECOND },
	{ "s", BROOD_SECOND },
	{ "m", BROOD_MINUTE },
	{ "h", BROOD_HOUR },
	{ "d", 24 * BROOD_HOUR },
};

static const struct unit *find_unit(const char *string)
{
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (strncmp(string, units[i].name, strlen(units[i].name)) == 0)
			return &units[i];
	return NULL;
}

static int is_digit(char c)
{
	return c >= '0' && c <= '9';
}

struct decimal {
	int64_t whole;
	int64_t fraction; /* in units of 10^-9 */
};

static int read_decimal(const char **string, struct decimal *ret)
{
	const char *s = *string;
	int64_t place = 100000000;
	int digits = 0;

	*ret = (struct decimal){ 0 };
	for (; is_digit(*s); s++, digits++)
		if (__builtin_mul_overflow(ret->whole, 10, &ret->whole) ||
			__builtin_add_overflow(ret->whole, *s - '0', &ret->whole))
			return -ERANGE;
	if (*s == '.') {
		for (s++; is_digit(*s); s++, digits++, place /= 10)
			ret->fraction += (*s - '0') * place;
	}
	*string = s;
	return digits ? 0 : -EINVAL;
}

static int scale(const struct decimal *decimal, brood_duration unit, brood_duration *sum)
{
	/* Fractions of a day exceed 64 bits when multiplied first: split the unit. */
	int64_t fraction = unit >= BROOD_SECOND ? decimal->fraction * (unit / BROOD_SECOND)
						: decimal->fraction * unit / BROOD_SECOND;
	int64_t whole = 0;

	if (__builtin_mul_overflow(decimal->whole, unit, &whole) ||
		__builtin_add_overflow(*sum, whole, sum) ||
		__builtin_add_overflow(*sum, fraction, sum))
		return -ERANGE;
	return 0;
}

int duration_parse(const char *string, brood_duration *ret_duration)
{
	brood_duration sum = 0;
	int parts = 0;

	if (strcmp(string, "off") == 0 || strcmp(string, "none") == 0) {
		*ret_duration = DURATION_OFF;
		return 0;
	}
	do {
		struct decimal decimal;
		int r = read_decimal(&string, &decimal);
		if (r < 0)
			return r;
		const struct unit *unit = find_unit(string);
		if (!unit && (*string != '\0' || parts > 0))
			return -EINVAL;
		r = scale(&decimal, unit ? unit->length : BROOD_SECOND, &sum);
		if (r < 0)
			return r;
		string += unit ? strlen(unit->name) : 0;
		parts++;
	} while (*string != '\0');
	*ret_duration = sum;
	return 0;
}

#define DECIMAL_SIZE 48

/* Appends value/10^digits without trailing zeros and the unit. */
static size_t put_decimal(char *text, int64_t value, int digits, const char *unit)
{
	char fraction[16];
	int64_t divisor = 1;

	for (int i = 0; i < digits; i++)
		divisor *= 10;
	int n = snprintf(
		fraction, sizeof fraction, ".%0*lld", digits, (long long)(value % divisor));
	while (n > 1 && fraction[n - 1] == '0')
		n--;
	fraction[n > 1 ? n : 0] = '\0';
	return (size_t)snprintf(
		text, DECIMAL_SIZE, "%lld%s%s", (long long)(value / divisor), fraction, unit);
}

const char *duration_text(brood_duration duration, char text[DURATION_TEXT_SIZE])
{
	static const struct unit large[] = { { "d", 24 * BROOD_HOUR }, { "h", BROOD_HOUR },
		{ "m", BROOD_MINUTE } };
	size_t length = 0;

	text[0] = '\0';
	if (duration > 0 && duration < BROOD_SECOND) {
		int scaled = duration < BROOD_MICROSECOND   ? 0
			     : duration < BROOD_MILLISECOND ? 3
							    : 6;
		put_decimal(text, duration, scaled, scaled == 0 ? "ns" : scaled == 3 ? "us" : "ms");
		return text;
	}
	for (size_t i = 0; i < sizeof large / sizeof *large; i++) {
		if (duration >= large[i].length)
			length += (size_t)snprintf(text + length, DURATION_TEXT_SIZE - length,
				"%lld%s", (long long)(duration / large[i].length), large[i].name);
		duration %= large[i].length;
	}
	if (duration > 0 || length == 0)
		put_decimal(text + length, duration, 9, "s");
	return text;
}

brood_duration duration_now(void)
{
	struct timespec time = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * BROOD_SECOND + time.tv_nsec;
}

int duration_take(
	const char *tool, const char *spelled, const char *value, brood_duration *ret_duration)
{
	int r = duration_parse(value, ret_duration);

	if (r == 0)
		return 0;
	message(r == -ERANGE ? "%s: %s: '%s' is too long a time (accepted: " DURATION_FORMS ")"
			     : "%s: %s: '%s' is not a duration (accepted: " DURATION_FORMS ")",
		tool, spelled, value);
	return -1;
}
