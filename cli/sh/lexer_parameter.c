/* SPDX-License-Identifier: MIT */
/* Parameter expansions (XCU 2.6.2). */
#include "sh/lexer.h"

#include <string.h>

static bool is_special(char byte)
{
	return byte != '\0' && strchr("@*#?-$!", byte) != NULL;
}

static bool is_quoted_mode(enum word_mode mode)
{
	return mode != WORD_PLAIN && mode != WORD_BRACE;
}

/* Adds the characters of a class that come next to the text that grows. */
static void add_run(struct parser *parser, unsigned classes)
{
	while (byte_is(lexer_peek(parser), classes))
		literal_add(parser, parser->next++, 1);
}

/* A name in one piece, as most are; NULL: it is not. */
static const char *quick_name(struct parser *parser, size_t *ret_length)
{
	const char *start = parser->next;
	const char *next = start;

	while (byte_is(*next, BYTE_NAME))
		next++;
	if (*next == '\\' || *next == '\0')
		return NULL;
	parser->next = next;
	*ret_length = (size_t)(next - start);
	return arena_text(parser->arena, start, *ret_length);
}

static uint32_t number_of(const char *digits)
{
	uint64_t number = 0;

	for (; *digits != '\0'; digits++) {
		number = number * 10 + (uint64_t)(*digits - '0');
		if (number > UINT32_MAX)
			return UINT32_MAX;
	}
	return (uint32_t)number;
}

/* What `first`, which is there, begins: a name, digits (one without braces), or a special one. */
static void read_name(
	struct parser *parser, struct parameter *parameter, char first, bool has_braces)
{
	size_t length = 0;
	const char *name = NULL;

	if (byte_is(first, BYTE_NAME_START))
		name = quick_name(parser, &length);
	if (name == NULL) {
		text_begin(parser);
		if (byte_is(first, BYTE_NAME_START))
			add_run(parser, BYTE_NAME);
		else if (byte_is(first, BYTE_DIGIT) && has_braces)
			add_run(parser, BYTE_DIGIT);
		else
			literal_add(parser, parser->next++, 1);
		name = text_end(parser, &length);
	}
	parameter->name = name;
	parameter->name_length = (uint32_t)length;
	if (byte_is(first, BYTE_DIGIT)) {
		parameter->special = '0';
		parameter->number = number_of(name);
	} else if (!byte_is(first, BYTE_NAME_START)) {
		parameter->special = first;
	}
}

bool parameter_read_plain(struct parser *parser, bool is_quoted, struct place place)
{
	struct parameter *parameter = arena_zero(parser->arena, sizeof *parameter);

	read_name(parser, parameter, *parser->next, false);
	part_add(parser, PART_PARAMETER, is_quoted, place)->parameter = parameter;
	return true;
}

static bool is_parameter(char byte)
{
	return byte_is(byte, BYTE_NAME) || is_special(byte);
}

/* It is none of those that there are: the name is all of it so far. */
static void make_bad(struct parser *parser, struct parameter *parameter, const char *before)
{
	size_t length = strlen(before);
	char *name = arena_get(parser->arena, length + parameter->name_length + 1);

	memcpy(name, before, length);
	if (parameter->name_length > 0)
		memcpy(name + length, parameter->name, parameter->name_length);
	name[length + parameter->name_length] = '\0';
	parameter->name = name;
	parameter->name_length += (uint32_t)length;
	parameter->action = PARAMETER_BAD;
}

static void set_name_of_count(struct parameter *parameter)
{
	parameter->name = "#";
	parameter->name_length = 1;
	parameter->special = '#';
}

/* An operator that may be doubled; its first character was passed. */
static enum parameter_action doubled(
	struct parser *parser, char byte, enum parameter_action once, enum parameter_action twice)
{
	if (lexer_peek(parser) != byte)
		return once;
	parser->next++;
	return twice;
}

/* Behind the parameter, `byte` was passed. Returns whether that is an operator. */
static bool read_operator(struct parser *parser, struct parameter *parameter, char byte)
{
	switch (byte) {
	case '-':
		parameter->action = PARAMETER_DEFAULT;
		return true;
	case '=':
		parameter->action = PARAMETER_ASSIGN;
		return true;
	case '?':
		parameter->action = PARAMETER_ERROR;
		return true;
	case '+':
		parameter->action = PARAMETER_ALTERNATIVE;
		return true;
	case '#':
		parameter->action = doubled(
			parser, '#', PARAMETER_CUT_SHORTEST_PREFIX, PARAMETER_CUT_LONGEST_PREFIX);
		return !parameter->has_colon;
	case '%':
		parameter->action = doubled(
			parser, '%', PARAMETER_CUT_SHORTEST_SUFFIX, PARAMETER_CUT_LONGEST_SUFFIX);
		return !parameter->has_colon;
	default:
		return false;
	}
}

/* ${name, then an operator or nothing. */
static void read_rest(struct parser *parser, struct parameter *parameter)
{
	char byte = lexer_peek(parser);

	if (byte == '}')
		return;
	if (byte == ':') {
		parser->next++;
		parameter->has_colon = true;
		byte = lexer_peek(parser);
	}
	if (byte == '\0' || strchr("-=?+", byte) == NULL) {
		if (parameter->has_colon || (byte != '#' && byte != '%')) {
			make_bad(parser, parameter, "");
			return;
		}
	}
	parser->next++;
	read_operator(parser, parameter, byte);
}

/*
 * ${# was passed: the number of parameters, perhaps with an operator, or a length. What begins like
 * an operator is one unless } follows it: ${#-} is a length, ${#-x} is not.
 */
static void read_count(struct parser *parser, struct parameter *parameter)
{
	char byte = lexer_peek(parser);

	if (byte_is(byte, BYTE_NAME)) {
		read_name(parser, parameter, byte, true);
		parameter->action = PARAMETER_LENGTH;
		if (lexer_peek(parser) != '}')
			make_bad(parser, parameter, "#");
		return;
	}
	if (!is_special(byte)) {
		set_name_of_count(parameter);
		read_rest(parser, parameter);
		return;
	}
	read_name(parser, parameter, byte, true);
	if (lexer_peek(parser) == '}') {
		parameter->action = PARAMETER_LENGTH;
	} else if (byte == '-' || byte == '?' || byte == '#') {
		set_name_of_count(parameter);
		read_operator(parser, parameter, byte);
	} else {
		make_bad(parser, parameter, "#");
	}
}

static bool is_pattern(const struct parameter *parameter)
{
	return parameter->action >= PARAMETER_CUT_SHORTEST_PREFIX &&
	       parameter->action <= PARAMETER_CUT_LONGEST_SUFFIX;
}

bool parameter_read_braces(struct parser *parser, enum word_mode mode, struct place place)
{
	struct parameter *parameter = arena_zero(parser->arena, sizeof *parameter);
	bool is_quoted = is_quoted_mode(mode);
	char byte = lexer_peek(parser);

	parameter->has_braces = true;
	parameter->name = "";
	if (byte == '#') {
		parser->next++;
		read_count(parser, parameter);
	} else if (is_parameter(byte)) {
		read_name(parser, parameter, byte, true);
		read_rest(parser, parameter);
	} else {
		make_bad(parser, parameter, "");
	}
	/* Double quotes around it do not count for a pattern. */
	mode = is_quoted && !is_pattern(parameter) ? WORD_QUOTED_BRACE : WORD_BRACE;
	struct making making = word_begin(parser);
	if (!parser_enter(parser, place) || !word_read(parser, &making, mode, place))
		return false;
	parser_leave(parser);
	struct word *word = word_end(parser, &making);
	if (word->n_parts > 0)
		parameter->word = word;
	part_add(parser, PART_PARAMETER, is_quoted, place)->parameter = parameter;
	return true;
}
