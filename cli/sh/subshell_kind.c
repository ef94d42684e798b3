/* SPDX-License-Identifier: MIT */
/* Whether a subshell needs a process: decided from the tree and the symbols alone. */
#include "sh/builtins.h"
#include "sh/builtins/list.h"
#include "sh/interp.h"
#include "sh/jobs.h"
#include "sh/subshell.h"
#include "sh/traps.h"

#include <string.h>

/* Functions that call functions are followed so far. */
#define DEEPEST_CALL 8

struct look {
	struct shell *sh;
	bool is_collected;
	int calls;
};

static bool is_harmless(struct look *look, const struct node *node, bool is_tail);

/* ---- redirections ---- */

static bool leads_to_output(const struct redirection *redirection)
{
	const char *target = redirection->word->literal;

	if (redirection->kind != REDIRECTION_COPY_OUT && redirection->kind != REDIRECTION_COPY_IN)
		return false;
	/* To itself, elsewhere, or nowhere, is fine. */
	return !target || strcmp(target, "1") == 0;
}

/* Of what runs in the shell. What is collected has no descriptor that could be copied; one that is
   redirected before has. */
static bool redirections_are_harmless(const struct look *look, const struct redirection *list)
{
	for (; look->is_collected && list; list = list->next) {
		if (leads_to_output(list))
			return false;
	}
	return true;
}

/* ---- simple commands ---- */

static bool words_are_harmless(
	struct look *look, const struct simple_node *node, uint32_t first, bool is_tail);

/* command [-p] [--] name, command -v, command -V */
static bool command_is_harmless(
	struct look *look, const struct simple_node *node, uint32_t first, bool is_tail)
{
	for (uint32_t i = first + 1; i < node->n_words; i++) {
		const char *word = node->words[i]->literal;
		if (!word)
			return false;
		if (strcmp(word, "-v") == 0 || strcmp(word, "-V") == 0)
			return true;
		if (strcmp(word, "--") != 0 && strcmp(word, "-p") != 0)
			return word[0] != '-' && words_are_harmless(look, node, i, is_tail);
	}
	return true;
}

/* set -m cannot be undone. */
static bool set_is_harmless(const struct simple_node *node, uint32_t first)
{
	for (uint32_t i = first + 1; i < node->n_words; i++) {
		const char *word = node->words[i]->literal;
		if (!word)
			continue;
		if (strcmp(word, "--") == 0)
			return true;
		if (strcmp(word, "monitor") == 0 || (word[0] == '-' && strchr(word, 'm')))
			return false;
	}
	return true;
}

static bool function_is_harmless(struct look *look, const struct function *function, bool is_tail)
{
	if (look->calls >= DEEPEST_CALL)
		return false;
	look->calls++;
	bool is = is_harmless(look, function->node->body, is_tail);
	look->calls--;
	return is;
}

static bool words_are_harmless(
	struct look *look, const struct simple_node *node, uint32_t first, bool is_tail)
{
	const struct word *word = node->words[first];

	if (!word->literal)
		return false;
	const struct symbol *symbol = symbol_find(
		&look->sh->symbols, word->literal, word->literal_length);
	const struct builtin *builtin = symbol ? symbol->builtin : NULL;
	bool is_special = builtin && builtin->kind == BUILTIN_SPECIAL;
	bool is_function = symbol && symbol->function && !is_special && first == 0;
	if (!builtin && !is_function)
		return !look->is_collected || is_tail;
	if (!redirections_are_harmless(look, node->node.redirections))
		return false;
	if (is_function)
		return function_is_harmless(look, symbol->function, is_tail);
	if (builtin->run == builtin_command)
		return command_is_harmless(look, node, first, is_tail);
	if (builtin->run == builtin_set && !set_is_harmless(node, first))
		return false;
	return builtin->flags & BUILTIN_HARMLESS;
}

static bool simple_is_harmless(struct look *look, const struct simple_node *node, bool is_tail)
{
	if (node->n_words == 0)
		return redirections_are_harmless(look, node->node.redirections);
	return words_are_harmless(look, node, 0, is_tail);
}

/* ---- the others ---- */

static bool case_is_harmless(struct look *look, const struct case_node *node, bool is_tail)
{
	for (const struct case_item *item = node->items; item; item = item->next) {
		bool is_end = is_tail && item->end == CASE_BREAK;
		if (item->body && !is_harmless(look, item->body, is_end))
			return false;
	}
	return true;
}

static bool if_is_harmless(struct look *look, const struct if_node *node, bool is_tail)
{
	return is_harmless(look, node->condition, false) &&
	       is_harmless(look, node->body, is_tail) &&
	       (!node->otherwise || is_harmless(look, node->otherwise, is_tail));
}

static bool list_is_harmless(struct look *look, const struct node *node, bool is_tail)
{
	while (node->kind == NODE_SEQUENCE || node->kind == NODE_AND || node->kind == NODE_OR) {
		const struct binary_node *list = (const struct binary_node *)node;
		if (!is_harmless(look, list->left, false))
			return false;
		node = list->right;
	}
	return is_harmless(look, node, is_tail);
}

static bool pipeline_is_harmless(struct look *look, const struct pipeline_node *node, bool is_tail)
{
	if (node->n == 1)
		return is_harmless(look, node->commands[0], is_tail);
	return !look->is_collected || is_tail;
}

static bool kind_is_harmless(struct look *look, const struct node *node, bool is_tail)
{
	const struct group_node *group = (const struct group_node *)node;
	const struct while_node *loop = (const struct while_node *)node;

	switch ((enum node_kind)node->kind) {
	case NODE_SIMPLE:
		return simple_is_harmless(look, (const struct simple_node *)node, is_tail);
	case NODE_PIPELINE:
		return pipeline_is_harmless(look, (const struct pipeline_node *)node, is_tail);
	case NODE_AND:
	case NODE_OR:
	case NODE_SEQUENCE:
		return list_is_harmless(look, node, is_tail);
	case NODE_GROUP:
		return is_harmless(look, group->body, is_tail);
	case NODE_SUBSHELL:
		/* It sees for itself whether it needs a process. */
		return !look->is_collected || is_harmless(look, group->body, is_tail);
	case NODE_FOR:
		return is_harmless(look, ((const struct for_node *)node)->body, false);
	case NODE_CASE:
		return case_is_harmless(look, (const struct case_node *)node, is_tail);
	case NODE_IF:
		return if_is_harmless(look, (const struct if_node *)node, is_tail);
	case NODE_WHILE:
		return is_harmless(look, loop->condition, false) &&
		       is_harmless(look, loop->body, false);
	case NODE_ASYNC:
	case NODE_FUNCTION:
		break;
	}
	return false;
}

static bool is_harmless(struct look *look, const struct node *node, bool is_tail)
{
	if (node->kind != NODE_SIMPLE && !redirections_are_harmless(look, node->redirections))
		return false;
	return kind_is_harmless(look, node, is_tail);
}

enum subshell_kind subshell_kind(struct shell *sh, const struct node *node, bool is_collected,
	uint8_t *cache, uint32_t *cache_generation)
{
	struct look look = { sh, is_collected, 0 };

	/* A signal would have to end the subshell alone; and jobs need processes. */
	if (jobs_have_groups(sh) || traps_signals_are_set(sh))
		return SUBSHELL_PROCESS;
	if (*cache != SUBSHELL_UNKNOWN && *cache_generation == sh->kind_generation)
		return (enum subshell_kind) * cache;
	/* The subshell itself is what is asked about, not one in it. */
	const struct node *body = node;
	if (node && node->kind == NODE_SUBSHELL && !is_collected) {
		if (!redirections_are_harmless(&look, node->redirections))
			return SUBSHELL_PROCESS;
		body = ((const struct group_node *)node)->body;
	}
	*cache = !body || is_harmless(&look, body, true) ? SUBSHELL_HERE : SUBSHELL_PROCESS;
	*cache_generation = sh->kind_generation;
	return (enum subshell_kind) * cache;
}
