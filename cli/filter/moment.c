/* SPDX-License-Identifier: MIT */
#include "filter/moment.h"

#include "common/duration.h"
#include "filter/fields.h"

#include <brood/base.h>
#include <string.h>

#define SECOND      INT64_C(1000000000)
#define DAY_SECONDS INT64_C(86400)
/* No time begins behind that. */
#define HEAD_BYTES 160

/* What is read off a text. */
struct clock {
	int year; /* 0: not said */
	int month, day, hour, minute, second;
	int64_t nanoseconds;
	bool has_zone;
	int64_t zone; /* seconds east of UTC */
};

struct cursor {
	const char *at;
	const char *end;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool take_char(struct cursor *cursor, char c)
{
	if (cursor->at == cursor->end || *cursor->at != c)
		return false;
	cursor->at++;
	return true;
}

static bool take_one_of(struct cursor *cursor, const char *set)
{
	if (cursor->at == cursor->end || *cursor->at == '\0' || !strchr(set, *cursor->at))
		return false;
	cursor->at++;
	return true;
}

/* Exactly so many digits. */
static bool take_digits(struct cursor *cursor, int n, int *ret_number)
{
	int number = 0;

	if (cursor->end - cursor->at < n)
		return false;
	for (int i = 0; i < n; i++) {
		if (!is_digit(cursor->at[i]))
			return false;
		number = number * 10 + (cursor->at[i] - '0');
	}
	cursor->at += n;
	*ret_number = number;
	return true;
}

static bool ends_number(const struct cursor *cursor)
{
	return cursor->at == cursor->end || !is_digit(*cursor->at);
}

/* ".123", ",123456": what is finer than a nanosecond is passed over. */
static void take_fraction(struct cursor *cursor, int64_t *ret_nanoseconds)
{
	int64_t unit = SECOND;

	*ret_nanoseconds = 0;
	if (cursor->end - cursor->at < 2 || (*cursor->at != '.' && *cursor->at != ',') ||
		!is_digit(cursor->at[1]))
		return;
	for (cursor->at++; cursor->at < cursor->end && is_digit(*cursor->at); cursor->at++) {
		unit /= 10;
		*ret_nanoseconds += unit * (*cursor->at - '0');
	}
}

/* "07:44:22", with a fraction. */
static bool take_hours(struct cursor *cursor, struct clock *clock)
{
	if (!take_digits(cursor, 2, &clock->hour) || !take_char(cursor, ':') ||
		!take_digits(cursor, 2, &clock->minute) || !take_char(cursor, ':') ||
		!take_digits(cursor, 2, &clock->second) || !ends_number(cursor))
		return false;
	take_fraction(cursor, &clock->nanoseconds);
	return clock->hour < 24 && clock->minute < 60 && clock->second <= 60;
}

/* "Z", "+01:00", "-0130", " +0100", " UTC"; nothing is right as well. */
static void take_zone(struct cursor *cursor, struct clock *clock)
{
	struct cursor try = *cursor;
	int hours = 0, minutes = 0;

	(void)take_char(&try, ' ');
	bool is_named = try.end - try.at >= 3 &&
			(memcmp(try.at, "UTC", 3) == 0 || memcmp(try.at, "GMT", 3) == 0);
	if (is_named || take_char(&try, 'Z')) {
		try.at += is_named ? 3 : 0;
		clock->has_zone = true;
		clock->zone = 0;
		*cursor = try;
		return;
	}
	if (try.at == try.end || (*try.at != '+' && *try.at != '-'))
		return;
	int sign = *try.at++ == '-' ? -1 : 1;
	if (!take_digits(&try, 2, &hours))
		return;
	(void)take_char(&try, ':');
	if (!take_digits(&try, 2, &minutes))
		minutes = 0;
	if (!ends_number(&try) || hours > 15 || minutes > 59)
		return;
	clock->has_zone = true;
	clock->zone = (int64_t)sign * (hours * 3600 + minutes * 60);
	*cursor = try;
}

static bool is_day(const struct clock *clock)
{
	static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return clock->month >= 1 && clock->month <= 12 && clock->day >= 1 &&
	       clock->day <= days[clock->month - 1];
}

/* "2026-11-22", "2026/11/22" */
static bool take_date(struct cursor *cursor, struct clock *clock)
{
	if (!take_digits(cursor, 4, &clock->year) || !take_one_of(cursor, "-/"))
		return false;
	char separator = cursor->at[-1];
	return take_digits(cursor, 2, &clock->month) && take_char(cursor, separator) &&
	       take_digits(cursor, 2, &clock->day) && ends_number(cursor) && clock->year > 0 &&
	       is_day(clock);
}

static bool take_month(struct cursor *cursor, struct clock *clock)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	if (cursor->end - cursor->at < 3)
		return false;
	for (int i = 0; i < 12; i++)
		if (memcmp(cursor->at, months + 3 * (size_t)i, 3) == 0) {
			cursor->at += 3;
			clock->month = i + 1;
			return true;
		}
	return false;
}

/* "2026-11-22T07:44:22" */
static bool read_date(struct cursor *cursor, struct clock *clock)
{
	if (!take_date(cursor, clock) || !take_one_of(cursor, "Tt _") || !take_hours(cursor, clock))
		return false;
	take_zone(cursor, clock);
	return true;
}

/* "Sun Nov 22 07:44:22 2026", "Nov  2 07:44:22", "Nov 22 2026 07:44:22" */
static bool read_month(struct cursor *cursor, struct clock *clock)
{
	struct cursor first = *cursor;

	if (!take_month(cursor, clock)) {
		*cursor = first;
		if (cursor->end - cursor->at < 8 || cursor->at[3] != ' ')
			return false;
		cursor->at += 4;
		if (!take_month(cursor, clock))
			return false;
	}
	if (!take_char(cursor, ' '))
		return false;
	bool is_short = take_char(cursor, ' ');
	if (!take_digits(cursor, is_short ? 1 : 2, &clock->day) &&
		!take_digits(cursor, 1, &clock->day))
		return false;
	struct cursor year = *cursor;
	if (take_char(&year, ' ') && take_digits(&year, 4, &clock->year) && clock->year > 0)
		*cursor = year;
	else
		clock->year = 0;
	if (!take_char(cursor, ' ') || !take_hours(cursor, clock) || !is_day(clock))
		return false;
	year = *cursor;
	int behind = 0;
	/* Other numbers may stand there too. */
	if (clock->year == 0 && take_char(&year, ' ') && take_digits(&year, 4, &behind) &&
		ends_number(&year) && behind >= 1970 && behind < 2100) {
		clock->year = behind;
		*cursor = year;
		return true;
	}
	take_zone(cursor, clock);
	return true;
}

/* "22/Nov/2026:07:44:22 +0000" */
static bool read_request(struct cursor *cursor, struct clock *clock)
{
	if (!take_digits(cursor, 2, &clock->day) || !take_one_of(cursor, "/-") ||
		!take_month(cursor, clock) || !take_one_of(cursor, "/-") ||
		!take_digits(cursor, 4, &clock->year) || !take_one_of(cursor, ": ") ||
		!take_hours(cursor, clock) || clock->year == 0 || !is_day(clock))
		return false;
	take_zone(cursor, clock);
	return true;
}

/* "E1122 07:44:22.123456" */
static bool read_letter(struct cursor *cursor, struct clock *clock)
{
	if (!take_one_of(cursor, "DIWEF") || !take_digits(cursor, 2, &clock->month) ||
		!take_digits(cursor, 2, &clock->day) || !take_char(cursor, ' '))
		return false;
	return take_hours(cursor, clock) && is_day(clock);
}

/* Seconds, or something finer, since 1970: only such numbers as lie between 2001 and 2286. */
static bool read_epoch(struct cursor *cursor, moment *ret_moment)
{
	const char *start = cursor->at;
	int64_t number = 0, nanoseconds = 0;

	for (; cursor->at < cursor->end && is_digit(*cursor->at); cursor->at++) {
		if (cursor->at - start == 19)
			return false;
		number = number * 10 + (*cursor->at - '0');
	}
	switch (cursor->at - start) {
	case 10:
		take_fraction(cursor, &nanoseconds);
		if (number > INT64_MAX / SECOND - 1)
			return false;
		*ret_moment = number * SECOND + nanoseconds;
		break;
	case 13:
		*ret_moment = number <= INT64_MAX / 1000000 ? number * 1000000 : INT64_MAX;
		break;
	case 16:
		*ret_moment = number <= INT64_MAX / 1000 ? number * 1000 : INT64_MAX;
		break;
	case 19:
		*ret_moment = number;
		break;
	default:
		return false;
	}
	return start < cursor->at && *start != '0' &&
	       (cursor->at == cursor->end || !strchr("-/:.abcdefABCDEF_", *cursor->at) ||
		       *cursor->at == '\0');
}

/* Days from 1970 to a day of the Gregorian calendar; the year is taken to begin in March. */
static int64_t days_from(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = y / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* Seconds that local time is ahead of UTC, at a local time given as if it were UTC. */
static int64_t local_offset(
	struct moment_reader *reader, const struct clock *clock, int64_t seconds)
{
	int64_t hour = seconds / 3600;
	struct tm local = { .tm_year = clock->year - 1900,
		.tm_mon = clock->month - 1,
		.tm_mday = clock->day,
		.tm_hour = clock->hour,
		.tm_min = clock->minute,
		.tm_sec = clock->second,
		.tm_isdst = -1 };

	if (reader->has_cached && reader->cached_hour == hour)
		return reader->cached_offset;
	time_t utc = mktime(&local);
	reader->cached_offset = utc == (time_t)-1 ? 0 : seconds - (int64_t)utc;
	reader->cached_hour = hour;
	reader->has_cached = true;
	return reader->cached_offset;
}

static moment to_moment(struct moment_reader *reader, const struct clock *clock)
{
	int64_t seconds = days_from(clock->year, clock->month, clock->day) * DAY_SECONDS +
			  (int64_t)clock->hour * 3600 + (int64_t)clock->minute * 60 + clock->second;

	seconds -= clock->has_zone ? clock->zone : local_offset(reader, clock, seconds);
	if (seconds > INT64_MAX / SECOND - 1)
		return INT64_MAX;
	if (seconds < INT64_MIN / SECOND + 1)
		return INT64_MIN;
	return seconds * SECOND + clock->nanoseconds;
}

static void local_now(const struct moment_reader *reader, struct tm *ret_now)
{
	time_t seconds = (time_t)(reader->now / SECOND);

	if (!localtime_r(&seconds, ret_now))
		*ret_now = (struct tm){ .tm_year = 70, .tm_mday = 1 };
}

static moment complete(struct moment_reader *reader, struct clock *clock)
{
	struct tm now;

	if (clock->year != 0)
		return to_moment(reader, clock);
	local_now(reader, &now);
	clock->year = now.tm_year + 1901;
	moment when;
	do {
		clock->year--;
		when = to_moment(reader, clock);
	} while (when > reader->now + DAY_SECONDS * SECOND && clock->year > now.tm_year + 1898);
	return when;
}

/* A time that begins right here, and where it ends. */
static bool read_until(struct moment_reader *reader, const char *at, const char *end, moment *ret,
	const char **ret_end)
{
	struct cursor cursor = { at, end };
	struct clock clock = { 0 };
	bool is_read;

	if (end - at < 10)
		return false;
	if (is_digit(*at)) {
		if (at[4] == '-' || at[4] == '/')
			is_read = read_date(&cursor, &clock);
		else if (at[2] == '/' || at[2] == '-')
			is_read = read_request(&cursor, &clock);
		else {
			is_read = read_epoch(&cursor, ret);
			*ret_end = cursor.at;
			return is_read;
		}
	} else {
		is_read = is_digit(at[1]) ? read_letter(&cursor, &clock)
					  : read_month(&cursor, &clock);
	}
	if (is_read)
		*ret = complete(reader, &clock);
	*ret_end = cursor.at;
	return is_read;
}

static bool read_any(struct moment_reader *reader, const char *at, const char *end, moment *ret)
{
	const char *rest;

	return read_until(reader, at, end, ret, &rest);
}

static bool of_fields(
	struct moment_reader *reader, const char *line, size_t length, moment *ret_moment)
{
	static const struct field_name asked[] = { FIELD_NAME("ts"), FIELD_NAME("time"),
		FIELD_NAME("timestamp"), FIELD_NAME("@timestamp"), FIELD_NAME("t"),
		FIELD_NAME("date") };
	enum { N_ASKED = sizeof asked / sizeof *asked };
	struct field found[N_ASKED];

	if (fields_find(line, length, asked, N_ASKED, found) == 0)
		return false;
	for (size_t i = 0; i < N_ASKED; i++)
		if ((found[i].kind == FIELD_STRING || found[i].kind == FIELD_BARE) &&
			read_any(reader, found[i].bytes, found[i].bytes + found[i].length,
				ret_moment))
			return true;
	return false;
}

bool moment_of_line(
	struct moment_reader *reader, const char *line, size_t length, moment *ret_moment)
{
	const char *end = line + length, *at = line;

	if (fields_are_json(line, length))
		return of_fields(reader, line, length, ret_moment);
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	if (read_any(reader, at, end, ret_moment))
		return true;
	const char *last = length > HEAD_BYTES ? line + HEAD_BYTES : end;
	/* "[time]", "(time)", and behind syslog's "<11>" and its version. */
	if (at < end && *at == '<') {
		const char *close = memchr(at, '>', (size_t)(last - at));
		if (close && read_any(reader, close + 1, end, ret_moment))
			return true;
		if (close && end - close > 3 && close[2] == ' ' &&
			read_any(reader, close + 3, end, ret_moment))
			return true;
	}
	for (; at < last; at++)
		if ((*at == '[' || *at == '(') && read_any(reader, at + 1, end, ret_moment))
			return true;
	return of_fields(reader, line, length, ret_moment);
}

/* "07:44", "07:44:22": today. */
static bool of_hour(struct moment_reader *reader, struct cursor cursor, moment *ret_moment)
{
	struct clock clock = { 0 };
	struct tm now;

	if (!take_digits(&cursor, 2, &clock.hour) || !take_char(&cursor, ':') ||
		!take_digits(&cursor, 2, &clock.minute) || clock.hour > 23 || clock.minute > 59)
		return false;
	if (take_char(&cursor, ':')) {
		if (!take_digits(&cursor, 2, &clock.second) || clock.second > 60)
			return false;
		take_fraction(&cursor, &clock.nanoseconds);
	}
	if (cursor.at != cursor.end)
		return false;
	local_now(reader, &now);
	clock.year = now.tm_year + 1900;
	clock.month = now.tm_mon + 1;
	clock.day = now.tm_mday;
	*ret_moment = to_moment(reader, &clock);
	return true;
}

/* "2026-11-22", "2026-11-22 07:44": local. */
static bool of_day(struct moment_reader *reader, struct cursor cursor, moment *ret_moment)
{
	struct clock clock = { 0 };

	if (!take_date(&cursor, &clock))
		return false;
	if (take_one_of(&cursor, "T ") &&
		(!take_digits(&cursor, 2, &clock.hour) || !take_char(&cursor, ':') ||
			!take_digits(&cursor, 2, &clock.minute) || clock.hour > 23 ||
			clock.minute > 59))
		return false;
	if (cursor.at != cursor.end)
		return false;
	*ret_moment = to_moment(reader, &clock);
	return true;
}

bool moment_of_option(struct moment_reader *reader, const char *text, moment *ret_moment)
{
	const struct cursor cursor = { text, text + strlen(text) };
	brood_duration ago;

	if (strcmp(text, "now") == 0) {
		*ret_moment = reader->now;
		return true;
	}
	const char *rest;
	if ((read_until(reader, cursor.at, cursor.end, ret_moment, &rest) && *rest == '\0') ||
		of_hour(reader, cursor, ret_moment) || of_day(reader, cursor, ret_moment))
		return true;
	text += *text == '-';
	if (duration_parse(text, &ago) < 0 || ago == DURATION_OFF || ago > reader->now)
		return false;
	*ret_moment = reader->now - ago;
	return true;
}
