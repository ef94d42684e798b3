/* SPDX-License-Identifier: MIT */
#pragma once

#include "sh/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Variables: values, attributes, what changes with them (IFS, PATH, ...), local ones of functions,
 * and the environment that commands get.
 */
struct shell;
struct symbol;

#define VARIABLE_EXPORTED 1u
#define VARIABLE_READONLY 2u
/* `number` is the value as arithmetic sees it. */
#define VARIABLE_NUMBER 4u
/* ... and nobody has wanted to see it yet: `value` is something else. */
#define VARIABLE_NO_TEXT 8u

/* What has to be done when it changes; see variable_hooks.c. */
enum variable_hook {
	HOOK_NONE,
	HOOK_IFS,
	HOOK_PATH,   /* remembered paths of commands are forgotten */
	HOOK_OPTIND, /* getopts begins anew */
	HOOK_LOCALE, /* LANG, LC_ALL, LC_CTYPE, ... */
	HOOK_LINENO  /* reading it gives the current line, until it is assigned to or unset */
};

/* value NULL and no VARIABLE_NUMBER: it is not set (it may be exported or read-only all the same).
   All-zero is one that is not set. */
struct variable {
	char *value; /* allocated; ends with a NUL */
	size_t length, size;
	int64_t number;
	uint8_t flags;
	uint8_t hook;        /* enum variable_hook */
	uint32_t undo_level; /* of the last undo_save(), see sh/undo.h */
};

/* Whether it is set, and its text; NULL: it is not. The text is valid until it changes. */
const char *variable_value(struct shell *sh, struct symbol *symbol, size_t *ret_length);
static inline bool variable_is_set(const struct variable *variable)
{
	return variable->value != NULL || variable->flags & VARIABLE_NUMBER;
}

/* Its value as an integer constant of the shell (decimal, 0 octal, 0x): returns whether it is one;
   "" and not set give 0. */
bool variable_number(struct shell *sh, struct symbol *symbol, int64_t *ret_number);

/*
 * Sets, appends to, unsets. Return 0, or -1 after having said that it is read-only; place is for
 * that message. With `set -a` what is set is exported. Unsetting reviews the symbol.
 */
int variable_set(struct shell *sh, struct symbol *symbol, const char *value, size_t length,
	struct place place);
int variable_set_number(
	struct shell *sh, struct symbol *symbol, int64_t number, struct place place);
int variable_append(struct shell *sh, struct symbol *symbol, const char *bytes, size_t length,
	struct place place);
int variable_unset(struct shell *sh, struct symbol *symbol, struct place place);
/* Adds attributes (VARIABLE_EXPORTED, VARIABLE_READONLY). */
void variable_mark(struct shell *sh, struct symbol *symbol, unsigned flags);

/* Around a command with assignments in front of it, which count for the command only: save before
   the first one, with memory of the caller; restore puts back value and attributes. */
void variable_save(struct shell *sh, struct symbol *symbol, struct variable *ret_saved);
void variable_restore(struct shell *sh, struct symbol *symbol, struct variable *saved);

/* Does what its change means; called by those above. */
void variable_changed(struct shell *sh, struct symbol *symbol);
/* Says which variables have hooks, and looks at the locale. */
void variable_hooks_begin(struct shell *sh);

/* By name; for what the shell itself sets (PWD, OPTARG, ...). */
const char *variable_get(struct shell *sh, const char *name);
int variable_put(struct shell *sh, const char *name, const char *value);

/* ---- local variables ---- */

/* Makes a variable local to the function that runs: it keeps its value and attributes, and gets
   back what it was when the function returns. */
void variable_make_local(struct shell *sh, struct symbol *symbol);
/* The same for all options of `set`. */
void variable_make_options_local(struct shell *sh);

/* Around a function's call: what begin returns is given to end. */
size_t variable_begin_locals(struct shell *sh);
void variable_end_locals(struct shell *sh, size_t outer);

/* ---- the environment ---- */

/* Takes over the environment that the shell was started with: names that are no names of variables
   are passed on to commands as they are. Sets PWD, PPID, IFS, OPTIND and, if they are not there,
   PATH, PS1, PS2, PS4. */
void variables_begin(struct shell *sh, char **environment);

/* The environment for a command, ending with NULL; valid until an exported variable changes. It is
   made anew only when something in it has changed. */
char **variables_environment(struct shell *sh);

/* The same with some entries "NAME=value" in place of or besides the others, in scratch memory. */
char **variables_environment_with(struct shell *sh, char *const *entries, size_t n);
