/* SPDX-License-Identifier: MIT */
#include "filter/fields.h"

#include <stdint.h>
#include <string.h>

/* Objects within objects beyond that are passed over. */
#define DEEPEST 32

struct scan {
	const char *at;
	const char *end;
	const struct field_name *names;
	size_t n;
	struct field *found;
	size_t n_found;
	size_t passed[FIELDS_MOST]; /* how much of each name the objects around us have used up */
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void pass_blanks(struct scan *scan)
{
	while (scan->at < scan->end && is_blank(*scan->at))
		scan->at++;
}

bool fields_are_json(const char *line, size_t length)
{
	size_t i = 0;

	while (i < length && is_blank(line[i]))
		i++;
	return i < length && line[i] == '{';
}

/* A string in quotes, of which the first one is at `at`. */
static bool take_string(struct scan *scan, struct field *ret_string)
{
	const char *start = scan->at + 1, *from = start;
	bool has_escapes = false;

	for (;;) {
		const char *quote = memchr(from, '"', (size_t)(scan->end - from));
		if (!quote)
			return false;
		const char *slashes = quote;
		while (slashes > from && slashes[-1] == '\\')
			slashes--;
		has_escapes = has_escapes || slashes < quote ||
			      memchr(from, '\\', (size_t)(quote - from));
		from = quote + 1;
		if ((quote - slashes) % 2 != 0)
			continue;
		*ret_string = (struct field){ FIELD_STRING, has_escapes, start,
			(size_t)(quote - start) };
		scan->at = quote + 1;
		return true;
	}
}

/* From one bracket to the one that closes it. */
static bool take_nested(struct scan *scan, struct field *ret_nested)
{
	const char *start = scan->at;
	struct field string;
	size_t depth = 0;

	while (scan->at < scan->end) {
		char c = *scan->at;
		if (c == '"') {
			if (!take_string(scan, &string))
				return false;
			continue;
		}
		scan->at++;
		if (c == '{' || c == '[')
			depth++;
		else if ((c == '}' || c == ']') && --depth == 0) {
			*ret_nested = (struct field){ FIELD_NESTED, false, start,
				(size_t)(scan->at - start) };
			return true;
		}
	}
	return false;
}

static bool take_bare(struct scan *scan, struct field *ret_bare)
{
	const char *start = scan->at;

	while (scan->at < scan->end && !is_blank(*scan->at) && *scan->at != ',' &&
		*scan->at != '}' && *scan->at != ']')
		scan->at++;
	*ret_bare = (struct field){ FIELD_BARE, false, start, (size_t)(scan->at - start) };
	return scan->at > start;
}

static bool take_value(struct scan *scan, struct field *ret_value)
{
	if (scan->at == scan->end)
		return false;
	if (*scan->at == '"')
		return take_string(scan, ret_value);
	if (*scan->at == '{' || *scan->at == '[')
		return take_nested(scan, ret_value);
	return take_bare(scan, ret_value);
}

/* A name without escapes begins with this key. */
static bool begins_with(const char *name, size_t length, const struct field *key)
{
	if (!key->has_escapes)
		return length >= key->length && memcmp(name, key->bytes, key->length) == 0;
	struct field same = *key;
	size_t plain = field_plain(&same, NULL, 0);
	return length >= plain && field_is(&same, name, plain);
}

static bool scan_object(struct scan *scan, uint64_t asked, unsigned int depth);

/* Which of the names asked for this key is, and which of them lead into its value. */
static void compare(const struct scan *scan, uint64_t asked, const struct field *key,
	uint64_t *ret_is, uint64_t *ret_leads)
{
	size_t length = key->has_escapes ? field_plain(key, NULL, 0) : key->length;

	*ret_is = *ret_leads = 0;
	for (uint64_t rest = asked; rest; rest &= rest - 1) {
		unsigned int i = (unsigned int)__builtin_ctzll(rest);
		const char *name = scan->names[i].bytes + scan->passed[i];
		size_t left = scan->names[i].length - scan->passed[i];
		if (left < length || !begins_with(name, left, key))
			continue;
		if (left == length)
			*ret_is |= UINT64_C(1) << i;
		else if (name[length] == '.')
			*ret_leads |= UINT64_C(1) << i;
	}
}

static void keep(struct scan *scan, uint64_t is, const struct field *value)
{
	for (; is; is &= is - 1) {
		struct field *found = &scan->found[__builtin_ctzll(is)];
		if (found->kind != FIELD_NONE)
			continue;
		*found = *value;
		scan->n_found++;
	}
}

static void move_into(struct scan *scan, uint64_t leads, size_t length)
{
	for (; leads; leads &= leads - 1)
		scan->passed[__builtin_ctzll(leads)] += length;
}

/* "key": value */
static bool scan_member(struct scan *scan, uint64_t asked, unsigned int depth)
{
	struct field key, value;
	uint64_t is, leads;

	if (scan->at == scan->end || *scan->at != '"' || !take_string(scan, &key))
		return false;
	pass_blanks(scan);
	if (scan->at == scan->end || *scan->at != ':')
		return false;
	scan->at++;
	pass_blanks(scan);
	compare(scan, asked, &key, &is, &leads);
	if (leads && !is && depth < DEEPEST && scan->at < scan->end && *scan->at == '{') {
		size_t length = (key.has_escapes ? field_plain(&key, NULL, 0) : key.length) + 1;
		move_into(scan, leads, length);
		bool is_whole = scan_object(scan, leads, depth + 1);
		move_into(scan, leads, (size_t)0 - length);
		return is_whole;
	}
	const char *start = scan->at;
	if (!take_value(scan, &value))
		return false;
	keep(scan, is, &value);
	if (!leads || value.kind != FIELD_NESTED || *start != '{' || depth >= DEEPEST)
		return true;
	/* One name is this member, and another lies in it. */
	size_t length = (key.has_escapes ? field_plain(&key, NULL, 0) : key.length) + 1;
	scan->at = start;
	move_into(scan, leads, length);
	bool is_whole = scan_object(scan, leads, depth + 1);
	move_into(scan, leads, (size_t)0 - length);
	return is_whole;
}

/* Returns false where the line is broken, or when all was found: nothing more is to be looked at.
 */
static bool scan_object(struct scan *scan, uint64_t asked, unsigned int depth)
{
	scan->at++;
	pass_blanks(scan);
	if (scan->at < scan->end && *scan->at == '}') {
		scan->at++;
		return true;
	}
	for (;;) {
		pass_blanks(scan);
		if (!scan_member(scan, asked, depth) || scan->n_found == scan->n)
			return false;
		pass_blanks(scan);
		if (scan->at == scan->end)
			return false;
		char c = *scan->at++;
		if (c == '}')
			return true;
		if (c != ',')
			return false;
	}
}

static bool is_key(char c)
{
	return (unsigned char)c > ' ' && c != '=' && c != '"';
}

static void scan_logfmt(struct scan *scan, uint64_t asked)
{
	uint64_t is, leads;

	while (scan->at < scan->end && scan->n_found < scan->n) {
		/* The next = decides: words without one are passed over at once. */
		const char *equals = memchr(scan->at, '=', (size_t)(scan->end - scan->at));
		if (!equals)
			return;
		const char *start = equals;
		while (start > scan->at && is_key(start[-1]))
			start--;
		const struct field key = { FIELD_STRING, false, start, (size_t)(equals - start) };
		struct field value;
		scan->at = equals + 1;
		if (scan->at < scan->end && *scan->at == '"') {
			if (!take_string(scan, &value))
				return;
		} else {
			while (scan->at < scan->end && (unsigned char)*scan->at > ' ')
				scan->at++;
			value = (struct field){ FIELD_BARE, false, equals + 1,
				(size_t)(scan->at - equals - 1) };
		}
		if (key.length == 0)
			continue;
		compare(scan, asked, &key, &is, &leads);
		keep(scan, is, &value);
	}
}

size_t fields_find(const char *line, size_t length, const struct field_name *names, size_t n,
	struct field *found)
{
	struct scan scan = {
		.at = line, .end = line + length, .names = names, .n = n, .found = found
	};
	uint64_t asked = n >= FIELDS_MOST ? UINT64_MAX : (UINT64_C(1) << n) - 1;

	for (size_t i = 0; i < n; i++)
		found[i].kind = FIELD_NONE;
	if (n == 0 || n > FIELDS_MOST)
		return 0;
	pass_blanks(&scan);
	if (scan.at < scan.end && *scan.at == '{')
		(void)scan_object(&scan, asked, 0);
	else
		scan_logfmt(&scan, asked);
	return scan.n_found;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Four digits behind \u, or -1. */
static long hex_four(const char *at, const char *end)
{
	long number = 0;

	if (end - at < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int digit = hex_digit(at[i]);
		if (digit < 0)
			return -1;
		number = number * 16 + digit;
	}
	return number;
}

/* Writes a character as UTF-8; returns its length. */
static size_t encode(long c, char out[4])
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 63));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 63));
		out[2] = (char)(0x80 | (c & 63));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 63));
	out[2] = (char)(0x80 | (c >> 6 & 63));
	out[3] = (char)(0x80 | (c & 63));
	return 4;
}

/* What a backslash and what follows stand for; what means nothing stands for itself. */
static size_t resolve(const char **at, const char *end, char out[4])
{
	static const char letters[] = "nrtbf\"\\/", meanings[] = "\n\r\t\b\f\"\\/";
	const char *rest = *at + 1;

	if (rest == end) {
		*at = end;
		out[0] = '\\';
		return 1;
	}
	const char *letter = *rest ? strchr(letters, *rest) : NULL;
	if (letter) {
		*at = rest + 1;
		out[0] = meanings[letter - letters];
		return 1;
	}
	long c = *rest == 'u' ? hex_four(rest + 1, end) : -1;
	if (c < 0) {
		*at += 1;
		out[0] = '\\';
		return 1;
	}
	rest += 5;
	if (c >= 0xd800 && c < 0xdc00 && end - rest >= 6 && rest[0] == '\\' && rest[1] == 'u') {
		long low = hex_four(rest + 2, end);
		if (low >= 0xdc00 && low < 0xe000) {
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
			rest += 6;
		}
	}
	*at = rest;
	return encode(c >= 0xd800 && c < 0xe000 ? 0xfffd : c, out);
}

size_t field_plain(const struct field *field, char *buffer, size_t size)
{
	const char *at = field->bytes, *end = at + field->length;
	size_t length = 0;
	char piece[4];

	while (at < end) {
		size_t n = 1;
		if (*at == '\\' && field->has_escapes)
			n = resolve(&at, end, piece);
		else
			piece[0] = *at++;
		for (size_t i = 0; i < n; i++, length++)
			if (length < size)
				buffer[length] = piece[i];
	}
	return length;
}

bool field_is(const struct field *field, const char *text, size_t length)
{
	const char *at = field->bytes, *end = at + field->length;
	size_t used = 0;
	char piece[4];

	if (!field->has_escapes)
		return field->length == length && memcmp(field->bytes, text, length) == 0;
	while (at < end) {
		size_t n = 1;
		if (*at == '\\')
			n = resolve(&at, end, piece);
		else
			piece[0] = *at++;
		if (length - used < n || memcmp(piece, text + used, n) != 0)
			return false;
		used += n;
	}
	return used == length;
}
