/* SPDX-License-Identifier: MIT */
/* Whether a subshell needs a process: decided from the tree and the symbols alone. */
#include "sh/builtins.h"
#include "sh/builtins/list.h"
#include "sh/interp.h"
#include "sh/jobs.h"
#include "sh/parser.h"
#include "sh/subshell.h"
#include "sh/traps.h"

#include <string.h>

/* Functions that call functions are followed so far. */
#define DEEPEST_CALL 8

struct look {
	struct shell *sh;
	bool is_collected;
	bool is_quick; /* whether it is quick is what is asked */
	int calls;
};

static bool is_harmless(struct look *look, const struct node *node, bool is_tail);

/* ---- words ---- */

static bool word_is_quick(const struct look *look, const struct word *word);

static bool part_is_quick(const struct look *look, const struct part *part)
{
	struct look inner = *look;

	switch ((enum part_kind)part->kind) {
	case PART_PARAMETER:
		return !part->parameter->word || word_is_quick(look, part->parameter->word);
	case PART_ARITHMETIC:
		return word_is_quick(look, part->arithmetic->text);
	case PART_COMMAND:
		inner.is_collected = true;
		return substitution_is_parsed(look->sh, part->command) &&
		       (!part->command->body || is_harmless(&inner, part->command->body, false));
	case PART_LITERAL:
	case PART_TEXT:
	case PART_TILDE:
		break;
	}
	return true;
}

/* What is not asked for being quick sees for itself what its words need. */
static bool word_is_quick(const struct look *look, const struct word *word)
{
	if (shell_is_at_floor(look->sh))
		return false;
	for (uint32_t i = 0; look->is_quick && i < word->n_parts; i++) {
		if (!part_is_quick(look, &word->parts[i]))
			return false;
	}
	return true;
}

/* ---- redirections ---- */

static bool leads_to_output(const struct redirection *redirection)
{
	const char *target = redirection->word->literal;

	if (redirection->kind != REDIRECTION_COPY_OUT && redirection->kind != REDIRECTION_COPY_IN)
		return false;
	/* To itself, elsewhere, or nowhere, is fine. */
	return !target || strcmp(target, "1") == 0;
}

/* A FIFO would have to be waited for. */
static bool target_is_quick(const struct look *look, const struct redirection *redirection)
{
	const char *name = redirection->word->literal;

	if (redirection->kind == REDIRECTION_HERE)
		return word_is_quick(look, redirection->body);
	if (redirection->kind == REDIRECTION_COPY_IN || redirection->kind == REDIRECTION_COPY_OUT)
		return word_is_quick(look, redirection->word);
	return !look->is_quick || (name && strcmp(name, "/dev/null") == 0);
}

static bool targets_are_quick(const struct look *look, const struct redirection *list)
{
	while (list && target_is_quick(look, list))
		list = list->next;
	return !list;
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

/* What a word begins with, whatever is in the variables; '\0': that cannot be told. */
static char first_character(const struct word *word)
{
	if (word->literal)
		return word->literal[0];
	bool is_text = word->n_parts > 0 && word->parts[0].kind == PART_LITERAL;
	return is_text && word->parts[0].length > 0 ? word->parts[0].text[0] : '\0';
}

/* set -m cannot be undone. */
static bool set_is_harmless(const struct simple_node *node, uint32_t first)
{
	bool has_o = false; /* the name of an option follows */

	for (uint32_t i = first + 1; i < node->n_words; i++) {
		const char *word = node->words[i]->literal;
		char begin = first_character(node->words[i]);
		bool is_option = begin == '-' || begin == '+';
		if (word ? strcmp(word, "--") == 0 : !is_option && begin != '\0' && !has_o)
			return true;
		if (!word || strcmp(word, "monitor") == 0 || (is_option && strchr(word, 'm')))
			return false;
		if (!is_option && !has_o)
			return true;
		has_o = is_option && strchr(word, 'o');
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
		return is_tail || !(look->is_collected || look->is_quick);
	if (!redirections_are_harmless(look, node->node.redirections))
		return false;
	if (is_function)
		return function_is_harmless(look, symbol->function, is_tail);
	if (builtin->run == builtin_command)
		return command_is_harmless(look, node, first, is_tail);
	if (builtin->run == builtin_set && !set_is_harmless(node, first))
		return false;
	if (builtin->run == builtin_read && look->is_quick)
		return false;
	return builtin->flags & BUILTIN_HARMLESS;
}

static bool simple_is_harmless(struct look *look, const struct simple_node *node, bool is_tail)
{
	for (uint32_t i = 0; i < node->n_words; i++) {
		if (!word_is_quick(look, node->words[i]))
			return false;
	}
	for (uint32_t i = 0; i < node->n_assignments; i++) {
		if (!word_is_quick(look, node->assignments[i].value))
			return false;
	}
	if (!targets_are_quick(look, node->node.redirections))
		return false;
	if (node->n_words == 0)
		return redirections_are_harmless(look, node->node.redirections);
	return words_are_harmless(look, node, 0, is_tail);
}

/* ---- the others ---- */

static bool case_is_harmless(struct look *look, const struct case_node *node, bool is_tail)
{
	if (!word_is_quick(look, node->word))
		return false;
	for (const struct case_item *item = node->items; item; item = item->next) {
		for (uint32_t i = 0; i < item->n_patterns; i++) {
			if (!word_is_quick(look, item->patterns[i]))
				return false;
		}
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
		return is_harmless(look, node->commands[0], is_tail && !look->is_quick);
	return !look->is_quick && (is_tail || !look->is_collected);
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
		return !(look->is_collected || look->is_quick) ||
		       is_harmless(look, group->body, is_tail);
	case NODE_FOR:
		return !look->is_quick &&
		       is_harmless(look, ((const struct for_node *)node)->body, false);
	case NODE_CASE:
		return case_is_harmless(look, (const struct case_node *)node, is_tail);
	case NODE_IF:
		return if_is_harmless(look, (const struct if_node *)node, is_tail);
	case NODE_WHILE:
		return !look->is_quick && is_harmless(look, loop->condition, false) &&
		       is_harmless(look, loop->body, false);
	case NODE_ASYNC:
	case NODE_FUNCTION:
		break;
	}
	return false;
}

static bool is_harmless(struct look *look, const struct node *node, bool is_tail)
{
	if (shell_is_at_floor(look->sh))
		return false;
	if (node->kind != NODE_SIMPLE && !(redirections_are_harmless(look, node->redirections) &&
						 targets_are_quick(look, node->redirections)))
		return false;
	return kind_is_harmless(look, node, is_tail);
}

static bool subshell_is_harmless(struct look *look, const struct node *node)
{
	if (!node)
		return true;
	/* The subshell itself is what is asked about, not one in it. */
	if (node->kind == NODE_SUBSHELL && !look->is_collected)
		return redirections_are_harmless(look, node->redirections) &&
		       targets_are_quick(look, node->redirections) &&
		       is_harmless(look, ((const struct group_node *)node)->body, true);
	return is_harmless(look, node, true);
}

static enum subshell_kind find_kind(struct shell *sh, const struct node *node, bool is_collected)
{
	struct look look = { .sh = sh, .is_collected = is_collected };

	if (!subshell_is_harmless(&look, node))
		return SUBSHELL_PROCESS;
	look.is_quick = true;
	return subshell_is_harmless(&look, node) ? SUBSHELL_QUICK : SUBSHELL_HERE;
}

/* The end of a process that is not there would run its action. */
static bool waits_for_children(const struct shell *sh)
{
	const char *action = traps_get(sh, SIGCHLD);

	return action && *action;
}

enum subshell_kind subshell_kind(struct shell *sh, const struct node *node, bool is_collected,
	uint8_t *cache, uint32_t *cache_generation)
{
	/* Jobs need processes. */
	if (jobs_have_groups(sh))
		return SUBSHELL_PROCESS;
	if (*cache == SUBSHELL_UNKNOWN || *cache_generation != sh->kind_generation) {
		*cache = (uint8_t)find_kind(sh, node, is_collected);
		*cache_generation = sh->kind_generation;
	}
	if (*cache == SUBSHELL_HERE && traps_signals_are_set(sh))
		return SUBSHELL_PROCESS;
	if (*cache == SUBSHELL_QUICK)
		return traps_signals_are_set(sh) && waits_for_children(sh) ? SUBSHELL_PROCESS
									   : SUBSHELL_HERE;
	return (enum subshell_kind) * cache;
}
