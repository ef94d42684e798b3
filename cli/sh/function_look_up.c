/* SPDX-License-Identifier: MIT */
/* set -h: what a function calls is looked for, and remembered, when it is defined. */
#include "sh/interp.h"

#include <string.h>

static void look_up_simple(struct shell *sh, const struct simple_node *node)
{
	const char *name = node->n_words > 0 ? node->words[0]->literal : NULL, *path;

	if (!name)
		return;
	const struct symbol *symbol = symbol_find(&sh->symbols, name, strlen(name));
	if (!symbol || (!symbol->builtin && !symbol->function))
		(void)command_find(sh, name, 0, &path);
}

static void look_up_if(struct shell *sh, const struct if_node *node)
{
	function_look_up(sh, node->condition);
	function_look_up(sh, node->body);
	function_look_up(sh, node->otherwise);
}

static void look_up_case(struct shell *sh, const struct case_node *node)
{
	for (const struct case_item *item = node->items; item; item = item->next)
		function_look_up(sh, item->body);
}

static void look_up_pipeline(struct shell *sh, const struct pipeline_node *node)
{
	for (uint32_t i = 0; i < node->n; i++)
		function_look_up(sh, node->commands[i]);
}

void function_look_up(struct shell *sh, const struct node *node)
{
	while (node) {
		const struct binary_node *list = (const struct binary_node *)node;
		const struct while_node *loop = (const struct while_node *)node;
		switch ((enum node_kind)node->kind) {
		case NODE_SIMPLE:
			look_up_simple(sh, (const struct simple_node *)node);
			return;
		case NODE_PIPELINE:
			look_up_pipeline(sh, (const struct pipeline_node *)node);
			return;
		case NODE_AND:
		case NODE_OR:
		case NODE_SEQUENCE:
		case NODE_ASYNC:
			function_look_up(sh, list->left);
			node = list->right;
			break;
		case NODE_GROUP:
		case NODE_SUBSHELL:
			node = ((const struct group_node *)node)->body;
			break;
		case NODE_FOR:
			node = ((const struct for_node *)node)->body;
			break;
		case NODE_CASE:
			look_up_case(sh, (const struct case_node *)node);
			return;
		case NODE_IF:
			look_up_if(sh, (const struct if_node *)node);
			return;
		case NODE_WHILE:
			function_look_up(sh, loop->condition);
			node = loop->body;
			break;
		case NODE_FUNCTION:
			return;
		}
	}
}
