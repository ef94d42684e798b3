/* SPDX-License-Identifier: MIT */
#include "sh/alias.h"

#include "common/memory.h"
#include "sh/undo.h"

#include <stdlib.h>
#include <string.h>

struct symbol *alias_find(const struct shell *sh, const char *name, size_t length)
{
	if (!sh->has_aliases)
		return NULL;
	struct symbol *symbol = symbol_find(&sh->symbols, name, length);
	return symbol && symbol->alias ? symbol : NULL;
}

void alias_set(struct shell *sh, const char *name, size_t name_length, const char *value)
{
	struct symbol *symbol = symbol_get(&sh->symbols, name, name_length);

	undo_save_alias(sh, symbol);
	/* It may be given its own value. */
	char *copy = memory_copy(value, strlen(value));
	free(symbol->alias);
	symbol->alias = copy;
	sh->has_aliases = true;
}

int alias_remove(struct shell *sh, const char *name)
{
	struct symbol *symbol = alias_find(sh, name, strlen(name));

	if (symbol == NULL)
		return -1;
	undo_save_alias(sh, symbol);
	free(symbol->alias);
	symbol->alias = NULL;
	symbol_review(&sh->symbols, symbol);
	return 0;
}

struct symbol **alias_list(struct shell *sh, size_t *ret_n)
{
	struct symbol **list = arena_get(&sh->scratch, (sh->symbols.n + 1) * sizeof *list);
	struct symbol *symbol;
	size_t position = 0, n = 0;

	while ((symbol = symbols_next(&sh->symbols, &position)) != NULL) {
		if (symbol->alias)
			list[n++] = symbol;
	}
	*ret_n = n;
	return list;
}

void alias_remove_all(struct shell *sh)
{
	size_t n;
	/* The table must not change while it is gone through. */
	struct symbol **list = alias_list(sh, &n);

	for (size_t i = 0; i < n; i++)
		alias_remove(sh, list[i]->name);
}

bool alias_is_name(const char *name, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if ((unsigned char)name[i] <= ' ' || strchr("\"'\\$`&|;<>()=#", name[i]) != NULL)
			return false;
	}
	return length > 0;
}
