/* SPDX-License-Identifier: MIT */
#include "filter/level.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define ALL_LEVELS (((2U << LEVEL_FATAL) - 1) & ~1U)
/* Text behind that does not say how serious the line is. */
#define HEAD_BYTES 192

static const struct {
	const char *name;
	enum level level;
} names[] = {
	{ "trace", LEVEL_TRACE },
	{ "verbose", LEVEL_TRACE },
	{ "debug", LEVEL_DEBUG },
	{ "dbg", LEVEL_DEBUG },
	{ "info", LEVEL_INFO },
	{ "information", LEVEL_INFO },
	{ "inf", LEVEL_INFO },
	{ "notice", LEVEL_NOTICE },
	{ "warn", LEVEL_WARN },
	{ "warning", LEVEL_WARN },
	{ "wrn", LEVEL_WARN },
	{ "error", LEVEL_ERROR },
	{ "err", LEVEL_ERROR },
	{ "severe", LEVEL_ERROR },
	{ "fatal", LEVEL_FATAL },
	{ "critical", LEVEL_FATAL },
	{ "crit", LEVEL_FATAL },
	{ "alert", LEVEL_FATAL },
	{ "emerg", LEVEL_FATAL },
	{ "emergency", LEVEL_FATAL },
	{ "panic", LEVEL_FATAL },
};

#define LONGEST_NAME 11

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static enum level of_name(const char *word, size_t length)
{
	if (length < 3 || length > LONGEST_NAME)
		return LEVEL_NONE;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		/* Most words differ in the first letter. */
		if ((word[0] | 0x20) == names[i].name[0] && strlen(names[i].name) == length &&
			strncasecmp(word, names[i].name, length) == 0)
			return names[i].level;
	return LEVEL_NONE;
}

static enum level of_severity(unsigned int severity)
{
	static const enum level levels[] = { LEVEL_FATAL, LEVEL_FATAL, LEVEL_FATAL, LEVEL_ERROR,
		LEVEL_WARN, LEVEL_NOTICE, LEVEL_INFO, LEVEL_DEBUG };

	return levels[severity & 7];
}

static enum level of_number(unsigned int number)
{
	if (number <= 7)
		return of_severity(number);
	if (number < 10)
		return LEVEL_NONE;
	if (number < 20)
		return LEVEL_TRACE;
	if (number < 30)
		return LEVEL_DEBUG;
	if (number < 40)
		return LEVEL_INFO;
	if (number < 50)
		return LEVEL_WARN;
	return number < 60 ? LEVEL_ERROR : LEVEL_FATAL;
}

enum level level_of_word(const char *word, size_t length)
{
	unsigned int number = 0;

	if (length == 0 || !is_digit(word[0]))
		return of_name(word, length);
	if (length > 3)
		return LEVEL_NONE;
	for (size_t i = 0; i < length; i++) {
		if (!is_digit(word[i]))
			return LEVEL_NONE;
		number = number * 10 + (unsigned int)(word[i] - '0');
	}
	return of_number(number);
}

/* "<11>": facility times eight plus severity, as syslog sends it. */
static enum level of_priority(const char *line, size_t length)
{
	unsigned int number = 0;
	size_t i = 1;

	if (length < 3 || line[0] != '<' || !is_digit(line[1]))
		return LEVEL_NONE;
	for (; i < length && i < 4 && is_digit(line[i]); i++)
		number = number * 10 + (unsigned int)(line[i] - '0');
	return i < length && line[i] == '>' && number < 192 ? of_severity(number) : LEVEL_NONE;
}

/* "E1122 07:44:22.123456": a letter and the day. */
static enum level of_letter(const char *line, size_t length)
{
	if (length < 6 || line[5] != ' ')
		return LEVEL_NONE;
	for (size_t i = 1; i < 5; i++)
		if (!is_digit(line[i]))
			return LEVEL_NONE;
	switch (line[0]) {
	case 'D':
		return LEVEL_DEBUG;
	case 'I':
		return LEVEL_INFO;
	case 'W':
		return LEVEL_WARN;
	case 'E':
		return LEVEL_ERROR;
	case 'F':
		return LEVEL_FATAL;
	default:
		return LEVEL_NONE;
	}
}

/* A word of a sentence is no level: it is written large, or stands between brackets, or before a
   colon. */
static bool is_marked(const char *line, size_t length, size_t start, size_t end)
{
	bool is_large = true;

	for (size_t i = start; i < end; i++)
		is_large = is_large && line[i] <= 'Z';
	if (is_large)
		return true;
	char after = end < length ? line[end] : '\0';
	char before = start > 0 ? line[start - 1] : '\0';
	return (before == '[' && after == ']') || (before == '<' && after == '>') ||
	       (before == '(' && after == ')') || (before == '|' && after == '|') ||
	       (after == ':' && (before == '\0' || before == ' ' || before == '\t'));
}

static enum level of_words(const char *line, size_t length)
{
	size_t most = length < HEAD_BYTES ? length : HEAD_BYTES;

	for (size_t start = 0; start < most;) {
		size_t end = start;
		while (end < length && is_letter(line[end]))
			end++;
		/* What stands beside digits or hyphens is a part of a name. */
		bool is_whole = end > start &&
				(start == 0 || !strchr("0123456789_-./", line[start - 1])) &&
				(end == length || !strchr("0123456789_-./=", line[end]) ||
					line[end] == '\0');
		enum level level = is_whole ? of_name(line + start, end - start) : LEVEL_NONE;
		if (level != LEVEL_NONE && is_marked(line, length, start, end))
			return level;
		start = end + 1;
	}
	return LEVEL_NONE;
}

enum level level_of_line(const char *line, size_t length)
{
	static const struct field_name asked[] = { FIELD_NAME("level"), FIELD_NAME("lvl"),
		FIELD_NAME("severity"), FIELD_NAME("log.level"), FIELD_NAME("levelname"),
		FIELD_NAME("PRIORITY") };
	enum { N_ASKED = sizeof asked / sizeof *asked };
	struct field found[N_ASKED];
	enum level level = LEVEL_NONE;

	if (fields_find(line, length, asked, N_ASKED, found) > 0)
		for (size_t i = 0; i < N_ASKED && level == LEVEL_NONE; i++)
			if (found[i].kind != FIELD_NONE)
				level = level_of_word(found[i].bytes, found[i].length);
	if (level != LEVEL_NONE || fields_are_json(line, length))
		return level;
	level = of_priority(line, length);
	if (level == LEVEL_NONE)
		level = of_letter(line, length);
	return level != LEVEL_NONE ? level : of_words(line, length);
}

/* One condition. */
static unsigned int mask_of(const char *text, size_t length)
{
	static const struct {
		const char *word;
		bool less, same, more;
	} signs[] = {
		{ ">=", false, true, true },
		{ "<=", true, true, false },
		{ "!=", true, false, true },
		{ "==", false, true, false },
		{ ">", false, false, true },
		{ "<", true, false, false },
		{ "=", false, true, false },
		{ "", false, true, true },
	};
	unsigned int mask = 0;
	size_t i = 0;

	while (length > 0 && *text == ' ') {
		text++;
		length--;
	}
	while (length > 0 && text[length - 1] == ' ')
		length--;
	while (length < strlen(signs[i].word) ||
		memcmp(text, signs[i].word, strlen(signs[i].word)) != 0)
		i++;
	text += strlen(signs[i].word);
	length -= strlen(signs[i].word);
	while (length > 0 && *text == ' ') {
		text++;
		length--;
	}
	enum level wanted = level_of_word(text, length);
	if (wanted == LEVEL_NONE)
		return 0;
	for (unsigned int level = LEVEL_TRACE; level <= LEVEL_FATAL; level++)
		if (level < wanted ? signs[i].less : level > wanted ? signs[i].more : signs[i].same)
			mask |= 1U << level;
	return mask;
}

unsigned int level_mask(const char *text)
{
	unsigned int mask = 0;

	for (;;) {
		size_t length = strcspn(text, ",");
		unsigned int more = mask_of(text, length);
		/* Nothing is more serious than fatal: such a condition never holds. */
		if (more == 0)
			return 0;
		mask |= more;
		if (text[length] == '\0')
			return mask & ALL_LEVELS;
		text += length + 1;
	}
}
