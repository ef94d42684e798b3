/* SPDX-License-Identifier: MIT */
#include "run/stamp.h"

#include <stdio.h>
#include <string.h>

#define LONGEST_PIECE 512

/* Digits of a %N, %3N, ... that begins here and its length; 0 if none does. */
static size_t fraction_at(const char *format, int *ret_digits)
{
	if (format[0] != '%')
		return 0;
	if (format[1] == 'N') {
		*ret_digits = 9;
		return 2;
	}
	if (format[1] >= '1' && format[1] <= '9' && format[2] == 'N') {
		*ret_digits = format[1] - '0';
		return 3;
	}
	return 0;
}

static void add_fraction(struct stamp *stamp, int digits)
{
	if (stamp->n_fractions < STAMP_FRACTIONS) {
		stamp->fractions[stamp->n_fractions].offset = stamp->text.length;
		stamp->fractions[stamp->n_fractions].digits = digits;
	}
	stamp->n_fractions++;
	text_add(&stamp->text, "000000000", (size_t)digits);
}

static void set_fractions(struct stamp *stamp, long nanoseconds)
{
	char all[16];

	snprintf(all, sizeof all, "%09ld", nanoseconds);
	for (size_t i = 0; i < stamp->n_fractions && i < STAMP_FRACTIONS; i++)
		memcpy(stamp->text.bytes + stamp->fractions[i].offset, all,
			(size_t)stamp->fractions[i].digits);
}

static void add_piece(struct text *text, const char *format, size_t length, const struct tm *broken)
{
	char piece[LONGEST_PIECE], made[LONGEST_PIECE];

	if (length == 0 || length >= sizeof piece)
		return;
	memcpy(piece, format, length);
	piece[length] = '\0';
	/* The user's own format; strftime writes nothing but what fits and reads nothing else. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	text_add(text, made, strftime(made, sizeof made, piece, broken));
#pragma GCC diagnostic pop
}

void stamp_update(struct stamp *stamp, const struct timespec *moment)
{
	const char *format = stamp->format;
	const char *piece = format;
	struct tm broken;
	int digits = 0;

	if (stamp->text.length > 0 && moment->tv_sec == stamp->second) {
		set_fractions(stamp, moment->tv_nsec);
		return;
	}
	if (!localtime_r(&moment->tv_sec, &broken))
		return;
	stamp->second = moment->tv_sec;
	stamp->text.length = 0;
	stamp->n_fractions = 0;
	while (*format) {
		size_t length = fraction_at(format, &digits);
		if (length == 0) {
			format += format[0] == '%' && format[1] ? 2 : 1;
			continue;
		}
		add_piece(&stamp->text, piece, (size_t)(format - piece), &broken);
		add_fraction(stamp, digits);
		format += length;
		piece = format;
	}
	add_piece(&stamp->text, piece, (size_t)(format - piece), &broken);
	set_fractions(stamp, moment->tv_nsec);
}

void stamp_now(struct stamp *stamp)
{
	struct timespec moment = { 0 };

	clock_gettime(CLOCK_REALTIME, &moment);
	stamp_update(stamp, &moment);
}

void stamp_done(struct stamp *stamp)
{
	text_done(&stamp->text);
}
