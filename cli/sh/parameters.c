/* SPDX-License-Identifier: MIT */
/* $1, $2, ... */
#include "common/memory.h"
#include "sh/shell.h"
#include "sh/undo.h"

#include <stdlib.h>
#include <string.h>

void parameters_free(struct parameters *parameters)
{
	for (uint32_t i = 0; i < parameters->n && !parameters->is_borrowed; i++)
		free(parameters->items[i]);
	if (!parameters->is_borrowed)
		free(parameters->items);
	memset(parameters, 0, sizeof *parameters);
}

static struct parameters copy_items(char *const *items, uint32_t n)
{
	struct parameters copy = { .n = n };

	if (n > 0)
		copy.items = memory_get(n * sizeof *copy.items);
	for (uint32_t i = 0; i < n; i++)
		copy.items[i] = memory_copy(items[i], strlen(items[i]));
	return copy;
}

struct parameters parameters_copy(const struct parameters *parameters)
{
	return copy_items(
		parameters->items + parameters->shifted, parameters->n - parameters->shifted);
}

void parameters_set(struct shell *sh, char *const *items, uint32_t n)
{
	undo_save_parameters(sh);
	/* The new ones may be some of the old ones. */
	struct parameters copy = copy_items(items, n);
	copy.undo_level = sh->parameters.undo_level;
	parameters_free(&sh->parameters);
	sh->parameters = copy;
}

const char *parameters_get(const struct shell *sh, uint32_t number)
{
	const struct parameters *parameters = &sh->parameters;

	if (number == 0 || number > parameters->n - parameters->shifted)
		return NULL;
	return parameters->items[parameters->shifted + number - 1];
}

uint32_t parameters_count(const struct shell *sh)
{
	return sh->parameters.n - sh->parameters.shifted;
}

int parameters_shift(struct shell *sh, uint32_t n)
{
	if (n > parameters_count(sh))
		return -1;
	if (n > 0)
		undo_save_parameters(sh);
	sh->parameters.shifted += n;
	return 0;
}

struct parameters parameters_begin_function(struct shell *sh, char **argv, uint32_t n)
{
	struct parameters old = sh->parameters;

	/* Those of a call are gone when an undo gets there: they need not be saved for it. */
	sh->parameters = (struct parameters){
		.items = argv + 1, .n = n, .is_borrowed = true, .undo_level = undo_level(sh)
	};
	return old;
}

void parameters_end_function(struct shell *sh, struct parameters old)
{
	parameters_free(&sh->parameters);
	sh->parameters = old;
}
