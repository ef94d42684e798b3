/* SPDX-License-Identifier: MIT */
/* export, readonly, unset, local: what declares variables. */
#include "sh/builtins/variables.h"
#include "common/memory.h"
#include "sh/builtins/list.h"
#include "sh/interp.h"
#include "sh/parser.h"
#include "sh/print.h"

#include <string.h>

/* ---- lists ---- */

struct symbol **variables_sorted(struct shell *sh, unsigned flags, size_t *ret_n)
{
	struct symbol **list = arena_get(&sh->scratch, (sh->symbols.n + 1) * sizeof *list);
	struct symbol *symbol;
	size_t position = 0, n = 0;

	while ((symbol = symbols_next(&sh->symbols, &position)) != NULL) {
		const struct variable *variable = &symbol->variable;
		bool is_wanted = flags ? variable->flags & flags : variable_is_set(variable);
		if (is_wanted && is_name(symbol->name, symbol->length))
			list[n++] = symbol;
	}
	symbols_sort(list, n);
	*ret_n = n;
	return list;
}

void variables_show(struct shell *sh, struct symbol *symbol, const char *before)
{
	size_t length;
	const char *value = variable_value(sh, symbol, &length);
	struct text line = { 0 };

	if (before) {
		text_string(&line, before);
		text_string(&line, " ");
	}
	text_string(&line, symbol->name);
	if (value) {
		text_string(&line, "=");
		if (before || *value)
			print_always_quoted(&line, value);
		else
			text_string(&line, "''");
	}
	text_string(&line, "\n");
	output_bytes(sh, line.bytes, line.length);
	text_done(&line);
}

static int show_all(struct shell *sh, const char *name, unsigned flag)
{
	size_t n;
	struct symbol **list = variables_sorted(sh, flag, &n);

	for (size_t i = 0; i < n; i++)
		variables_show(sh, list[i], name);
	return 0;
}

/* ---- declaring ---- */

struct place variable_place(const struct shell *sh, const struct symbol *symbol, const char *word)
{
	bool is_fixed = symbol->variable.flags & VARIABLE_READONLY;

	return is_fixed ? builtin_place(sh, word) : (struct place){ 0 };
}

/* NAME or NAME=VALUE. Returns the symbol, NULL after having said what is wrong. */
static struct symbol *operand(struct shell *sh, const char *word, const char **ret_value)
{
	size_t length = strcspn(word, "=");

	if (!is_name(word, length)) {
		(void)builtin_error_at(
			sh, word, "%s: is no name of a variable", *word ? word : "\"\"");
		return NULL;
	}
	*ret_value = word[length] == '=' ? word + length + 1 : NULL;
	return symbol_get(&sh->symbols, word, length);
}

static int declare(struct shell *sh, int argc, char **argv, unsigned flag)
{
	struct builtin_options options = { .next = 1 };
	bool is_shown = false;
	int letter, status = 0;

	while ((letter = builtin_option(sh, argc, argv, "p", &options)) != -1) {
		if (letter == '?')
			return 2;
		is_shown = true;
	}
	if (options.next == argc)
		return show_all(sh, argv[0], flag);
	for (int i = options.next; i < argc; i++) {
		const char *value;
		struct symbol *symbol = operand(sh, argv[i], &value);
		if (!symbol) {
			status = 1;
			continue;
		}
		if (is_shown) {
			if (symbol->variable.flags & flag)
				variables_show(sh, symbol, argv[0]);
			symbol_review(&sh->symbols, symbol);
			continue;
		}
		if (value && variable_set(sh, symbol, value, strlen(value),
				     variable_place(sh, symbol, value)) < 0)
			status = 1;
		else
			variable_mark(sh, symbol, flag);
	}
	return status;
}

int builtin_export(struct shell *sh, int argc, char **argv, enum control *control)
{
	(void)control;
	return declare(sh, argc, argv, VARIABLE_EXPORTED);
}

int builtin_readonly(struct shell *sh, int argc, char **argv, enum control *control)
{
	(void)control;
	return declare(sh, argc, argv, VARIABLE_READONLY);
}

int builtin_local(struct shell *sh, int argc, char **argv, enum control *control)
{
	struct builtin_options options = { .next = 1 };
	int status = 0;

	(void)control;
	if (builtin_option(sh, argc, argv, "", &options) == '?')
		return 2;
	if (sh->functions == 0)
		return builtin_error(sh, "there is no function around");
	for (int i = options.next; i < argc; i++) {
		const char *value;
		if (strcmp(argv[i], "-") == 0) {
			variable_make_options_local(sh);
			continue;
		}
		struct symbol *symbol = operand(sh, argv[i], &value);
		if (!symbol) {
			status = 1;
			continue;
		}
		if (symbol->variable.flags & VARIABLE_READONLY && value) {
			(void)builtin_error_at(sh, argv[i], "%s: is read-only", symbol->name);
			status = 1;
			continue;
		}
		variable_make_local(sh, symbol);
		if (value && variable_set(sh, symbol, value, strlen(value),
				     variable_place(sh, symbol, value)) < 0)
			status = 1;
	}
	return status;
}

/* ---- unset ---- */

static int unset_variable(struct shell *sh, const char *name)
{
	struct symbol *symbol = symbol_find(&sh->symbols, name, strlen(name));

	return symbol && variable_unset(sh, symbol, variable_place(sh, symbol, name)) < 0 ? 1 : 0;
}

int builtin_unset(struct shell *sh, int argc, char **argv, enum control *control)
{
	struct builtin_options options = { .next = 1 };
	bool is_function = false, is_variable = false;
	int letter, status = 0;

	(void)control;
	while ((letter = builtin_option(sh, argc, argv, "fv", &options)) != -1) {
		if (letter == '?')
			return 2;
		is_function = letter == 'f';
		is_variable = letter == 'v';
	}
	for (int i = options.next; i < argc; i++) {
		const char *name = argv[i];
		if (is_function) {
			(void)function_unset(sh, name);
		} else if (!is_name(name, strlen(name))) {
			status = builtin_error_at(
				sh, name, "%s: is no name of a variable", *name ? name : "\"\"");
		} else {
			/* Without -v and -f a variable of that name goes first. */
			struct symbol *symbol = symbol_find(&sh->symbols, name, strlen(name));
			bool has_variable = symbol && (variable_is_set(&symbol->variable) ||
							      symbol->variable.flags != 0);
			if (!is_variable && !has_variable)
				(void)function_unset(sh, name);
			else
				status |= unset_variable(sh, name);
		}
	}
	return status;
}
