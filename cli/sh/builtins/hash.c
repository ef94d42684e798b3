/* SPDX-License-Identifier: MIT */
#include "sh/builtins/list.h"
#include "sh/interp.h"

#include <string.h>

static int list(struct shell *sh)
{
	size_t position = 0;
	const struct symbol *symbol;

	while ((symbol = symbols_next(&sh->symbols, &position)) != NULL) {
		if (symbol->path)
			output_format(sh, "%s\n", symbol->path);
	}
	return 0;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): all built-ins look alike */
int builtin_hash(struct shell *sh, int argc, char **argv, enum control *control)
{
	struct builtin_options options = { .next = 1 };
	bool forgets = false;
	int letter, status = 0;

	(void)control;
	while ((letter = builtin_option(sh, argc, argv, "r", &options)) != -1) {
		if (letter == '?')
			return 2;
		forgets = true;
	}
	if (forgets)
		command_forget(sh);
	else if (options.next >= argc)
		return list(sh);
	for (int i = options.next; i < argc; i++) {
		const struct symbol *symbol = symbol_find(&sh->symbols, argv[i], strlen(argv[i]));
		const char *path;
		if (symbol && (symbol->builtin || symbol->function))
			continue;
		if (command_find(sh, argv[i], 0, &path) != 0)
			status = builtin_error_at(sh, argv[i], "%s: not found", argv[i]);
	}
	return status;
}
