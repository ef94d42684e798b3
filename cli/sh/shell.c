/* SPDX-License-Identifier: MIT */
#include "sh/shell.h"

#include "common/memory.h"
#include "sh/builtins.h"
#include "sh/interp.h"
#include "sh/undo.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct shell *shell_new(void)
{
	struct shell *sh = memory_get(sizeof *sh);

	memset(sh, 0, sizeof *sh);
	sh->pid = getpid();
	sh->name = "sh";
	sh->substituted = -1;
	sh->out.fd = 1;
	symbols_init(&sh->symbols);
	builtins_begin(sh);
	return sh;
}

static void drop_functions(struct shell *sh)
{
	size_t position = 0;
	struct symbol *symbol;

	while ((symbol = symbols_next(&sh->symbols, &position)) != NULL) {
		if (symbol->function)
			function_drop(symbol->function);
		symbol->function = NULL;
	}
}

void shell_free(struct shell *sh)
{
	undo_free(sh);
	drop_functions(sh);
	for (size_t i = 0; i < sh->n_passed_on; i++)
		free(sh->passed_on[i]);
	free(sh->passed_on);
	free(sh->environment);
	free(sh->locals);
	free(sh->directory);
	parameters_free(&sh->parameters);
	text_done(&sh->out.text);
	arena_done(&sh->environment_arena);
	arena_done(&sh->scratch);
	symbols_done(&sh->symbols);
	free(sh);
}
