/* SPDX-License-Identifier: MIT */
#include "sh/stage.h"

#include "sh/expand.h"
#include "sh/interp.h"
#include "sh/redirect.h"
#include "sh/simple.h"
#include "sh/subshell.h"
#include "sh/undo.h"

/* ---- in a child of ours ---- */

struct body {
	struct shell *sh;
	const struct node *node;
	bool ignores_interrupts;
};

static int run_body(void *data)
{
	const struct body *body = data;

	return subshell_run(body->sh, body->node, body->ignores_interrupts);
}

static void start_child(
	struct shell *sh, struct launch *launch, const struct node *node, struct stage_ends ends)
{
	struct body body = { sh, node, launch->is_async && !jobs_have_groups(sh) };
	struct brood_cmd cmd = BROOD_CMD(.function = run_body, .function_data = &body);

	if (ends.in == STAGE_NULL)
		cmd.in = brood_null();
	else if (ends.in != STAGE_INHERITS)
		cmd.in = brood_fd(ends.in);
	if (ends.out != STAGE_INHERITS)
		cmd.out = brood_fd(ends.out);
	(void)launch_start(sh, launch, &cmd);
}

/* ---- a program at once ---- */

/* Whether what it expands to is the same here: a command substitution would read another standard
   input, and hold up what is to run beside it. What it assigns is undone. */
static bool word_is_plain(const struct word *word)
{
	for (uint32_t i = 0; i < word->n_parts; i++) {
		const struct part *part = &word->parts[i];
		if (part->kind == PART_COMMAND)
			return false;
		if (part->kind == PART_PARAMETER && part->parameter->word &&
			!word_is_plain(part->parameter->word))
			return false;
		if (part->kind == PART_ARITHMETIC && !part->arithmetic->tree)
			return false;
	}
	return true;
}

static bool words_are_plain(const struct simple_node *node)
{
	for (uint32_t i = 0; i < node->n_words; i++) {
		if (!word_is_plain(node->words[i]))
			return false;
	}
	for (uint32_t i = 0; i < node->n_assignments; i++) {
		if (!word_is_plain(node->assignments[i].value))
			return false;
	}
	for (const struct redirection *r = node->node.redirections; r; r = r->next) {
		if (!word_is_plain(r->word) || (r->body && !word_is_plain(r->body)))
			return false;
	}
	return true;
}

static bool is_program(struct shell *sh, const struct node *node)
{
	const struct simple_node *simple = (const struct simple_node *)node;

	if (node->kind != NODE_SIMPLE || simple->n_words == 0 || !simple->words[0]->literal)
		return false;
	const struct symbol *symbol = symbol_find(
		&sh->symbols, simple->words[0]->literal, simple->words[0]->literal_length);
	return !(symbol && (symbol->builtin || symbol->function)) && words_are_plain(simple);
}

static int prepare(struct shell *sh, const struct simple_node *node, struct redirect_plan *plan,
	struct brood_cmd *cmd)
{
	struct fields fields;

	sh->frame.place = node->node.place;
	fields_init(&fields, &sh->scratch);
	if (expand_words(sh, node->words, node->n_words, &fields) < 0)
		return EXTERNAL_FATAL;
	struct call call = { .node = node, .argv = fields_end(&fields), .argc = fields.n };
	return external_prepare(sh, &call, plan, cmd);
}

static int end_with(void *data)
{
	const int *status = data;

	return *status;
}

/* What cannot be started. Of what is asynchronous $! has to name something all the same, for which
   `wait` has that status. */
static void start_failed(struct shell *sh, struct launch *launch, int status)
{
	struct brood_cmd cmd = BROOD_CMD(.function = end_with, .function_data = &status);

	if (launch->is_async)
		(void)launch_start(sh, launch, &cmd);
	else
		launch_add(sh, launch, status);
}

/* Returns whether it was done; else it needs a child. */
static bool start_program(struct shell *sh, struct launch *launch, const struct simple_node *node,
	struct stage_ends ends)
{
	struct brood_cmd cmd = BROOD_CMD_INIT;
	struct redirect_plan plan;
	int old_status = sh->status;

	redirect_plan_init(&plan);
	plan.must_not_block = true;
	if (ends.in >= 0)
		plan.base[0] = ends.in;
	if (ends.out >= 0)
		plan.base[1] = ends.out;
	undo_begin(sh);
	int status = prepare(sh, node, &plan, &cmd);
	if (status == EXTERNAL_FATAL)
		status = sh->status ? sh->status : 1;
	undo_end(sh);
	if (status == 0) {
		if (ends.in == STAGE_NULL && cmd.in.kind == BROOD_IO_INHERIT)
			cmd.in = brood_null();
		status = launch_start(sh, launch, &cmd);
		if (status != 0)
			launch->n--;
	}
	if (status != 0 && status != EXTERNAL_BLOCKS)
		start_failed(sh, launch, status);
	redirect_plan_done(&plan);
	sh->status = old_status;
	return status != EXTERNAL_BLOCKS;
}

void stage_start(
	struct shell *sh, struct launch *launch, const struct node *node, struct stage_ends ends)
{
	if (is_program(sh, node) &&
		start_program(sh, launch, (const struct simple_node *)node, ends))
		return;
	start_child(sh, launch, node, ends);
}
