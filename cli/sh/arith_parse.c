/* SPDX-License-Identifier: MIT */
/* Arithmetic expressions become instructions; operators by precedence. */

#include "sh/arith_code.h"

#include <string.h>

/* Of operands within operands: beyond it is an error, not a crash. */
#define MOST_LEVELS 2048

/* A token that is an operator is its characters. */
#define OP1(a)       ((uint32_t)(a))
#define OP2(a, b)    ((uint32_t)(a) | (uint32_t)(b) << 8)
#define OP3(a, b, c) ((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16)

enum { /* the other tokens: no characters */
	TOKEN_END = 0,
	TOKEN_NUMBER = 1,
	TOKEN_NAME = 2
};

enum { /* of operators, weakest first */
	LEVEL_COMMA = 1,
	LEVEL_ASSIGNMENT,
	LEVEL_CONDITION,
	LEVEL_OR,
	LEVEL_AND,
	LEVEL_BITS_OR,
	LEVEL_BITS_XOR,
	LEVEL_BITS_AND,
	LEVEL_EQUALITY,
	LEVEL_ORDER,
	LEVEL_SHIFT,
	LEVEL_SUM,
	LEVEL_PRODUCT
};

struct arith_parser {
	struct arena *arena;
	const char *text;
	size_t length;
	struct arithmetic_error *error;

	size_t at; /* behind the token */
	uint32_t token;
	size_t token_at;

	struct arithmetic_instruction *code;
	size_t n, size;
	size_t stack, most_stack;
	unsigned levels;
	bool is_variable; /* the operand just read is a name, loaded by the last instruction */
};

static int parse_expression(struct arith_parser *parser, int level);

static int fail(struct arith_parser *parser, const char *text, size_t at, size_t end)
{
	struct arithmetic_error *error = parser->error;
	size_t n = end - at < sizeof error->subject ? end - at : sizeof error->subject - 1;

	error->text = text;
	error->at = at;
	memcpy(error->subject, parser->text + at, n);
	error->subject[n] = '\0';
	return -1;
}

static int fail_at_token(struct arith_parser *parser, const char *text)
{
	return fail(parser, text, parser->token_at, parser->at);
}

/* ---- tokens ---- */

static bool is_name_start(char character)
{
	return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
	       character == '_';
}

static bool is_digit(char character)
{
	return character >= '0' && character <= '9';
}

static bool is_blank(char character)
{
	return character == ' ' || (character >= '\t' && character <= '\r');
}

/* The character there; a NUL behind the end. */
static char character_at(const struct arith_parser *parser, size_t at)
{
	return at < parser->length ? parser->text[at] : '\0';
}

static size_t word_end(const struct arith_parser *parser, size_t at)
{
	while (is_name_start(character_at(parser, at)) || is_digit(character_at(parser, at)))
		at++;
	return at;
}

static uint32_t read_operator(struct arith_parser *parser)
{
	char first = parser->text[parser->at++], second = character_at(parser, parser->at);

	if (strchr("+-*/%<>=!&|^~?:,()", first) == NULL)
		return OP1(first);
	if (second == first && strchr("+-&|<>=", first) != NULL) {
		parser->at++;
		if ((first == '<' || first == '>') && character_at(parser, parser->at) == '=') {
			parser->at++;
			return OP3(first, second, '=');
		}
		return OP2(first, second);
	}
	if (second == '=' && strchr("+-*/%<>!&|^", first) != NULL) {
		parser->at++;
		return OP2(first, second);
	}
	return OP1(first);
}

static void advance(struct arith_parser *parser)
{
	while (is_blank(character_at(parser, parser->at)))
		parser->at++;
	parser->token_at = parser->at;
	if (parser->at == parser->length) {
		parser->token = TOKEN_END;
	} else if (is_name_start(parser->text[parser->at])) {
		parser->token = TOKEN_NAME;
		parser->at = word_end(parser, parser->at);
	} else if (is_digit(parser->text[parser->at])) {
		parser->token = TOKEN_NUMBER;
		parser->at = word_end(parser, parser->at);
	} else {
		parser->token = read_operator(parser);
	}
}

/* ---- instructions ---- */

/* What an instruction does to the number of values on the stack. */
static int stack_change(enum arithmetic_op op)
{
	if (op <= ARITHMETIC_DECREMENT_AFTER)
		return op == ARITHMETIC_STORE ? 0 : 1;
	if (op == ARITHMETIC_POP || (op >= ARITHMETIC_MULTIPLY && op <= ARITHMETIC_GO))
		return -1;
	return 0;
}

/* Returns its number. */
static size_t emit(struct arith_parser *parser, enum arithmetic_op op, size_t at)
{
	if (parser->n == parser->size) {
		size_t bytes = parser->size * sizeof *parser->code;
		parser->code = arena_resize(parser->arena, parser->code, bytes, 2 * bytes);
		parser->size *= 2;
	}
	parser->code[parser->n] = (struct arithmetic_instruction){ .op = (uint8_t)op,
		.at = (uint32_t)at };
	parser->stack += (size_t)stack_change(op);
	if (parser->stack > parser->most_stack)
		parser->most_stack = parser->stack;
	parser->is_variable = false;
	return parser->n++;
}

static void emit_name(struct arith_parser *parser, enum arithmetic_op op, const char *name,
	size_t length, size_t at)
{
	size_t i = emit(parser, op, at);
	struct arithmetic_instruction *instruction = &parser->code[i];

	instruction->name = name;
	instruction->length = (uint32_t)length;
}

static void set_target(struct arith_parser *parser, size_t instruction)
{
	parser->code[instruction].target = parser->n;
	parser->is_variable = false;
}

/* ---- operands ---- */

static int parse_parentheses(struct arith_parser *parser)
{
	size_t opened_at = parser->token_at;

	advance(parser);
	if (parse_expression(parser, LEVEL_COMMA) < 0)
		return -1;
	if (parser->token == TOKEN_END)
		return fail(parser, "missing )", opened_at, opened_at + 1);
	if (parser->token != OP1(')'))
		return fail_at_token(parser, "unexpected");
	advance(parser);
	return 0;
}

/* Why the token, which begins like a number, is none. */
static const char *why_no_number(const struct arith_parser *parser)
{
	bool is_octal = parser->text[parser->token_at] == '0';

	for (size_t at = parser->token_at; at < parser->at; at++)
		if (!is_digit(parser->text[at]))
			return "not a number";
	return is_octal ? "not an octal number" : "too large a number";
}

static int parse_number(struct arith_parser *parser)
{
	int64_t number;

	if (!arithmetic_number(
		    parser->text + parser->token_at, parser->at - parser->token_at, &number))
		return fail_at_token(parser, why_no_number(parser));
	size_t instruction = emit(parser, ARITHMETIC_PUSH, parser->token_at);
	parser->code[instruction].number = number;
	advance(parser);
	return 0;
}

/* Whether a value begins behind the token. */
static bool has_value_behind(const struct arith_parser *parser)
{
	size_t at = parser->at;

	while (is_blank(character_at(parser, at)))
		at++;
	char next = character_at(parser, at);
	return is_name_start(next) || is_digit(next) || next == '(';
}

/* A name, with ++ or -- behind it or not. In a--3 the second - is a sign. */
static int parse_name(struct arith_parser *parser)
{
	const char *name = parser->text + parser->token_at;
	size_t at = parser->token_at, length = parser->at - at;
	enum arithmetic_op op = ARITHMETIC_LOAD;

	advance(parser);
	if (parser->token == OP2('+', '+') && !has_value_behind(parser))
		op = ARITHMETIC_INCREMENT_AFTER;
	else if (parser->token == OP2('-', '-') && !has_value_behind(parser))
		op = ARITHMETIC_DECREMENT_AFTER;
	if (op != ARITHMETIC_LOAD)
		advance(parser);
	emit_name(parser, op, name, length, at);
	parser->is_variable = op == ARITHMETIC_LOAD;
	return 0;
}

static int parse_operand(struct arith_parser *parser);

/* Operators in front. ++ and -- in front of anything but a name are two signs. */
static int parse_sign(struct arith_parser *parser)
{
	uint32_t token = parser->token;
	size_t at = parser->token_at;

	if (token == OP2('+', '+') || token == OP2('-', '-')) {
		size_t second_at = parser->at - 1;
		advance(parser);
		if (parser->token == TOKEN_NAME) {
			emit_name(parser,
				token == OP2('+', '+') ? ARITHMETIC_INCREMENT_BEFORE
						       : ARITHMETIC_DECREMENT_BEFORE,
				parser->text + parser->token_at, parser->at - parser->token_at,
				parser->token_at);
			advance(parser);
			return 0;
		}
		parser->at = second_at;
	}
	advance(parser);
	if (parse_operand(parser) < 0)
		return -1;
	if ((token & 0xff) == '-')
		emit(parser, ARITHMETIC_NEGATE, at);
	else if (token == OP1('!'))
		emit(parser, ARITHMETIC_NOT, at);
	else if (token == OP1('~'))
		emit(parser, ARITHMETIC_COMPLEMENT, at);
	parser->is_variable = false;
	return 0;
}

/* A value should be here. */
static int fail_at_operator(struct arith_parser *parser)
{
	size_t at = parser->token_at;

	if (parser->text[at] == '*' && at > 0 && parser->text[at - 1] == '*')
		return fail(parser, "there is no operator", at - 1, at + 1);
	return fail_at_token(parser, "a value is missing before");
}

static int parse_operand(struct arith_parser *parser)
{
	int r;

	if (++parser->levels > MOST_LEVELS)
		return fail_at_token(parser, "nested too deeply");
	switch (parser->token) {
	case TOKEN_NUMBER:
		r = parse_number(parser);
		break;
	case TOKEN_NAME:
		r = parse_name(parser);
		break;
	case OP1('('):
		r = parse_parentheses(parser);
		break;
	case OP1('+'):
	case OP1('-'):
	case OP1('!'):
	case OP1('~'):
	case OP2('+', '+'):
	case OP2('-', '-'):
		r = parse_sign(parser);
		break;
	case TOKEN_END:
		r = fail_at_token(parser, "a value is missing at the end");
		break;
	default:
		r = fail_at_operator(parser);
		break;
	}
	parser->levels--;
	return r;
}

/* ---- operators ---- */

struct operator
{
	uint8_t level; /* 0: it is none */
	uint8_t op;    /* of an assignment: what it does before, or STORE */
};

/* All but assignments. */
static struct operator binary_operator(uint32_t token)
{
	switch (token) {
	case OP1(','):
		return (struct operator){ LEVEL_COMMA, ARITHMETIC_POP };
	case OP1('?'):
		return (struct operator){ LEVEL_CONDITION, ARITHMETIC_IF_ZERO };
	case OP2('|', '|'):
		return (struct operator){ LEVEL_OR, ARITHMETIC_OR };
	case OP2('&', '&'):
		return (struct operator){ LEVEL_AND, ARITHMETIC_AND };
	case OP1('|'):
		return (struct operator){ LEVEL_BITS_OR, ARITHMETIC_BITS_OR };
	case OP1('^'):
		return (struct operator){ LEVEL_BITS_XOR, ARITHMETIC_BITS_XOR };
	case OP1('&'):
		return (struct operator){ LEVEL_BITS_AND, ARITHMETIC_BITS_AND };
	case OP2('=', '='):
		return (struct operator){ LEVEL_EQUALITY, ARITHMETIC_EQUAL };
	case OP2('!', '='):
		return (struct operator){ LEVEL_EQUALITY, ARITHMETIC_UNEQUAL };
	case OP1('<'):
		return (struct operator){ LEVEL_ORDER, ARITHMETIC_LESS };
	case OP2('<', '='):
		return (struct operator){ LEVEL_ORDER, ARITHMETIC_LESS_EQUAL };
	case OP1('>'):
		return (struct operator){ LEVEL_ORDER, ARITHMETIC_GREATER };
	case OP2('>', '='):
		return (struct operator){ LEVEL_ORDER, ARITHMETIC_GREATER_EQUAL };
	case OP2('<', '<'):
		return (struct operator){ LEVEL_SHIFT, ARITHMETIC_SHIFT_LEFT };
	case OP2('>', '>'):
		return (struct operator){ LEVEL_SHIFT, ARITHMETIC_SHIFT_RIGHT };
	case OP1('+'):
		return (struct operator){ LEVEL_SUM, ARITHMETIC_ADD };
	case OP1('-'):
		return (struct operator){ LEVEL_SUM, ARITHMETIC_SUBTRACT };
	case OP1('*'):
		return (struct operator){ LEVEL_PRODUCT, ARITHMETIC_MULTIPLY };
	case OP1('/'):
		return (struct operator){ LEVEL_PRODUCT, ARITHMETIC_DIVIDE };
	case OP1('%'):
		return (struct operator){ LEVEL_PRODUCT, ARITHMETIC_REMAINDER };
	default:
		return (struct operator){ 0, 0 };
	}
}

/* = is STORE; += and the like what they do before. END: it is no assignment. */
static enum arithmetic_op assignment_operator(uint32_t token)
{
	switch (token) {
	case OP1('='):
		return ARITHMETIC_STORE;
	case OP2('*', '='):
	case OP2('/', '='):
	case OP2('%', '='):
	case OP2('+', '='):
	case OP2('-', '='):
	case OP2('&', '='):
	case OP2('^', '='):
	case OP2('|', '='):
		return (enum arithmetic_op)binary_operator(token & 0xff).op;
	case OP3('<', '<', '='):
		return ARITHMETIC_SHIFT_LEFT;
	case OP3('>', '>', '='):
		return ARITHMETIC_SHIFT_RIGHT;
	default:
		return ARITHMETIC_END;
	}
}

static int parse_assignment(struct arith_parser *parser, enum arithmetic_op op)
{
	size_t at = parser->token_at;

	if (!parser->is_variable)
		return fail_at_token(parser, "only a variable can be assigned to, before");
	struct arithmetic_instruction variable = parser->code[parser->n - 1];
	if (op == ARITHMETIC_STORE) {
		parser->n--;
		parser->stack--;
	}
	advance(parser);
	if (parse_expression(parser, LEVEL_ASSIGNMENT) < 0)
		return -1;
	if (op != ARITHMETIC_STORE)
		emit(parser, op, at);
	emit_name(parser, ARITHMETIC_STORE, variable.name, variable.length, variable.at);
	return 0;
}

/* condition ? here : there, behind the ? */
static int parse_condition(struct arith_parser *parser, size_t at)
{
	size_t if_zero = emit(parser, ARITHMETIC_IF_ZERO, at);

	if (parse_expression(parser, LEVEL_COMMA) < 0)
		return -1;
	if (parser->token == TOKEN_END)
		return fail(parser, "missing : of", at, at + 1);
	if (parser->token != OP1(':'))
		return fail_at_token(parser, "unexpected");
	advance(parser);
	size_t go = emit(parser, ARITHMETIC_GO, at);
	set_target(parser, if_zero);
	if (parse_expression(parser, LEVEL_CONDITION) < 0)
		return -1;
	set_target(parser, go);
	return 0;
}

static int parse_logical(struct arith_parser *parser, struct operator operator, size_t at)
{
	size_t way = emit(parser, (enum arithmetic_op) operator.op, at);

	if (parse_expression(parser, operator.level + 1) < 0)
		return -1;
	emit(parser, ARITHMETIC_TRUTH, at);
	set_target(parser, way);
	return 0;
}

static int parse_binary(struct arith_parser *parser, struct operator operator)
{
	size_t at = parser->token_at;

	advance(parser);
	switch (operator.level) {
	case LEVEL_COMMA:
		emit(parser, ARITHMETIC_POP, at);
		return parse_expression(parser, LEVEL_ASSIGNMENT);
	case LEVEL_CONDITION:
		return parse_condition(parser, at);
	case LEVEL_AND:
	case LEVEL_OR:
		return parse_logical(parser, operator, at);
	default:
		if (parse_expression(parser, operator.level + 1) < 0)
			return -1;
		emit(parser, (enum arithmetic_op) operator.op, at);
		return 0;
	}
}

/* Operands and the operators between them that bind at least as strongly as `level`. */
static int parse_expression(struct arith_parser *parser, int level)
{
	if (++parser->levels > MOST_LEVELS)
		return fail_at_token(parser, "nested too deeply");
	if (parse_operand(parser) < 0)
		return -1;
	for (;;) {
		if (parser->token == OP2('+', '+') || parser->token == OP2('-', '-')) {
			parser->token &= 0xff;
			parser->at = parser->token_at + 1;
		}
		struct operator operator= binary_operator(parser->token);
		enum arithmetic_op assignment = ARITHMETIC_END;
		if (operator.level == 0) {
			assignment = assignment_operator(parser->token);
			if (assignment == ARITHMETIC_END)
				break;
			operator.level = LEVEL_ASSIGNMENT;
		}
		if (operator.level<level)
			break;
		int r = assignment != ARITHMETIC_END ? parse_assignment(parser, assignment)
						     : parse_binary(parser, operator);
		if (r < 0)
			return -1;
	}
	parser->levels--;
	return 0;
}

struct arithmetic_node *arithmetic_parse(
	struct arena *arena, const char *text, size_t length, struct arithmetic_error *error)
{
	struct arith_parser parser = {
		.arena = arena, .text = text, .length = length, .error = error, .size = 8
	};
	struct arithmetic_node *tree = arena_get(arena, sizeof *tree);

	if (length > UINT32_MAX) {
		fail(&parser, "too long", 0, 0);
		return NULL;
	}
	parser.code = arena_get(arena, parser.size * sizeof *parser.code);
	advance(&parser);
	if (parser.token == TOKEN_END) {
		emit(&parser, ARITHMETIC_PUSH, 0);
	} else if (parse_expression(&parser, LEVEL_COMMA) < 0) {
		return NULL;
	} else if (parser.token != TOKEN_END) {
		fail_at_token(&parser, "unexpected");
		return NULL;
	}
	emit(&parser, ARITHMETIC_END, length);
	*tree = (struct arithmetic_node){
		.text = text, .length = length, .code = parser.code, .stack = parser.most_stack
	};
	return tree;
}
