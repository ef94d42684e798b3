/* SPDX-License-Identifier: MIT */
#include "sh/variable.h"

#include "common/memory.h"
#include "sh/shell.h"
#include "sh/undo.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_BYTES 24

/* ---- reading ---- */

static void make_room(struct variable *variable, size_t length)
{
	size_t wanted = length + 1;

	/* One that was very long once does not keep its memory for ever. */
	if (wanted <= variable->size && variable->size / 8 <= wanted + 512)
		return;
	size_t size = wanted < 16 ? 16 : wanted;
	variable->value = memory_resize(variable->value, size);
	variable->size = size;
}

/* Makes the text of a number. */
static void write_number(struct variable *variable)
{
	char digits[NUMBER_BYTES];
	size_t at = sizeof digits;
	uint64_t rest = variable->number < 0 ? 0 - (uint64_t)variable->number
					     : (uint64_t)variable->number;

	do
		digits[--at] = (char)('0' + rest % 10);
	while ((rest /= 10) > 0);
	if (variable->number < 0)
		digits[--at] = '-';
	size_t length = sizeof digits - at;
	make_room(variable, length);
	memcpy(variable->value, digits + at, length);
	variable->value[length] = '\0';
	variable->length = length;
	variable->flags &= (uint8_t)~VARIABLE_NO_TEXT;
}

static void look_at_line(const struct shell *sh, struct variable *variable)
{
	variable->number = sh->frame.place.line;
	variable->flags |= VARIABLE_NUMBER | VARIABLE_NO_TEXT;
}

const char *variable_value(struct shell *sh, struct symbol *symbol, size_t *ret_length)
{
	struct variable *variable = &symbol->variable;

	if (variable->hook == HOOK_LINENO)
		look_at_line(sh, variable);
	if (variable->flags & VARIABLE_NO_TEXT)
		write_number(variable);
	*ret_length = variable->length;
	return variable->value;
}

/* An integer constant as a whole; "" is 0. */
static bool read_number(const char *text, int64_t *ret_number)
{
	bool is_negative = *text == '-';
	const char *digits = text + (*text == '-' || *text == '+');
	char *end;

	if (*text == '\0') {
		*ret_number = 0;
		return true;
	}
	if (*digits < '0' || *digits > '9')
		return false;
	/* Constants wrap around as all of the shell's arithmetic does. */
	uint64_t number = 0;
	if (*digits != '0') {
		for (; *digits >= '0' && *digits <= '9'; digits++)
			number = number * 10 + (uint64_t)(*digits - '0');
		end = (char *)(uintptr_t)digits;
	} else {
		number = strtoull(digits, &end, 0);
	}
	if (*end != '\0')
		return false;
	*ret_number = (int64_t)(is_negative ? 0 - number : number);
	return true;
}

bool variable_number(struct shell *sh, struct symbol *symbol, int64_t *ret_number)
{
	struct variable *variable = &symbol->variable;

	if (variable->hook == HOOK_LINENO)
		look_at_line(sh, variable);
	if (!(variable->flags & VARIABLE_NUMBER)) {
		if (!variable->value) {
			*ret_number = 0;
			return true;
		}
		if (!read_number(variable->value, &variable->number))
			return false;
		variable->flags |= VARIABLE_NUMBER;
	}
	*ret_number = variable->number;
	return true;
}

/* ---- writing ---- */

/* What comes before any change. */
static int begin_change(struct shell *sh, struct symbol *symbol, struct place place)
{
	if (symbol->variable.flags & VARIABLE_READONLY) {
		shell_error(sh, place, "%s: is read-only", symbol->name);
		return -1;
	}
	undo_save_variable(sh, symbol);
	return 0;
}

/* What comes after it. */
static inline void end_change(struct shell *sh, struct symbol *symbol)
{
	struct variable *variable = &symbol->variable;

	if (sh->options[OPTION_ALLEXPORT])
		variable->flags |= VARIABLE_EXPORTED;
	if (variable->flags & VARIABLE_EXPORTED)
		sh->environment_is_right = false;
	if (variable->hook != HOOK_NONE)
		variable_changed(sh, symbol);
}

int variable_set(struct shell *sh, struct symbol *symbol, const char *value, size_t length,
	struct place place)
{
	struct variable *variable = &symbol->variable;

	if (begin_change(sh, symbol, place) < 0)
		return -1;
	if (variable->value && value >= variable->value &&
		value < variable->value + variable->size) {
		/* Of itself: it only becomes shorter. */
		memmove(variable->value, value, length);
	} else {
		make_room(variable, length);
		memcpy(variable->value, value, length);
	}
	variable->value[length] = '\0';
	variable->length = length;
	variable->flags &= (uint8_t) ~(VARIABLE_NUMBER | VARIABLE_NO_TEXT);
	end_change(sh, symbol);
	return 0;
}

int variable_set_number(struct shell *sh, struct symbol *symbol, int64_t number, struct place place)
{
	if (begin_change(sh, symbol, place) < 0)
		return -1;
	symbol->variable.number = number;
	symbol->variable.flags |= VARIABLE_NUMBER | VARIABLE_NO_TEXT;
	end_change(sh, symbol);
	return 0;
}

int variable_append(struct shell *sh, struct symbol *symbol, const char *bytes, size_t length,
	struct place place)
{
	struct variable *variable = &symbol->variable;
	size_t old_length;

	if (begin_change(sh, symbol, place) < 0)
		return -1;
	if (!variable_value(sh, symbol, &old_length))
		old_length = 0;
	size_t whole = old_length + length;
	if (whole + 1 > variable->size) {
		bool is_own = variable->value && bytes >= variable->value &&
			      bytes < variable->value + variable->size;
		size_t at = is_own ? (size_t)(bytes - variable->value) : 0;
		variable->size = whole + 1 < 32 ? 64 : (whole + 1) * 2;
		variable->value = memory_resize(variable->value, variable->size);
		bytes = is_own ? variable->value + at : bytes;
	}
	memcpy(variable->value + old_length, bytes, length);
	variable->value[whole] = '\0';
	variable->length = whole;
	variable->flags &= (uint8_t)~VARIABLE_NUMBER;
	end_change(sh, symbol);
	return 0;
}

/* Makes it one that is not set; attributes stay as told. */
static void clear(struct variable *variable, uint8_t flags)
{
	free(variable->value);
	variable->value = NULL;
	variable->length = variable->size = 0;
	variable->flags = flags;
}

int variable_unset(struct shell *sh, struct symbol *symbol, struct place place)
{
	struct variable *variable = &symbol->variable;

	if (begin_change(sh, symbol, place) < 0)
		return -1;
	if (variable->flags & VARIABLE_EXPORTED)
		sh->environment_is_right = false;
	clear(variable, 0);
	if (variable->hook != HOOK_NONE)
		variable_changed(sh, symbol);
	symbol_review(&sh->symbols, symbol);
	return 0;
}

void variable_mark(struct shell *sh, struct symbol *symbol, unsigned flags)
{
	undo_save_variable(sh, symbol);
	if (flags & VARIABLE_EXPORTED && !(symbol->variable.flags & VARIABLE_EXPORTED))
		sh->environment_is_right = false;
	symbol->variable.flags |= (uint8_t)flags;
}

const char *variable_get(struct shell *sh, const char *name)
{
	struct symbol *symbol = symbol_find(&sh->symbols, name, strlen(name));
	size_t length;

	return symbol ? variable_value(sh, symbol, &length) : NULL;
}

int variable_put(struct shell *sh, const char *name, const char *value)
{
	struct symbol *symbol = symbol_get(&sh->symbols, name, strlen(name));

	return variable_set(sh, symbol, value, strlen(value), (struct place){ 0 });
}

/* ---- for a while ---- */

/* The same again, with a value of its own. */
static struct variable copy_of(const struct variable *variable)
{
	struct variable copy = *variable;

	if (copy.value) {
		copy.value = memory_copy(variable->value, variable->length);
		copy.size = variable->length + 1;
	}
	return copy;
}

/* Puts back what it was. */
static void put_back(struct shell *sh, struct symbol *symbol, struct variable *saved)
{
	struct variable *variable = &symbol->variable;
	bool is_seen = (variable->flags | saved->flags) & VARIABLE_EXPORTED;

	free(variable->value);
	*variable = *saved;
	saved->value = NULL;
	if (is_seen)
		sh->environment_is_right = false;
	if (variable->hook != HOOK_NONE && variable->hook != HOOK_LINENO)
		variable_changed(sh, symbol);
	symbol->holders--;
	symbol_review(&sh->symbols, symbol);
}

void variable_save(struct shell *sh, struct symbol *symbol, struct variable *ret_saved)
{
	undo_save_variable(sh, symbol);
	*ret_saved = symbol->variable;
	symbol->variable = copy_of(&symbol->variable);
	symbol->holders++;
}

void variable_restore(struct shell *sh, struct symbol *symbol, struct variable *saved)
{
	put_back(sh, symbol, saved);
}

/* ---- local variables ---- */

size_t variable_begin_locals(struct shell *sh)
{
	size_t outer = sh->locals_base;

	sh->locals_base = sh->n_locals;
	return outer;
}

void variable_end_locals(struct shell *sh, size_t outer)
{
	while (sh->n_locals > sh->locals_base) {
		struct local *local = &sh->locals[--sh->n_locals];
		if (local->symbol)
			put_back(sh, local->symbol, &local->saved);
		else
			options_put_back(sh, local->options);
	}
	sh->locals_base = outer;
}

/* NULL: the running function has it already. */
static struct local *add_local(struct shell *sh, struct symbol *symbol)
{
	for (size_t i = sh->locals_base; i < sh->n_locals; i++) {
		if (sh->locals[i].symbol == symbol)
			return NULL;
	}
	if (sh->n_locals == sh->locals_size) {
		sh->locals_size = sh->locals_size * 2 + 16;
		sh->locals = memory_resize(sh->locals, sh->locals_size * sizeof *sh->locals);
	}
	struct local *local = &sh->locals[sh->n_locals++];
	local->symbol = symbol;
	return local;
}

void variable_make_local(struct shell *sh, struct symbol *symbol)
{
	struct local *local = add_local(sh, symbol);

	if (local)
		variable_save(sh, symbol, &local->saved);
}

void variable_make_options_local(struct shell *sh)
{
	struct local *local = add_local(sh, NULL);

	if (local)
		memcpy(local->options, sh->options, sizeof local->options);
}
