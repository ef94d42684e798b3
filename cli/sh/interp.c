/* SPDX-License-Identifier: MIT */
/* The tree is run: lists, conditions, groups. */
#include "sh/interp.h"

#include "sh/redirect.h"
#include "sh/subshell.h"
#include "sh/traps.h"
#include "sh/undo.h"

#include <sys/auxv.h>
#include <sys/resource.h>

/* What is left of the stack for what runs no commands itself: 1000 nested expansions, or a parser
   on top of them. */
#define STACK_RESERVE ((size_t)2 << 20)
/* Where there is no limit. */
#define STACK_UNLIMITED ((size_t)64 << 20)
/* What is left for functions that call none of their kind; of a small stack a quarter. */
#define STACK_FLOOR ((size_t)128 << 10)

/* Arguments and environment lie on the stack too, up to a quarter of it. */
static uintptr_t stack_begin(void)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	uintptr_t top = (uintptr_t)getauxval(AT_EXECFN);

	return top > here && top - here < STACK_UNLIMITED ? top : here;
}

void run_begin(struct shell *sh)
{
	struct rlimit limit;
	size_t size = STACK_UNLIMITED;

	if (getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur < size)
		size = (size_t)limit.rlim_cur;
	size_t floor = size / 4 < STACK_FLOOR ? size / 4 : STACK_FLOOR;
	sh->stack_floor = stack_begin() - (size - floor);
	size = size > 2 * STACK_RESERVE ? size - STACK_RESERVE : size / 2;
	sh->stack_end = stack_begin() - size;
}

bool run_is_too_deep(struct shell *sh, struct place place)
{
	if ((uintptr_t)__builtin_frame_address(0) > sh->stack_end)
		return false;
	if (sh->functions > 0)
		shell_error(sh, place,
			"too deep: %d calls of functions within each other, and no room for more",
			sh->functions);
	else
		shell_error(sh, place, "too deep: no room for more commands within each other");
	sh->status = 2;
	return true;
}

bool run_may_replace(const struct shell *sh, unsigned flags)
{
	bool has_jobs = sh->is_interactive || sh->options[OPTION_MONITOR];

	return flags & RUN_LAST && (!has_jobs || sh->is_forked) && !sh->out.capture &&
	       undo_level(sh) == 0 && !traps_are_set(sh);
}

enum control run_errexit(struct shell *sh, enum control control)
{
	if (traps_pending && control == CONTROL_NONE)
		control = traps_run(sh);
	if (sh->status != 0 && control == CONTROL_NONE && sh->tested == 0 &&
		sh->options[OPTION_ERREXIT])
		return CONTROL_EXIT;
	return control;
}

enum control run_tested(struct shell *sh, const struct node *node)
{
	sh->tested++;
	enum control control = run_node(sh, node, 0);
	sh->tested--;
	return control;
}

/* left ; right and left & right. */
static enum control run_list(struct shell *sh, const struct node *node, unsigned flags)
{
	while (node->kind == NODE_SEQUENCE || node->kind == NODE_ASYNC) {
		const struct binary_node *list = (const struct binary_node *)node;
		enum control control = node->kind == NODE_ASYNC ? run_async(sh, list->left)
								: run_node(sh, list->left, 0);
		if (control != CONTROL_NONE || !list->right)
			return control;
		node = list->right;
	}
	return run_node(sh, node, flags);
}

static bool is_and_or(const struct node *node)
{
	return (node->kind == NODE_AND || node->kind == NODE_OR) && !node->redirections;
}

/* The list leans to the right; an operator decides on what follows it by the last status. */
static enum control run_and_or(struct shell *sh, const struct node *node, unsigned flags)
{
	bool is_due = true;

	while (is_and_or(node)) {
		const struct binary_node *list = (const struct binary_node *)node;
		enum control control = is_due ? run_tested(sh, list->left) : CONTROL_NONE;
		if (control != CONTROL_NONE)
			return control;
		is_due = (sh->status == 0) == (node->kind == NODE_AND);
		node = list->right;
	}
	return is_due ? run_node(sh, node, flags) : CONTROL_NONE;
}

static enum control run_if(struct shell *sh, const struct if_node *node, unsigned flags)
{
	for (;;) {
		enum control control = run_tested(sh, node->condition);
		if (control != CONTROL_NONE)
			return control;
		if (sh->status == 0)
			return run_node(sh, node->body, flags);
		if (!node->otherwise) {
			sh->status = 0;
			return CONTROL_NONE;
		}
		const struct if_node *next = (const struct if_node *)node->otherwise;
		if (next->node.kind != NODE_IF || !next->is_elif)
			return run_node(sh, &next->node, flags);
		node = next;
	}
}

static enum control run_kind(struct shell *sh, const struct node *node, unsigned flags)
{
	switch ((enum node_kind)node->kind) {
	case NODE_SIMPLE:
		return run_simple(sh, (const struct simple_node *)node, flags);
	case NODE_PIPELINE:
		return run_pipeline(sh, (const struct pipeline_node *)node, flags);
	case NODE_AND:
	case NODE_OR:
		return run_and_or(sh, node, flags);
	case NODE_SEQUENCE:
	case NODE_ASYNC:
		return run_list(sh, node, flags);
	case NODE_GROUP:
		return run_node(sh, ((const struct group_node *)node)->body, flags);
	case NODE_SUBSHELL:
		return run_subshell(sh, (const struct group_node *)node, flags);
	case NODE_FOR:
		return run_for(sh, (const struct for_node *)node);
	case NODE_CASE:
		return run_case(sh, (const struct case_node *)node, flags);
	case NODE_IF:
		return run_if(sh, (const struct if_node *)node, flags);
	case NODE_WHILE:
		return run_while(sh, (const struct while_node *)node);
	case NODE_FUNCTION:
		function_define(sh, (const struct function_node *)node);
		sh->status = 0;
		break;
	}
	return CONTROL_NONE;
}

/* A compound command with redirections behind it. */
static enum control run_redirected(struct shell *sh, const struct node *node, unsigned flags)
{
	struct arena_mark mark = arena_mark(&sh->scratch);
	struct saved_fds saved;
	enum control control = CONTROL_NONE;

	sh->frame.place = node->place;
	int r = redirect_begin(sh, node->redirections, false, &saved);
	if (r == 0)
		control = run_kind(sh, node, flags);
	else if (r == REDIRECT_FATAL)
		control = shell_abort(sh);
	else
		sh->status = 1;
	redirect_end(sh, &saved);
	arena_release(&sh->scratch, mark);
	return r < 0 ? run_errexit(sh, control) : control;
}

enum control run_node(struct shell *sh, const struct node *node, unsigned flags)
{
	enum control control;

	if (node->kind == NODE_SIMPLE)
		return run_simple(sh, (const struct simple_node *)node, flags);
	if (run_is_too_deep(sh, node->place))
		return shell_abort(sh);
	if (node->redirections && node->kind != NODE_SUBSHELL)
		control = run_redirected(sh, node, flags);
	else
		control = run_kind(sh, node, flags);
	return control;
}
