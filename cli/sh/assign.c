/* SPDX-License-Identifier: MIT */
#include "sh/assign.h"

#include "sh/expand.h"

#include <stdint.h>
#include <string.h>

static struct symbol *symbol_of(struct shell *sh, const struct assignment *assignment)
{
	struct assignment *own = (struct assignment *)(uintptr_t)assignment;
	struct symbol *symbol = symbol_cached(&sh->symbols, &own->cache, &own->cache_generation,
		assignment->name, assignment->name_length);

	if (!symbol) {
		symbol = symbol_get(&sh->symbols, assignment->name, assignment->name_length);
		own->cache = symbol;
		own->cache_generation = sh->symbols.generation;
	}
	return symbol;
}

int assign_lasting(struct shell *sh, const struct simple_node *node)
{
	int r = 0;

	for (uint32_t i = 0; node && i < node->n_assignments && r == 0; i++)
		r = expand_assignment(
			sh, &node->assignments[i], symbol_of(sh, &node->assignments[i]));
	return r;
}

/* ---- for a while ---- */

int assign_begin(struct shell *sh, const struct simple_node *node, bool is_exported,
	struct assigned *assigned)
{
	uint32_t n = node ? node->n_assignments : 0;
	int r = 0;

	*assigned = (struct assigned){ 0 };
	if (n == 0)
		return 0;
	assigned->symbols = arena_get(&sh->scratch, n * sizeof *assigned->symbols);
	assigned->saved = arena_get(&sh->scratch, n * sizeof *assigned->saved);
	for (uint32_t i = 0; i < n && r == 0; i++) {
		struct symbol *symbol = symbol_of(sh, &node->assignments[i]);
		variable_save(sh, symbol, &assigned->saved[i]);
		assigned->symbols[i] = symbol;
		assigned->n++;
		r = expand_assignment(sh, &node->assignments[i], symbol);
		if (r == 0 && is_exported)
			variable_mark(sh, symbol, VARIABLE_EXPORTED);
	}
	return r;
}

void assign_end(struct shell *sh, struct assigned *assigned)
{
	while (assigned->n > 0) {
		size_t i = --assigned->n;
		variable_restore(sh, assigned->symbols[i], &assigned->saved[i]);
	}
}

/* ---- as text ---- */

static char *entry_of(
	struct shell *sh, const struct assignment *assignment, const char *value, size_t length)
{
	size_t name_length = assignment->name_length;
	char *entry = arena_get(&sh->scratch, name_length + length + 2);

	memcpy(entry, assignment->name, name_length);
	entry[name_length] = '=';
	memcpy(entry + name_length + 1, value, length);
	entry[name_length + 1 + length] = '\0';
	return entry;
}

char **assign_texts(struct shell *sh, const struct simple_node *node)
{
	uint32_t n = node ? node->n_assignments : 0;
	char **texts = arena_get(&sh->scratch, (n + 1) * sizeof *texts);

	for (uint32_t i = 0; i < n; i++) {
		size_t length = 0;
		const char *value = variable_value(
			sh, symbol_of(sh, &node->assignments[i]), &length);
		texts[i] = entry_of(sh, &node->assignments[i], value ? value : "", length);
	}
	texts[n] = NULL;
	return texts;
}

/* Whether a value can depend on what is assigned before it. */
static bool depend_on_each_other(const struct simple_node *node)
{
	for (uint32_t i = 1; i < node->n_assignments; i++) {
		if (!node->assignments[i].value->literal)
			return true;
	}
	return false;
}

static bool one_is_readonly(struct shell *sh, const struct simple_node *node)
{
	for (uint32_t i = 0; i < node->n_assignments; i++) {
		const struct symbol *symbol = symbol_find(
			&sh->symbols, node->assignments[i].name, node->assignments[i].name_length);
		if (symbol && symbol->variable.flags & VARIABLE_READONLY)
			return true;
	}
	return false;
}

int assign_entries(struct shell *sh, const struct simple_node *node, char ***ret_entries)
{
	if (depend_on_each_other(node) || one_is_readonly(sh, node)) {
		struct assigned assigned;
		int r = assign_begin(sh, node, false, &assigned);
		if (r == 0)
			*ret_entries = assign_texts(sh, node);
		assign_end(sh, &assigned);
		return r;
	}
	char **entries = arena_get(&sh->scratch, (node->n_assignments + 1) * sizeof *entries);
	for (uint32_t i = 0; i < node->n_assignments; i++) {
		const struct assignment *assignment = &node->assignments[i];
		const char *text;
		size_t length;
		if (expand_string(sh, assignment->value, &text, &length) < 0)
			return -1;
		entries[i] = entry_of(sh, assignment, text, length);
	}
	entries[node->n_assignments] = NULL;
	*ret_entries = entries;
	return 0;
}
