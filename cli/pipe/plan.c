/* SPDX-License-Identifier: MIT */
#include "pipe/plan.h"

#include "common/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* A relay's pipes, where nothing else was asked for: what it takes to be as fast as none. */
#define RELAY_PIPE ((uint64_t)1 << 20)

struct maker {
	struct pipe_plan *plan;
	const struct pipe_config *config;
	struct pipe_problem *problem;
};

static size_t add_node(struct pipe_plan *plan, const struct pipe_stage *stage, const char *number)
{
	if ((plan->n_nodes & (plan->n_nodes - 1)) == 0)
		plan->nodes = memory_resize(
			plan->nodes, (plan->n_nodes ? plan->n_nodes * 2 : 1) * sizeof *plan->nodes);
	struct pipe_node *node = &plan->nodes[plan->n_nodes];
	*node = (struct pipe_node){ .stage = stage, .source = PIPE_NONE, .in = PIPE_NONE };
	snprintf(node->number, sizeof node->number, "%s", number);
	return plan->n_nodes++;
}

static void add_out(struct pipe_plan *plan, size_t writer, size_t link)
{
	struct pipe_node *node = &plan->nodes[writer];

	node->outs = memory_resize(node->outs, (node->n_outs + 1) * sizeof *node->outs);
	node->outs[node->n_outs++] = link;
}

static void join(struct pipe_plan *plan, size_t writer, size_t reader, uint64_t size)
{
	if ((plan->n_links & (plan->n_links - 1)) == 0)
		plan->links = memory_resize(
			plan->links, (plan->n_links ? plan->n_links * 2 : 1) * sizeof *plan->links);
	plan->links[plan->n_links] = (struct pipe_link){ size, writer, reader };
	add_out(plan, writer, plan->n_links);
	plan->nodes[reader].in = plan->n_links++;
	plan->nodes[reader].source = writer;
}

/* a, b, ..., z, aa, ab, ... */
static void branch_letters(size_t branch, char text[16])
{
	char reversed[16];
	size_t n = 0, length = 0;

	for (size_t rest = branch + 1; rest > 0 && n < sizeof reversed - 1; rest = (rest - 1) / 26)
		reversed[n++] = (char)('a' + (rest - 1) % 26);
	while (n > 0)
		text[length++] = reversed[--n];
	text[length] = '\0';
}

static void add_branch(struct pipe_plan *plan, const struct pipe_tee *tee, size_t branch)
{
	char letters[16], number[PIPE_NUMBER_SIZE];

	branch_letters(branch, letters);
	for (size_t i = 0; i < tee->line.n; i++) {
		if (tee->line.n == 1)
			snprintf(number, sizeof number, "%zu%s", tee->after + 1, letters);
		else
			snprintf(
				number, sizeof number, "%zu%s.%zu", tee->after + 1, letters, i + 1);
		add_node(plan, &tee->line.stages[i], number);
	}
}

static void add_stages(struct pipe_plan *plan, const struct pipe_config *config)
{
	size_t tee = 0;

	for (size_t i = 0; i < config->trunk.n; i++) {
		char number[PIPE_NUMBER_SIZE];
		snprintf(number, sizeof number, "%zu", i + 1);
		plan->last = add_node(plan, &config->trunk.stages[i], number);
		for (size_t branch = 0; tee < config->n_tees && config->tees[tee].after == i; tee++)
			add_branch(plan, &config->tees[tee], branch++);
	}
	plan->n_stages = plan->n_nodes;
}

/* The problem's text names the stage by itself: columns mean nothing here. */
static int refuse(const struct maker *maker, size_t node, const char *what, const char *why)
{
	return pipe_problem_set(
		maker->problem, 0, "stage %s: %s%s", maker->plan->nodes[node].number, what, why);
}

static int check_input(const struct maker *maker, size_t node, bool is_first)
{
	const struct pipe_stage *stage = maker->plan->nodes[node].stage;

	if (!stage->in_path || is_first)
		return 0;
	return refuse(maker, node, "<", " takes the place of what the stage in front of it writes");
}

/* What comes behind a stage: the next one of its line, branches, a relay for either. */
struct follow {
	size_t next; /* the next stage, PIPE_NONE: none */
	size_t tee;  /* the first branch */
	size_t n_tees;
	size_t branch; /* node of the first stage of the first branch */
	uint64_t rate;
};

static int check_output(const struct maker *maker, size_t node, const struct follow *follow)
{
	const struct pipe_stage *stage = maker->plan->nodes[node].stage;
	bool is_read = follow->next != PIPE_NONE;

	if (stage->out_path && is_read)
		return refuse(maker, node, ">",
			" leaves nothing for the next stage (--tee 'cat > FILE' writes both)");
	if (stage->out_path && follow->n_tees > 0)
		return refuse(maker, node, ">", " leaves nothing for --tee");
	if (stage->out_path && stage->memory > 0)
		return refuse(maker, node, ">", " leaves nothing for mem=");
	if (stage->out_path && follow->rate > 0)
		return refuse(maker, node, ">", " leaves nothing for --rate");
	if (stage->buffer > 0 && !is_read && follow->n_tees == 0 && stage->memory == 0 &&
		follow->rate == 0)
		return refuse(maker, node, "buf=", " has no pipe: it is the last stage");
	return 0;
}

static int add_relay(const struct maker *maker, size_t node, const struct follow *follow)
{
	struct pipe_plan *plan = maker->plan;
	const struct pipe_stage *stage = plan->nodes[node].stage;
	uint64_t size = stage->buffer ? stage->buffer : RELAY_PIPE;
	size_t branch = follow->branch;
	char number[PIPE_NUMBER_SIZE + 1];

	snprintf(number, sizeof number, "%s+", plan->nodes[node].number);
	size_t relay = add_node(plan, NULL, number);
	plan->nodes[relay].rate = follow->rate;
	plan->nodes[relay].memory = stage->memory;
	join(plan, node, relay, size);
	if (follow->next != PIPE_NONE)
		join(plan, relay, follow->next, size);
	else
		add_out(plan, relay, PIPE_NONE);
	for (size_t i = 0; i < follow->n_tees; i++) {
		join(plan, relay, branch, RELAY_PIPE);
		branch += maker->config->tees[follow->tee + i].line.n;
	}
	return 0;
}

static int follow_up(const struct maker *maker, size_t node, const struct follow *follow)
{
	struct pipe_plan *plan = maker->plan;
	const struct pipe_stage *stage = plan->nodes[node].stage;
	int r = check_output(maker, node, follow);

	if (r < 0)
		return r;
	if (stage->memory > 0 || follow->n_tees > 0 || follow->rate > 0)
		return add_relay(maker, node, follow);
	if (follow->next != PIPE_NONE)
		join(plan, node, follow->next, stage->buffer);
	else if (!stage->out_path)
		add_out(plan, node, PIPE_NONE);
	return 0;
}

static int join_branch(const struct maker *maker, size_t first, size_t n)
{
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		const struct follow follow = { .next = i + 1 < n ? first + i + 1 : PIPE_NONE };
		r = check_input(maker, first + i, false);
		if (r == 0)
			r = follow_up(maker, first + i, &follow);
	}
	return r;
}

static int join_trunk(const struct maker *maker)
{
	const struct pipe_config *config = maker->config;
	size_t node = 0, tee = 0;

	for (size_t i = 0; i < config->trunk.n; i++) {
		struct follow follow = { .tee = tee, .branch = node + 1 };
		size_t next = node + 1;
		for (; tee < config->n_tees && config->tees[tee].after == i; tee++) {
			next += config->tees[tee].line.n;
			follow.n_tees++;
		}
		follow.next = i + 1 < config->trunk.n ? next : PIPE_NONE;
		follow.rate = i == 0 ? config->rate : 0;
		int r = check_input(maker, node, i == 0);
		if (r == 0)
			r = follow_up(maker, node, &follow);
		size_t branch = follow.branch;
		for (size_t k = 0; k < follow.n_tees && r == 0; k++) {
			r = join_branch(maker, branch, config->tees[follow.tee + k].line.n);
			branch += config->tees[follow.tee + k].line.n;
		}
		if (r < 0)
			return r;
		node = next;
	}
	return 0;
}

int pipe_plan_make(
	struct pipe_plan *plan, const struct pipe_config *config, struct pipe_problem *problem)
{
	const struct maker maker = { plan, config, problem };

	*plan = (struct pipe_plan){ 0 };
	add_stages(plan, config);
	int r = join_trunk(&maker);
	if (r < 0)
		pipe_plan_done(plan);
	return r;
}

void pipe_plan_done(struct pipe_plan *plan)
{
	for (size_t i = 0; i < plan->n_nodes; i++)
		free(plan->nodes[i].outs);
	free(plan->nodes);
	free(plan->links);
	*plan = (struct pipe_plan){ 0 };
}

size_t pipe_plan_producer(const struct pipe_plan *plan, size_t node)
{
	size_t source = plan->nodes[node].source;

	while (source != PIPE_NONE && !plan->nodes[source].stage)
		source = plan->nodes[source].source;
	return source;
}

bool pipe_plan_is_end(const struct pipe_plan *plan, size_t stage)
{
	for (size_t i = 0; i < plan->n_stages; i++)
		if (pipe_plan_producer(plan, i) == stage)
			return false;
	return true;
}

bool pipe_plan_leaves(const struct pipe_plan *plan, size_t stage)
{
	for (size_t i = 0; i < plan->n_nodes; i++) {
		if (i != stage && (plan->nodes[i].stage || plan->nodes[i].source != stage))
			continue;
		for (size_t k = 0; k < plan->nodes[i].n_outs; k++)
			if (plan->nodes[i].outs[k] == PIPE_NONE)
				return true;
	}
	return false;
}
