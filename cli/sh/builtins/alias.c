/* SPDX-License-Identifier: MIT */
#include "sh/alias.h"
#include "sh/builtins/list.h"
#include "sh/print.h"

#include <string.h>

static void show(struct shell *sh, const struct symbol *symbol)
{
	struct text line = { 0 };

	print_quoted(&line, symbol->name);
	text_string(&line, "=");
	print_always_quoted(&line, symbol->alias);
	text_string(&line, "\n");
	output_bytes(sh, line.bytes, line.length);
	text_done(&line);
}

static int show_all(struct shell *sh)
{
	size_t n;
	struct symbol **list = alias_list(sh, &n);

	symbols_sort(list, n);
	for (size_t i = 0; i < n; i++)
		show(sh, list[i]);
	return 0;
}

int builtin_alias(struct shell *sh, int argc, char **argv, enum control *control)
{
	struct builtin_options options = { .next = 1 };
	int status = 0;

	(void)control;
	if (builtin_option(sh, argc, argv, "", &options) == '?')
		return 2;
	if (options.next == argc)
		return show_all(sh);
	for (int i = options.next; i < argc; i++) {
		const char *word = argv[i];
		size_t length = strcspn(word, "=");
		if (word[length] == '=') {
			if (length == 0 || !alias_is_name(word, length)) {
				status = builtin_error_at(
					sh, word, "%s: is no name of an alias", word);
				continue;
			}
			alias_set(sh, word, length, word + length + 1);
			continue;
		}
		const struct symbol *symbol = symbol_find(&sh->symbols, word, length);
		if (symbol && symbol->alias)
			show(sh, symbol);
		else
			status = builtin_error_at(sh, word, "%s: there is no such alias", word);
	}
	return status;
}

int builtin_unalias(struct shell *sh, int argc, char **argv, enum control *control)
{
	struct builtin_options options = { .next = 1 };
	bool is_all = false;
	int letter, status = 0;

	(void)control;
	while ((letter = builtin_option(sh, argc, argv, "a", &options)) != -1) {
		if (letter == '?')
			return 2;
		is_all = true;
	}
	if (is_all)
		alias_remove_all(sh);
	else if (options.next == argc)
		return builtin_usage(sh, "an operand is missing");
	for (int i = options.next; i < argc; i++) {
		if (alias_remove(sh, argv[i]) < 0)
			status = builtin_error_at(
				sh, argv[i], "%s: there is no such alias", argv[i]);
	}
	return status;
}
