/* SPDX-License-Identifier: MIT */
#include "sh/builtins/escape.h"
#include "sh/builtins/list.h"
#include "sh/pattern.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define WIDEST 100000000 /* of a field */

/* One conversion of the format, as it is carried out. */
struct conversion {
	char flags[8];
	int width, precision; /* -1: none */
	bool has_left;
	char letter;
};

struct printf_state {
	struct shell *sh;
	char **operands;
	int n;
	int base; /* of this round: operands before it are used up */
	int next; /* the one that is next, from base */
	int used; /* most that this round has reached, from base */
	int status;
};

static void complain(struct printf_state *state, const char *what, const char *subject)
{
	(void)builtin_error_at(state->sh, subject, "%s: %s", *subject ? subject : "\"\"", what);
	state->status = 1;
}

/* ---- operands ---- */

static const char *operand(struct printf_state *state, int number)
{
	int at = number >= 0 ? number : state->next++;

	if (at + 1 > state->used)
		state->used = at + 1;
	return state->base + at < state->n ? state->operands[state->base + at] : NULL;
}

/* 'c and "c are the number of the character c. */
static bool is_character(const char *word, long long *ret_value)
{
	if (word[0] != '\'' && word[0] != '"')
		return false;
	size_t length = strlen(word + 1);
	wchar_t wide = 0;
	mbstate_t state = { 0 };
	*ret_value = (unsigned char)word[1];
	if (length > 0 && mbrtowc(&wide, word + 1, length, &state) <= length)
		*ret_value = wide;
	return true;
}

static void check_number(struct printf_state *state, const char *word, const char *end)
{
	if (end == word)
		complain(state, "is no number", word);
	else if (*end != '\0')
		complain(state, "is not a number to its end", word);
	else if (errno == ERANGE)
		complain(state, "is out of range", word);
}

static long long integer(struct printf_state *state, const char *word, bool is_unsigned)
{
	long long value;
	char *end;

	if (!word)
		return 0;
	if (is_character(word, &value))
		return value;
	errno = 0;
	if (is_unsigned && word[strspn(word, " \t\n")] != '-')
		value = (long long)strtoull(word, &end, 0);
	else
		value = strtoll(word, &end, 0);
	check_number(state, word, end);
	return value;
}

static long double real(struct printf_state *state, const char *word)
{
	long long character;
	char *end;

	if (!word)
		return 0;
	if (is_character(word, &character))
		return (long double)character;
	errno = 0;
	long double value = strtold(word, &end);
	if (errno == ERANGE && value != 0)
		errno = value < 1 && value > -1 ? 0 : ERANGE;
	check_number(state, word, end);
	return value;
}

/* ---- output ---- */

static void pad(struct shell *sh, int n)
{
	static const char blanks[] = "                                ";

	for (; n > 0; n -= (int)sizeof blanks - 1)
		output_bytes(
			sh, blanks, (size_t)n < sizeof blanks - 1 ? (size_t)n : sizeof blanks - 1);
}

static void put_text(
	struct shell *sh, const struct conversion *conversion, const char *text, size_t length)
{
	if (conversion->precision >= 0 && (size_t)conversion->precision < length)
		length = (size_t)conversion->precision;
	int blanks = length < (size_t)conversion->width ? conversion->width - (int)length : 0;
	if (!conversion->has_left)
		pad(sh, blanks);
	output_bytes(sh, text, length);
	if (conversion->has_left)
		pad(sh, blanks);
}

/* %b: the sequences are carried out first, then it is a string like any other. */
static enum escape_end put_escaped(
	struct shell *sh, const struct conversion *conversion, const char *text)
{
	struct text bytes = { 0 };
	enum escape_end end = ESCAPE_GO_ON;

	while (*text) {
		size_t plain = strcspn(text, "\\");
		text_add(&bytes, text, plain);
		text += plain;
		if (*text == '\0')
			break;
		text++;
		/* Both ways of writing an octal number are understood here. */
		int byte = escape_byte(
			&text, *text == '0' || *text == 'c' ? ESCAPE_ECHO : ESCAPE_FORMAT);
		if (byte == -1) {
			end = ESCAPE_STOP;
			break;
		}
		char one = byte == -2 ? '\\' : (char)byte;
		text_add(&bytes, &one, 1);
	}
	put_text(sh, conversion, bytes.bytes ? bytes.bytes : "", bytes.length);
	text_done(&bytes);
	return end;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void put_integer(
	struct printf_state *state, const struct conversion *conversion, const char *word)
{
	char format[32];
	bool is_unsigned = strchr("ouxX", conversion->letter);
	long long value = integer(state, word, is_unsigned);

	(void)snprintf(format, sizeof format, "%%%s*%sll%c", conversion->flags,
		conversion->precision >= 0 ? ".*" : "", conversion->letter);
	if (conversion->precision >= 0)
		output_format(state->sh, format, conversion->width, conversion->precision, value);
	else
		output_format(state->sh, format, conversion->width, value);
}

static void put_real(
	struct printf_state *state, const struct conversion *conversion, const char *word)
{
	char format[32];
	long double value = real(state, word);

	(void)snprintf(format, sizeof format, "%%%s*%sL%c", conversion->flags,
		conversion->precision >= 0 ? ".*" : "", conversion->letter);
	if (conversion->precision >= 0)
		output_format(state->sh, format, conversion->width, conversion->precision, value);
	else
		output_format(state->sh, format, conversion->width, value);
}
#pragma GCC diagnostic pop

static enum escape_end put(
	struct printf_state *state, const struct conversion *conversion, const char *word)
{
	switch (conversion->letter) {
	case 's':
		word = word ? word : "";
		put_text(state->sh, conversion, word, strlen(word));
		return ESCAPE_GO_ON;
	case 'b':
		return put_escaped(state->sh, conversion, word ? word : "");
	case 'c':
		put_text(state->sh, conversion, word ? word : "", word && *word ? 1 : 0);
		return ESCAPE_GO_ON;
	case 'd':
	case 'i':
	case 'o':
	case 'u':
	case 'x':
	case 'X':
		put_integer(state, conversion, word);
		return ESCAPE_GO_ON;
	default:
		put_real(state, conversion, word);
		return ESCAPE_GO_ON;
	}
}

/* ---- the format ---- */

/* A number of digits, or * for an operand; -1: none stands there. */
static int read_size(struct printf_state *state, const char **at)
{
	const char *begin = *at;
	long value = 0;

	if (**at == '*') {
		(*at)++;
		long long given = integer(state, operand(state, -1), false);
		if (given > WIDEST || given < -WIDEST) {
			complain(state, "no field is as wide", "*");
			return 0;
		}
		return (int)given;
	}
	if (**at < '0' || **at > '9')
		return -1;
	for (; **at >= '0' && **at <= '9'; (*at)++)
		value = value > WIDEST ? value : value * 10 + (**at - '0');
	if (value > WIDEST) {
		char digits[16] = "";
		memcpy(digits, begin, *at - begin < 15 ? (size_t)(*at - begin) : 15);
		complain(state, "no field is as wide", digits);
		return 0;
	}
	return (int)value;
}

/* n$ behind the %: the number of the operand, from 0; -1: the next one. */
static int read_position(const char **at)
{
	size_t digits = strspn(*at, "0123456789");
	int number = 0;

	if (digits == 0 || digits > 6 || (*at)[digits] != '$')
		return -1;
	for (size_t i = 0; i < digits; i++)
		number = number * 10 + ((*at)[i] - '0');
	if (number == 0)
		return -1;
	*at += digits + 1;
	return number - 1;
}

/* *at is behind the %. Returns 0; -1 after having said what is wrong. */
static int read_conversion(
	struct printf_state *state, const char **at, struct conversion *conversion)
{
	size_t n = strspn(*at, "-+ #0");
	const char *begin = *at;

	memset(conversion, 0, sizeof *conversion);
	for (size_t i = 0; i < n; i++) {
		if (!strchr(conversion->flags, begin[i]) || conversion->flags[0] == '\0')
			conversion->flags[strlen(conversion->flags)] = begin[i];
		conversion->has_left |= begin[i] == '-';
	}
	*at += n;
	bool is_operand = **at == '*';
	conversion->width = read_size(state, at);
	if (conversion->width < 0) {
		bool is_negative = is_operand && conversion->width < -1;
		if (is_negative && !conversion->has_left)
			strcat(conversion->flags, "-");
		conversion->has_left |= is_negative;
		conversion->width = is_negative ? -conversion->width : 0;
	}
	conversion->precision = -1;
	if (**at == '.') {
		(*at)++;
		is_operand = **at == '*';
		conversion->precision = read_size(state, at);
		if (conversion->precision < 0)
			conversion->precision = is_operand ? -1 : 0;
	}
	conversion->letter = **at;
	if (conversion->letter == '\0' || !strchr("diouxXfFeEgGaAcsb", conversion->letter)) {
		char subject[3] = { '%', conversion->letter, '\0' };
		complain(state, "is no conversion", subject);
		return -1;
	}
	(*at)++;
	return 0;
}

/* Once through the format. */
static enum escape_end round_of(struct printf_state *state, const char *at)
{
	for (;;) {
		size_t plain = strcspn(at, "\\%");
		output_bytes(state->sh, at, plain);
		at += plain;
		if (*at == '\0')
			return ESCAPE_GO_ON;
		if (*at++ == '\\') {
			int byte = escape_byte(&at, ESCAPE_FORMAT);
			output_character(state->sh, byte < 0 ? '\\' : (char)byte);
		} else if (*at == '%') {
			output_character(state->sh, *at++);
		} else {
			struct conversion conversion;
			int position = read_position(&at);
			if (read_conversion(state, &at, &conversion) < 0)
				return ESCAPE_STOP;
			if (put(state, &conversion, operand(state, position)) == ESCAPE_STOP)
				return ESCAPE_STOP;
		}
	}
}

int builtin_printf(struct shell *sh, int argc, char **argv, enum control *control)
{
	struct builtin_options options = { .next = 1 };

	(void)control;
	if (builtin_option(sh, argc, argv, "", &options) == '?')
		return 2;
	int first = options.next;
	if (first >= argc)
		return builtin_usage(sh, "a format is missing");
	struct printf_state state = {
		.sh = sh, .operands = argv + first + 1, .n = argc - first - 1
	};
	do {
		state.next = state.used = 0;
		if (round_of(&state, argv[first]) == ESCAPE_STOP)
			break;
		state.base += state.used;
	} while (state.used > 0 && state.base < state.n);
	return state.status;
}
