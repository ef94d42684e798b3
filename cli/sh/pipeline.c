/* SPDX-License-Identifier: MIT */
/* Pipelines and what is asynchronous (XCU 2.9.2, 2.9.3). */
#include "common/message.h"
#include "sh/interp.h"
#include "sh/redirect.h"
#include "sh/stage.h"
#include "sh/subshell.h"

#include <unistd.h>

static void close_end(int fd)
{
	if (fd >= 0)
		close(fd);
}

/* Starts all of it. The last one writes to out; whether its end is ours to close is the caller's
   to know. */
static void start_stages(struct shell *sh, struct launch *launch, const struct pipeline_node *node,
	struct stage_ends outer)
{
	int in = outer.in;

	for (uint32_t i = 0; i < node->n; i++) {
		bool is_last = i + 1 == node->n;
		int read_end = -1, write_end = -1;
		int r = is_last ? 0 : fd_pipe(&read_end, &write_end);
		if (r < 0) {
			shell_error(sh, node->commands[i]->place, "a pipe cannot be made: %s",
				message_errno(-r));
			launch_add(sh, launch, 2);
			close_end(i > 0 ? in : -1);
			return;
		}
		stage_start(sh, launch, node->commands[i],
			(struct stage_ends){ in, is_last ? outer.out : write_end });
		close_end(i > 0 ? in : -1);
		close_end(write_end);
		in = read_end;
	}
}

/* In a command substitution without a process. */
static enum control run_collected(struct shell *sh, const struct pipeline_node *node)
{
	struct launch launch;
	int read_end, write_end;
	int r = fd_pipe(&read_end, &write_end);

	if (r < 0) {
		shell_error(sh, node->node.place, "a pipe cannot be made: %s", message_errno(-r));
		sh->status = 2;
		return CONTROL_NONE;
	}
	launch_begin(sh, &launch, &node->node, false);
	start_stages(sh, &launch, node, (struct stage_ends){ STAGE_INHERITS, write_end });
	close(write_end);
	capture_read(sh, read_end, &sh->out.capture->text);
	close(read_end);
	return launch_end(sh, &launch);
}

static enum control run_stages(struct shell *sh, const struct pipeline_node *node)
{
	struct launch launch;

	if (sh->out.capture)
		return run_collected(sh, node);
	launch_begin(sh, &launch, &node->node, false);
	start_stages(sh, &launch, node, (struct stage_ends){ STAGE_INHERITS, STAGE_INHERITS });
	return launch_end(sh, &launch);
}

enum control run_pipeline(struct shell *sh, const struct pipeline_node *node, unsigned flags)
{
	struct arena_mark mark = arena_mark(&sh->scratch);
	enum control control;

	(void)flags;
	sh->frame.place = node->node.place;
	sh->tested += node->is_negated;
	control = node->n == 1 ? run_node(sh, node->commands[0], 0) : run_stages(sh, node);
	sh->tested -= node->is_negated;
	arena_release(&sh->scratch, mark);
	if (!node->is_negated)
		return run_errexit(sh, control);
	if (control == CONTROL_NONE)
		sh->status = sh->status == 0;
	return control;
}

enum control run_async(struct shell *sh, const struct node *node)
{
	struct arena_mark mark = arena_mark(&sh->scratch);
	const struct pipeline_node *pipeline = (const struct pipeline_node *)node;
	struct launch launch;
	struct stage_ends ends = { jobs_have_groups(sh) ? STAGE_INHERITS : STAGE_NULL,
		STAGE_INHERITS };

	sh->frame.place = node->place;
	fd_reserve(sh);
	launch_begin(sh, &launch, node, true);
	if (node->kind == NODE_PIPELINE && !pipeline->is_negated)
		start_stages(sh, &launch, pipeline, ends);
	else
		stage_start(sh, &launch, node, ends);
	enum control control = launch_end(sh, &launch);
	arena_release(&sh->scratch, mark);
	return control;
}
