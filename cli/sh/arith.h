/* SPDX-License-Identifier: MIT */
#pragma once

#include "sh/arena.h"
#include "sh/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Arithmetic in signed 64 bits with the operators of C but sizeof; ++ and -- too; overflow wraps
 * around. A name is a variable; its value is a constant, or else an expression (at most 512 deep,
 * so that a=a ends with an error).
 */
struct shell;
struct arithmetic_node;

struct arithmetic_error {
	const char *text; /* what is wrong: a constant */
	size_t at;        /* offset in the expression */
	char subject[64]; /* the token or name concerned, cut; "" none */
};

/* The tree of an expression; NULL with *error filled. "" is 0. Strings of it point into text. */
struct arithmetic_node *arithmetic_parse(
	struct arena *arena, const char *text, size_t length, struct arithmetic_error *error);

/* Its value; place is that of its first character. Returns 0; -1 after having said what is wrong:
   division by zero, a read-only variable, a value that is no number, an unset variable under
   set -u. */
int arithmetic_evaluate(
	struct shell *sh, struct arithmetic_node *tree, struct place place, int64_t *ret_value);

/* Both. is_source: place is that of the text's first character in the source; else the text was
   made by expansions, and place is that of the whole. */
int arithmetic_of(struct shell *sh, const char *text, size_t length, struct place place,
	bool is_source, int64_t *ret_value);

/* An integer constant as a whole: decimal, 0 octal or 0x hexadecimal, with a sign or none. Values
   beyond 63 bits wrap around as long as 64 hold them. Returns whether it is one; "" is none. */
bool arithmetic_number(const char *text, size_t length, int64_t *ret_number);
