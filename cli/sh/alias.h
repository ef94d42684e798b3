/* SPDX-License-Identifier: MIT */
#pragma once

#include "sh/shell.h"

/* Aliases: they live in the symbols; the lexer asks for them, `alias` and `unalias` change them. */

/* The symbol of an alias; NULL: there is none of that name. */
struct symbol *alias_find(const struct shell *sh, const char *name, size_t length);
void alias_set(struct shell *sh, const char *name, size_t name_length, const char *value);
/* Returns 0; -1: there is none. */
int alias_remove(struct shell *sh, const char *name);
void alias_remove_all(struct shell *sh);
/* The symbols of all aliases, in no order; the list lies in scratch memory. */
struct symbol **alias_list(struct shell *sh, size_t *ret_n);
/* Whether a name may be an alias's: no blank, quote, $, ` or operator in it. */
bool alias_is_name(const char *name, size_t length);
