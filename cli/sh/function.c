/* SPDX-License-Identifier: MIT */
#include "common/memory.h"
#include "sh/interp.h"
#include "sh/undo.h"

#include <stdlib.h>
#include <string.h>

struct function *function_hold(struct function *function)
{
	function->references++;
	return function;
}

void function_drop(struct function *function)
{
	if (--function->references > 0)
		return;
	program_drop(function->program);
	free(function);
}

void function_define(struct shell *sh, const struct function_node *node)
{
	struct symbol *symbol = symbol_get(&sh->symbols, node->name, strlen(node->name));
	struct function *function = memory_get(sizeof *function);

	*function = (struct function){ 1, program_hold(sh->program), node };
	undo_save_function(sh, symbol);
	if (symbol->function)
		function_drop(symbol->function);
	symbol->function = function;
	sh->kind_generation++;
	if (sh->options[OPTION_HASHALL])
		function_look_up(sh, node->body);
}

int function_unset(struct shell *sh, const char *name)
{
	struct symbol *symbol = symbol_find(&sh->symbols, name, strlen(name));

	if (!symbol || !symbol->function)
		return -1;
	undo_save_function(sh, symbol);
	function_drop(symbol->function);
	symbol->function = NULL;
	symbol_review(&sh->symbols, symbol);
	sh->kind_generation++;
	return 0;
}

enum control function_call(
	struct shell *sh, struct function *function, char **argv, size_t argc, unsigned flags)
{
	struct frame frame = sh->frame;
	struct program *program = sh->program;
	int loops = sh->loops, loops_outside = sh->loops_outside;
	struct parameters parameters = parameters_begin_function(sh, argv, (uint32_t)(argc - 1));
	size_t locals = variable_begin_locals(sh);

	/* It may be defined anew, or unset, while it runs. */
	function_hold(function);
	sh->frame.source = function->program->source;
	sh->frame.call = NULL;
	sh->program = function->program;
	sh->loops = sh->loops_outside = 0;
	sh->functions++;
	enum control control = run_node(sh, function->node->body, flags);
	sh->functions--;
	sh->loops = loops;
	sh->loops_outside = loops_outside;
	sh->program = program;
	sh->frame = frame;
	variable_end_locals(sh, locals);
	parameters_end_function(sh, parameters);
	function_drop(function);
	return control == CONTROL_RETURN ? CONTROL_NONE : control;
}
