/* SPDX-License-Identifier: MIT */
#pragma once

#include "sh/arith.h"

/*
 * An expression as instructions of a machine with a stack, so that neither a long sum nor deep
 * parentheses need recursion to be evaluated. Within arith_*.c only.
 */
struct symbol;

enum arithmetic_op {
	ARITHMETIC_PUSH,  /* number */
	ARITHMETIC_LOAD,  /* name */
	ARITHMETIC_STORE, /* name; the value stays */
	ARITHMETIC_INCREMENT_BEFORE,
	ARITHMETIC_DECREMENT_BEFORE,
	ARITHMETIC_INCREMENT_AFTER,
	ARITHMETIC_DECREMENT_AFTER,
	ARITHMETIC_POP,
	ARITHMETIC_NEGATE,
	ARITHMETIC_NOT,
	ARITHMETIC_COMPLEMENT,
	ARITHMETIC_TRUTH, /* 0 or 1 */
	/* of two: */
	ARITHMETIC_MULTIPLY,
	ARITHMETIC_DIVIDE,
	ARITHMETIC_REMAINDER,
	ARITHMETIC_ADD,
	ARITHMETIC_SUBTRACT,
	ARITHMETIC_SHIFT_LEFT,
	ARITHMETIC_SHIFT_RIGHT,
	ARITHMETIC_LESS,
	ARITHMETIC_LESS_EQUAL,
	ARITHMETIC_GREATER,
	ARITHMETIC_GREATER_EQUAL,
	ARITHMETIC_EQUAL,
	ARITHMETIC_UNEQUAL,
	ARITHMETIC_BITS_AND,
	ARITHMETIC_BITS_XOR,
	ARITHMETIC_BITS_OR,
	/* ways: */
	ARITHMETIC_AND,     /* 0: goes to target and stays there; else is dropped */
	ARITHMETIC_OR,      /* the other way round, as 1 */
	ARITHMETIC_IF_ZERO, /* is dropped; if it was 0, to target */
	ARITHMETIC_GO,      /* to target */
	ARITHMETIC_END
};

struct arithmetic_instruction {
	uint8_t op;  /* enum arithmetic_op */
	uint32_t at; /* where in the text it stands */
	union {
		int64_t number;
		size_t target;
		struct {
			const char *name;
			struct symbol *cache;
			uint32_t length;
			uint32_t cache_generation;
		};
	};
};

struct arithmetic_node {
	const char *text;
	size_t length;
	struct arithmetic_instruction *code;
	size_t stack; /* how many values there are at most at a time */
};
