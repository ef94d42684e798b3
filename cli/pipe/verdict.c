/* SPDX-License-Identifier: MIT */
#include "pipe/verdict.h"

#include "common/exit_code.h"

#include <signal.h>

bool pipe_end_is_over(const struct pipe_end *end)
{
	return end->how != PIPE_WAITING && end->how != PIPE_RUNNING;
}

bool pipe_end_is_good(const struct pipe_node *node, const struct pipe_end *end)
{
	const struct pipe_stage *stage = node->stage;

	if (end->how != PIPE_EXITED || end->was_limited || end->was_guarded)
		return false;
	if (!stage || stage->n_ok_codes == 0)
		return end->exit_code == 0;
	for (size_t i = 0; i < stage->n_ok_codes; i++)
		if (stage->ok_codes[i] == end->exit_code)
			return true;
	return false;
}

static bool is_broken_pipe(const struct pipe_end *end)
{
	return end->how == PIPE_SIGNALED && end->signal == SIGPIPE && !end->was_limited &&
	       !end->was_guarded;
}

bool pipe_end_is_fatal(
	const struct pipe_plan *plan, size_t node, const struct pipe_end *end, enum pipe_mode mode)
{
	if (!pipe_end_is_over(end) || end->was_stopped || pipe_end_is_good(&plan->nodes[node], end))
		return false;
	if (!plan->nodes[node].stage)
		return true;
	/* Those whose end does not count may as well be over. */
	if (mode == PIPE_MODE_LAST)
		return node == plan->last;
	/* Its readers decide, and the outside world has nothing against them. */
	return !is_broken_pipe(end) || pipe_plan_is_end(plan, node);
}

static bool has_reader(
	const struct pipe_plan *plan, size_t producer, const bool *is_over, const bool *is_doomed)
{
	for (size_t i = 0; i < plan->n_nodes; i++)
		if (plan->nodes[i].source == producer && !is_over[i] && !is_doomed[i])
			return true;
	return false;
}

void pipe_doom(const struct pipe_plan *plan, size_t node, const struct pipe_end *end,
	const bool *is_over, bool *is_doomed)
{
	if (end->how != PIPE_EXITED || end->was_limited || end->was_guarded ||
		!plan->nodes[node].stage) {
		for (size_t i = 0; i < plan->n_nodes; i++)
			is_doomed[i] = true;
		return;
	}
	is_doomed[node] = true;
	for (size_t i = plan->nodes[node].source; i != PIPE_NONE; i = plan->nodes[i].source) {
		if (has_reader(plan, i, is_over, is_doomed))
			return;
		is_doomed[i] = true;
	}
}

/* Whether all that read what a stage writes ended well or are excused. */
static bool are_readers_well(
	const struct pipe_plan *plan, const struct pipe_end *ends, size_t producer)
{
	for (size_t i = 0; i < plan->n_stages; i++)
		if (pipe_plan_producer(plan, i) == producer && !ends[i].is_excused &&
			!pipe_end_is_good(&plan->nodes[i], &ends[i]))
			return false;
	return true;
}

/* Not what was done to it since another one had failed, or could not be started. */
static bool has_failed_itself(const struct pipe_node *node, const struct pipe_end *end)
{
	return !pipe_end_is_good(node, end) && !end->was_stopped && end->how != PIPE_WAITING;
}

size_t pipe_verdict(const struct pipe_plan *plan, struct pipe_end *ends, enum pipe_mode mode)
{
	size_t rightmost = PIPE_NONE, relay = PIPE_NONE;

	for (size_t i = plan->n_stages; i < plan->n_nodes; i++) {
		ends[i].is_excused = false;
		if (has_failed_itself(&plan->nodes[i], &ends[i]) && relay == PIPE_NONE)
			relay = i;
	}
	/* Readers stand behind their producers. */
	for (size_t i = plan->n_stages; i-- > 0;) {
		ends[i].is_excused = false;
		if (pipe_end_is_good(&plan->nodes[i], &ends[i]))
			continue;
		if (mode == PIPE_MODE_LAST && i != plan->last)
			ends[i].is_excused = ends[i].how != PIPE_NOT_STARTED;
		else if (mode != PIPE_MODE_STRICT && is_broken_pipe(&ends[i]) &&
			 !pipe_plan_leaves(plan, i) && !pipe_plan_is_end(plan, i))
			ends[i].is_excused = are_readers_well(plan, ends, i);
		if (!ends[i].is_excused && has_failed_itself(&plan->nodes[i], &ends[i]) &&
			rightmost == PIPE_NONE)
			rightmost = i;
	}
	/* Bytes were lost, or not moved: nobody else may know. */
	return rightmost == PIPE_NONE ? relay : rightmost;
}

bool pipe_was_limited(const struct pipe_plan *plan, const struct pipe_end *ends)
{
	for (size_t i = 0; i < plan->n_nodes; i++)
		if (ends[i].was_limited_with_all)
			return true;
	return false;
}

int pipe_end_exit_code(const struct pipe_end *end)
{
	if (end->was_limited)
		return EXIT_TIMEOUT;
	if (end->interrupted_by)
		return EXIT_SIGNAL + end->interrupted_by;
	if (end->was_guarded)
		return EXIT_BROOD;
	if (end->how == PIPE_EXITED || end->how == PIPE_NOT_STARTED)
		return end->exit_code;
	return end->how == PIPE_SIGNALED ? EXIT_SIGNAL + end->signal : EXIT_BROOD;
}
