/* SPDX-License-Identifier: MIT */
/* Instructions of arithmetic are carried out. */

#include "sh/arith_code.h"
#include "sh/shell.h"
#include "sh/variable.h"

#include <string.h>

#define MOST_VARIABLES 512 /* that lead to one another */
#define FEW_VALUES     16  /* of the stack, without memory of its own */
#define LONGEST_SHOWN  60  /* of an expression in a message */

struct arith_run {
	struct shell *sh;
	struct place place;
	bool is_source; /* the text stands in the source, at place */
	const struct arithmetic_node *tree;
	const struct arithmetic_instruction *instruction; /* being carried out */
	unsigned variables;
};

static int evaluate(struct arith_run *run, struct arithmetic_node *tree, int64_t *ret_value);

/* ---- messages ---- */

/* The place of a character of the expression. */
static struct place place_at(const struct arith_run *run, const char *text, size_t at)
{
	struct place place = run->place;

	if (!run->is_source || place.line == 0)
		return place;
	for (size_t i = 0; i < at; i++) {
		place.column++;
		if (text[i] == '\n') {
			place.line++;
			place.column = 1;
		}
	}
	return place;
}

static struct place current_place(const struct arith_run *run)
{
	return place_at(run, run->tree->text, run->instruction->at);
}

static void say_parse_error(const struct arith_run *run, const char *text, size_t length,
	const struct arithmetic_error *error)
{
	bool has_subject = error->subject[0] != '\0';

	shell_error(run->sh, place_at(run, text, error->at), "arithmetic: %s%s%s%s in \"%.*s%s\"",
		error->text, has_subject ? " '" : "", error->subject, has_subject ? "'" : "",
		(int)(length < LONGEST_SHOWN ? length : LONGEST_SHOWN), text,
		length < LONGEST_SHOWN ? "" : "...");
}

/* ---- variables ---- */

/* The text of an expression that is not in the tree. */
static int evaluate_text(struct arith_run *run, const char *text, size_t length, int64_t *ret_value)
{
	struct arithmetic_error error;
	struct arena *scratch = &run->sh->scratch;
	struct arena_mark mark = arena_mark(scratch);
	struct arithmetic_node *tree = arithmetic_parse(scratch, text, length, &error);
	int r = -1;

	if (tree != NULL)
		r = evaluate(run, tree, ret_value);
	else
		say_parse_error(run, text, length, &error);
	arena_release(scratch, mark);
	return r;
}

/* A value that is an expression. */
static int evaluate_variable(struct arith_run *run, struct symbol *symbol, int64_t *ret_value)
{
	struct arith_run inner = *run;
	struct arena *scratch = &run->sh->scratch;
	struct arena_mark mark = arena_mark(scratch);
	size_t length;
	const char *text = variable_value(run->sh, symbol, &length);

	inner.place = current_place(run);
	inner.is_source = false;
	if (++inner.variables > MOST_VARIABLES) {
		shell_error(run->sh, inner.place,
			"arithmetic: the value of %s leads to itself, or through too many variables",
			symbol->name);
		return -1;
	}
	/* The expression may change the very variable. */
	int r = evaluate_text(&inner, arena_text(scratch, text, length), length, ret_value);
	arena_release(scratch, mark);
	return r;
}

static int load_slowly(struct arith_run *run, struct symbol *symbol, int64_t *ret_value)
{
	const struct arithmetic_instruction *name = run->instruction;
	size_t length;

	if (symbol == NULL || variable_value(run->sh, symbol, &length) == NULL) {
		*ret_value = 0;
		if (!run->sh->options[OPTION_NOUNSET])
			return 0;
		shell_error(run->sh, current_place(run), "%.*s: parameter not set",
			(int)name->length, name->name);
		return -1;
	}
	if (variable_number(run->sh, symbol, ret_value))
		return 0;
	return evaluate_variable(run, symbol, ret_value);
}

static inline struct symbol *symbol_of(
	const struct arith_run *run, struct arithmetic_instruction *instruction)
{
	return symbol_cached(&run->sh->symbols, &instruction->cache, &instruction->cache_generation,
		instruction->name, instruction->length);
}

static inline int load(
	struct arith_run *run, struct arithmetic_instruction *instruction, int64_t *ret_value)
{
	struct symbol *symbol = symbol_of(run, instruction);

	if (symbol != NULL && symbol->variable.flags & VARIABLE_NUMBER &&
		symbol->variable.hook == HOOK_NONE) {
		*ret_value = symbol->variable.number;
		return 0;
	}
	run->instruction = instruction;
	return load_slowly(run, symbol, ret_value);
}

static int store(struct arith_run *run, struct arithmetic_instruction *instruction, int64_t value)
{
	struct symbol *symbol = symbol_of(run, instruction);

	run->instruction = instruction;
	if (symbol == NULL) {
		symbol = symbol_get(&run->sh->symbols, instruction->name, instruction->length);
		instruction->cache = symbol;
		instruction->cache_generation = run->sh->symbols.generation;
	}
	/* Its place is made out only if there is something to say. */
	if (symbol->variable.flags & VARIABLE_READONLY)
		return variable_set_number(run->sh, symbol, value, current_place(run));
	return variable_set_number(run->sh, symbol, value, run->place);
}

/* ++ and --; *ret_value is what it is worth. */
static int step(
	struct arith_run *run, struct arithmetic_instruction *instruction, int64_t *ret_value)
{
	bool is_up = instruction->op == ARITHMETIC_INCREMENT_BEFORE ||
		     instruction->op == ARITHMETIC_INCREMENT_AFTER;
	bool is_after = instruction->op >= ARITHMETIC_INCREMENT_AFTER;
	int64_t before;

	if (load(run, instruction, &before) < 0)
		return -1;
	int64_t after = (int64_t)((uint64_t)before + (is_up ? 1 : (uint64_t)-1));
	*ret_value = is_after ? before : after;
	return store(run, instruction, after);
}

/* ---- calculating ---- */

static inline int64_t calculate(enum arithmetic_op op, int64_t a, int64_t b)
{
	uint64_t left = (uint64_t)a, right = (uint64_t)b;

	switch ((int)op) {
	case ARITHMETIC_MULTIPLY:
		return (int64_t)(left * right);
	case ARITHMETIC_ADD:
		return (int64_t)(left + right);
	case ARITHMETIC_SUBTRACT:
		return (int64_t)(left - right);
	case ARITHMETIC_SHIFT_LEFT:
		return (int64_t)(left << (right & 63));
	case ARITHMETIC_SHIFT_RIGHT:
		return a >> (right & 63);
	case ARITHMETIC_LESS:
		return a < b;
	case ARITHMETIC_LESS_EQUAL:
		return a <= b;
	case ARITHMETIC_GREATER:
		return a > b;
	case ARITHMETIC_GREATER_EQUAL:
		return a >= b;
	case ARITHMETIC_EQUAL:
		return a == b;
	case ARITHMETIC_UNEQUAL:
		return a != b;
	case ARITHMETIC_BITS_AND:
		return a & b;
	case ARITHMETIC_BITS_XOR:
		return a ^ b;
	default:
		return a | b;
	}
}

/* NOLINTBEGIN(clang-analyzer-core.*): the parser has counted what is on the stack */

static int divide(
	struct arith_run *run, const struct arithmetic_instruction *instruction, int64_t values[2])
{
	bool is_remainder = instruction->op == ARITHMETIC_REMAINDER;

	run->instruction = instruction;
	if (values[1] == 0) {
		shell_error(run->sh, current_place(run), "arithmetic: division by zero in \"%.*s\"",
			(int)(run->tree->length < LONGEST_SHOWN ? run->tree->length
								: LONGEST_SHOWN),
			run->tree->text);
		return -1;
	}
	/* INT64_MIN / -1 is more than there is. */
	if (values[1] == -1)
		values[0] = is_remainder ? 0 : (int64_t)(0 - (uint64_t)values[0]);
	else
		values[0] = is_remainder ? values[0] % values[1] : values[0] / values[1];
	return 0;
}

static int64_t calculate_one(enum arithmetic_op op, int64_t value)
{
	if (op == ARITHMETIC_NEGATE)
		return (int64_t)(0 - (uint64_t)value);
	if (op == ARITHMETIC_COMPLEMENT)
		return ~value;
	return op == ARITHMETIC_NOT ? value == 0 : value != 0;
}

/* An instruction that fails if it returns -1. *top is behind the last value. */
static int do_risky(
	struct arith_run *run, struct arithmetic_instruction *instruction, int64_t **top)
{
	int r;

	if (instruction->op == ARITHMETIC_DIVIDE || instruction->op == ARITHMETIC_REMAINDER) {
		*top -= 1;
		return divide(run, instruction, *top - 1);
	}
	if (instruction->op == ARITHMETIC_STORE)
		return store(run, instruction, (*top)[-1]);
	r = instruction->op == ARITHMETIC_LOAD ? load(run, instruction, *top)
					       : step(run, instruction, *top);
	*top += 1;
	return r;
}

/* Where the next instruction is, behind one that chooses. */
static struct arithmetic_instruction *choose(const struct arithmetic_node *tree,
	struct arithmetic_instruction *instruction, int64_t **top)
{
	bool goes = true;

	if (instruction->op == ARITHMETIC_IF_ZERO) {
		*top -= 1;
		goes = **top == 0;
	} else if (instruction->op != ARITHMETIC_GO) {
		int64_t truth = (*top)[-1] != 0;
		goes = truth == (instruction->op == ARITHMETIC_OR);
		if (goes)
			(*top)[-1] = truth;
		else
			*top -= 1;
	}
	return goes ? &tree->code[instruction->target] : instruction + 1;
}

static int evaluate_with(
	struct arith_run *run, struct arithmetic_node *tree, int64_t *top, int64_t *ret_value)
{
	struct arithmetic_instruction *instruction = tree->code;

	for (;;) {
		enum arithmetic_op op = (enum arithmetic_op)instruction->op;
		switch (op) {
		case ARITHMETIC_PUSH:
			*top++ = instruction->number;
			break;
		case ARITHMETIC_LOAD:
			if (load(run, instruction, top++) < 0)
				return -1;
			break;
		case ARITHMETIC_STORE:
		case ARITHMETIC_INCREMENT_BEFORE:
		case ARITHMETIC_DECREMENT_BEFORE:
		case ARITHMETIC_INCREMENT_AFTER:
		case ARITHMETIC_DECREMENT_AFTER:
		case ARITHMETIC_DIVIDE:
		case ARITHMETIC_REMAINDER:
			if (do_risky(run, instruction, &top) < 0)
				return -1;
			break;
		case ARITHMETIC_POP:
			top--;
			break;
		case ARITHMETIC_NEGATE:
		case ARITHMETIC_NOT:
		case ARITHMETIC_COMPLEMENT:
		case ARITHMETIC_TRUTH:
			top[-1] = calculate_one(op, top[-1]);
			break;
		case ARITHMETIC_MULTIPLY:
		case ARITHMETIC_ADD:
		case ARITHMETIC_SUBTRACT:
		case ARITHMETIC_SHIFT_LEFT:
		case ARITHMETIC_SHIFT_RIGHT:
		case ARITHMETIC_LESS:
		case ARITHMETIC_LESS_EQUAL:
		case ARITHMETIC_GREATER:
		case ARITHMETIC_GREATER_EQUAL:
		case ARITHMETIC_EQUAL:
		case ARITHMETIC_UNEQUAL:
		case ARITHMETIC_BITS_AND:
		case ARITHMETIC_BITS_XOR:
		case ARITHMETIC_BITS_OR:
			top--;
			top[-1] = calculate(op, top[-1], top[0]);
			break;
		case ARITHMETIC_AND:
		case ARITHMETIC_OR:
		case ARITHMETIC_IF_ZERO:
		case ARITHMETIC_GO:
			instruction = choose(tree, instruction, &top);
			continue;
		case ARITHMETIC_END:
			*ret_value = top[-1];
			return 0;
		}
		instruction++;
	}
}

/* NOLINTEND(clang-analyzer-core.*) */

static int evaluate(struct arith_run *run, struct arithmetic_node *tree, int64_t *ret_value)
{
	int64_t few[FEW_VALUES];

	run->tree = tree;
	if (tree->stack <= FEW_VALUES)
		return evaluate_with(run, tree, few, ret_value);
	struct arena_mark mark = arena_mark(&run->sh->scratch);
	int64_t *many = arena_get(&run->sh->scratch, tree->stack * sizeof *many);
	int r = evaluate_with(run, tree, many, ret_value);
	arena_release(&run->sh->scratch, mark);
	return r;
}

int arithmetic_evaluate(
	struct shell *sh, struct arithmetic_node *tree, struct place place, int64_t *ret_value)
{
	struct arith_run run = { .sh = sh, .place = place, .is_source = true };

	return evaluate(&run, tree, ret_value);
}

int arithmetic_of(struct shell *sh, const char *text, size_t length, struct place place,
	bool is_source, int64_t *ret_value)
{
	struct arith_run run = { .sh = sh, .place = place, .is_source = is_source };

	return evaluate_text(&run, text, length, ret_value);
}
