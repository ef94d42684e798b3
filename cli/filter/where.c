/* SPDX-License-Identifier: MIT */
#include "filter/where.h"

#include "common/memory.h"
#include "filter/level.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Parentheses and nots within each other. */
#define DEEPEST 100
/* A value with escapes is compared up to here; a number is not longer. */
#define PLAIN_BYTES  4096
#define NUMBER_BYTES 48

enum sign {
	OP_EXISTS,
	OP_EQUAL,
	OP_UNEQUAL,
	OP_LESS,
	OP_LESS_EQUAL,
	OP_MORE,
	OP_MORE_EQUAL,
	OP_BEGINS,
	OP_ENDS,
	OP_HOLDS,
	OP_NOT,
	OP_AND,
	OP_OR
};

/* Written behind what it applies to, so that nothing is recursive when a line is looked at. */
struct step {
	enum sign op;
	size_t field; /* of a comparison: index of its name */
	char *value;  /* owned; NULL: none */
	size_t length;
	bool is_number;
	double number;
	enum level level;
};

struct where {
	struct step *steps;
	size_t n_steps;
	struct field_name names[FIELDS_MOST]; /* owned */
	size_t n_names;
	bool *stack; /* as deep as there are steps */
	struct field found[FIELDS_MOST];
	char plain[PLAIN_BYTES];
};

struct parser {
	struct where *where;
	const char *text;
	const char *at;
	struct text *why;
	const char *where_wrong;
};

static int wrong(struct parser *parser, const char *at, const char *words)
{
	text_string(parser->why, words);
	parser->where_wrong = at;
	return -EINVAL;
}

static void pass_blanks(struct parser *parser)
{
	parser->at += strspn(parser->at, " \t\n");
}

static bool parse_number(const char *bytes, size_t length, double *ret_number)
{
	char copy[NUMBER_BYTES], *end;

	if (length == 0 || length >= sizeof copy)
		return false;
	memcpy(copy, bytes, length);
	copy[length] = '\0';
	/* strtod(3) knows more numbers than people write in logs: nan, 0x1p3. */
	if (strspn(copy, "0123456789+-.eE") != length)
		return false;
	*ret_number = strtod(copy, &end);
	return *end == '\0' && end != copy;
}

static struct step *add_step(struct where *where, enum sign op)
{
	if ((where->n_steps & (where->n_steps - 1)) == 0)
		where->steps = memory_resize(where->steps,
			(where->n_steps ? where->n_steps * 2 : 1) * sizeof *where->steps);
	struct step *step = &where->steps[where->n_steps++];
	*step = (struct step){ .op = op };
	return step;
}

/* The index of a name; it is asked for once however often it occurs. -1: there are too many. */
static int add_name(struct where *where, const char *bytes, size_t length)
{
	for (size_t i = 0; i < where->n_names; i++)
		if (where->names[i].length == length &&
			memcmp(where->names[i].bytes, bytes, length) == 0)
			return (int)i;
	if (where->n_names == FIELDS_MOST)
		return -1;
	where->names[where->n_names] = (struct field_name){ memory_copy(bytes, length), length };
	return (int)where->n_names++;
}

/* A word, or what stands between quotes. Within quotes \ takes the next character as it is. */
static int take_word(struct parser *parser, const char *ends, struct text *word)
{
	const char *start = parser->at;
	char quote = *start;

	text_reserve(word, 0);
	word->length = 0;
	if (quote != '"' && quote != '\'') {
		size_t length = strcspn(start, ends);
		text_add(word, start, length);
		parser->at += length;
		return length > 0 ? 1 : 0;
	}
	for (parser->at++; *parser->at != quote; parser->at++) {
		if (*parser->at == '\\' && parser->at[1] != '\0')
			parser->at++;
		if (*parser->at == '\0')
			return wrong(parser, start, "this quote is not closed");
		text_add(word, parser->at, 1);
	}
	parser->at++;
	return 1;
}

static bool take_keyword(struct parser *parser, const char *keyword)
{
	size_t length = strlen(keyword);

	pass_blanks(parser);
	if (strncmp(parser->at, keyword, length) != 0 ||
		(parser->at[length] != '\0' && !strchr(" \t\n(", parser->at[length])))
		return false;
	parser->at += length;
	return true;
}

static bool take_operator(struct parser *parser, enum sign *ret_op)
{
	static const struct {
		const char *sign;
		enum sign op;
	} signs[] = {
		{ "==", OP_EQUAL },
		{ "!=", OP_UNEQUAL },
		{ "<=", OP_LESS_EQUAL },
		{ ">=", OP_MORE_EQUAL },
		{ "^=", OP_BEGINS },
		{ "$=", OP_ENDS },
		{ "*=", OP_HOLDS },
		{ "=", OP_EQUAL },
		{ "<", OP_LESS },
		{ ">", OP_MORE },
	};

	pass_blanks(parser);
	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
		if (strncmp(parser->at, signs[i].sign, strlen(signs[i].sign)) == 0) {
			parser->at += strlen(signs[i].sign);
			*ret_op = signs[i].op;
			return true;
		}
	return false;
}

/* FIELD, FIELD OP VALUE */
static int parse_comparison(struct parser *parser, struct text *word)
{
	const char *start = parser->at;
	enum sign op = OP_EXISTS;

	int r = take_word(parser, " \t\n=!<>^$*()", word);
	if (r < 0)
		return r;
	if (r == 0)
		return wrong(parser, start,
			*start ? "a field is missing here" : "a field is missing at the end");
	int field = add_name(parser->where, word->bytes, word->length);
	if (field < 0)
		return wrong(parser, start, "too many fields");
	bool has_value = take_operator(parser, &op);
	struct step *step = add_step(parser->where, op);
	step->field = (size_t)field;
	if (!has_value)
		return 0;
	pass_blanks(parser);
	start = parser->at;
	r = take_word(parser, " \t\n()", word);
	if (r < 0)
		return r;
	if (r == 0)
		return wrong(parser, start, "a value is missing here");
	step->value = memory_copy(word->bytes, word->length);
	step->length = word->length;
	step->is_number = parse_number(step->value, step->length, &step->number);
	step->level = step->is_number ? LEVEL_NONE : level_of_word(step->value, step->length);
	return 0;
}

static int parse_any(struct parser *parser, struct text *word, unsigned int depth);

static int parse_one(struct parser *parser, struct text *word, unsigned int depth)
{
	if (depth > DEEPEST)
		return wrong(parser, parser->at, "this is nested too deep");
	if (take_keyword(parser, "not")) {
		int r = parse_one(parser, word, depth + 1);
		if (r == 0)
			add_step(parser->where, OP_NOT);
		return r;
	}
	const char *start = parser->at;
	if (*parser->at != '(')
		return parse_comparison(parser, word);
	parser->at++;
	int r = parse_any(parser, word, depth + 1);
	if (r < 0)
		return r;
	pass_blanks(parser);
	if (*parser->at != ')')
		return *parser->at ? wrong(parser, parser->at, "'and', 'or' or ) is missing here")
				   : wrong(parser, start, "this parenthesis is not closed");
	parser->at++;
	return 0;
}

static int parse_all(struct parser *parser, struct text *word, unsigned int depth)
{
	int r = parse_one(parser, word, depth);

	while (r == 0 && take_keyword(parser, "and")) {
		r = parse_one(parser, word, depth);
		if (r == 0)
			add_step(parser->where, OP_AND);
	}
	return r;
}

static int parse_any(struct parser *parser, struct text *word, unsigned int depth)
{
	int r = parse_all(parser, word, depth);

	while (r == 0 && take_keyword(parser, "or")) {
		r = parse_all(parser, word, depth);
		if (r == 0)
			add_step(parser->where, OP_OR);
	}
	return r;
}

int where_new(struct where **ret_where, const char *text, struct text *why, size_t *ret_column)
{
	struct where *where = memory_get(sizeof *where);
	struct text word = { 0 };

	*where = (struct where){ 0 };
	struct parser parser = { where, text, text, why, text };
	int r = parse_any(&parser, &word, 0);
	pass_blanks(&parser);
	if (r == 0 && *parser.at == ')')
		r = wrong(&parser, parser.at, "no parenthesis is open here");
	else if (r == 0 && *parser.at != '\0')
		r = wrong(&parser, parser.at, "'and' or 'or' is missing here");
	text_done(&word);
	if (r < 0) {
		*ret_column = (size_t)(parser.where_wrong - text) + 1;
		where_free(where);
		return r;
	}
	where->stack = memory_get(where->n_steps);
	*ret_where = where;
	return 0;
}

void where_free(struct where *where)
{
	if (!where)
		return;
	for (size_t i = 0; i < where->n_steps; i++)
		free(where->steps[i].value);
	for (size_t i = 0; i < where->n_names; i++)
		/* Copied by add_name(). */
		free((char *)(uintptr_t)where->names[i].bytes);
	free(where->steps);
	free(where->stack);
	free(where);
}

/* -1, 0, 1: the field lies below, at, above the value; 2: they cannot be ordered (not a number). */
static int order(const struct step *step, const char *bytes, size_t length)
{
	double number;

	if (step->is_number && parse_number(bytes, length, &number))
		return number < step->number    ? -1
		       : number > step->number  ? 1
		       : number == step->number ? 0
						: 2;
	enum level level = step->level == LEVEL_NONE ? LEVEL_NONE : level_of_word(bytes, length);
	if (level != LEVEL_NONE)
		return level < step->level ? -1 : level > step->level;
	size_t common = length < step->length ? length : step->length;
	int order = common > 0 ? memcmp(bytes, step->value, common) : 0;
	if (order != 0)
		return order < 0 ? -1 : 1;
	return length < step->length ? -1 : length > step->length;
}

static bool compare(const struct step *step, const char *bytes, size_t length)
{
	switch (step->op) {
	case OP_BEGINS:
		return length >= step->length && memcmp(bytes, step->value, step->length) == 0;
	case OP_ENDS:
		return length >= step->length &&
		       memcmp(bytes + length - step->length, step->value, step->length) == 0;
	case OP_HOLDS:
		return memmem(bytes, length, step->value, step->length) != NULL;
	case OP_EQUAL:
		return order(step, bytes, length) == 0;
	case OP_UNEQUAL:
		return order(step, bytes, length) != 0;
	case OP_LESS:
		return order(step, bytes, length) == -1;
	case OP_LESS_EQUAL:
		return order(step, bytes, length) <= 0;
	case OP_MORE:
		return order(step, bytes, length) == 1;
	case OP_MORE_EQUAL: {
		int r = order(step, bytes, length);
		return r == 0 || r == 1;
	}
	case OP_EXISTS:
	case OP_NOT:
	case OP_AND:
	case OP_OR:
		break;
	}
	return false;
}

static bool is_word(const struct field *field, const char *word)
{
	return field->kind == FIELD_BARE && field->length == strlen(word) &&
	       memcmp(field->bytes, word, field->length) == 0;
}

static bool check(struct where *where, const struct step *step)
{
	const struct field *field = &where->found[step->field];

	if (field->kind == FIELD_NONE)
		return false;
	if (step->op == OP_EXISTS)
		return !is_word(field, "false") && !is_word(field, "null");
	if (!field->has_escapes)
		return compare(step, field->bytes, field->length);
	size_t length = field_plain(field, where->plain, sizeof where->plain);
	return compare(step, where->plain, length < PLAIN_BYTES ? length : PLAIN_BYTES);
}

bool where_holds(struct where *where, const char *line, size_t length)
{
	size_t top = 0;

	(void)fields_find(line, length, where->names, where->n_names, where->found);
	for (size_t i = 0; i < where->n_steps; i++) {
		const struct step *step = &where->steps[i];
		switch (step->op) {
		case OP_NOT:
			where->stack[top - 1] = !where->stack[top - 1];
			break;
		case OP_AND:
			top--;
			where->stack[top - 1] = where->stack[top - 1] && where->stack[top];
			break;
		case OP_OR:
			top--;
			where->stack[top - 1] = where->stack[top - 1] || where->stack[top];
			break;
		case OP_EXISTS:
		case OP_EQUAL:
		case OP_UNEQUAL:
		case OP_LESS:
		case OP_LESS_EQUAL:
		case OP_MORE:
		case OP_MORE_EQUAL:
		case OP_BEGINS:
		case OP_ENDS:
		case OP_HOLDS:
			where->stack[top++] = check(where, step);
			break;
		}
	}
	return where->stack[0];
}
