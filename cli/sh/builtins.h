/* SPDX-License-Identifier: MIT */
#pragma once

#include "sh/shell.h"

/*
 * Built-ins, one file each (or for each family) in builtins/. A built-in gets its words, argv[0]
 * its name; writes by output_...(), which is flushed afterwards by its caller; says errors by
 * builtin_error_at() and builtin_usage_at(), which point at the word that is wrong, or without _at
 * if it is none; returns its exit status. One that changes the way of things (break, return, exit,
 * eval, .) sets *control and returns the status.
 *
 * A status other than 0 of a special built-in is an error that ends the shell (unless it is run by
 * `command`). What is lenient says that by the negative of the status: return -builtin_error(...).
 */
enum builtin_kind {
	BUILTIN_SPECIAL, /* XCU 2.15: assignments stay, errors end the shell, before functions */
	BUILTIN_REGULAR
};

/* flags */
/* It can run in a subshell without a process: all that it changes is undone, see sh/undo.h. */
#define BUILTIN_HARMLESS 1u
/* Its operands that look like assignments are expanded as such. */
#define BUILTIN_DECLARES 2u
/* Special, but its status is no error by itself (eval, ., trap): only a negative one is. */
#define BUILTIN_LENIENT 4u
/* Not intrinsic: it is found only if there is a PATH at all. */
#define BUILTIN_ON_PATH 8u

struct builtin {
	const char *name;
	uint8_t kind; /* enum builtin_kind */
	uint8_t flags;
	int (*run)(struct shell *sh, int argc, char **argv, enum control *control);
};

/* All of them, in the order of their names (builtins/table.c). */
extern const struct builtin builtins[];
extern const size_t n_builtins;

/* Puts them into the symbols. */
void builtins_begin(struct shell *sh);

/*
 * Options of a built-in in the way of XBD 12.2: letters, ':' behind one that takes a value. Returns
 * the next letter, -1 at the end (options->next is the index of the first operand), '?' after
 * having said what is wrong.
 */
struct builtin_options {
	int next;   /* begins as 1 */
	int within; /* begins as 0 */
	const char *value;
};
int builtin_option(struct shell *sh, int argc, char **argv, const char *letters,
	struct builtin_options *options);

/* A number of digits alone that fits. Returns 0 or -1. */
int builtin_number(const char *text, long least, long most, long *ret_number);
