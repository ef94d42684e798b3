/* SPDX-License-Identifier: MIT */
#include "sh/subshell.h"

#include "sh/interp.h"
#include "sh/jobs.h"
#include "sh/reader.h"
#include "sh/redirect.h"
#include "sh/stage.h"
#include "sh/traps.h"
#include "sh/undo.h"

void subshell_enter(struct shell *sh)
{
	sh->is_forked = true;
	sh->is_exiting = false;
	sh->keeps_fds_low = false;
	sh->out.capture = NULL;
	sh->out.text.length = 0;
	sh->out.error = 0;
	undo_forget(sh);
	traps_reset(sh);
	jobs_forget(sh);
	sh->loops_outside = sh->loops;
	sh->here = 0;
}

int subshell_leave(struct shell *sh, enum control control)
{
	(void)control;
	traps_run_exit(sh);
	(void)output_flush(sh);
	reader_settle(sh);
	return sh->status & 0xff;
}

/* The body, with the redirections behind it. */
static enum control run_body(
	struct shell *sh, const struct group_node *node, bool is_lasting, unsigned flags)
{
	struct saved_fds saved;
	enum control control = CONTROL_NONE;

	int r = redirect_begin(sh, node->node.redirections, is_lasting, &saved);
	if (r < 0)
		sh->status = r == REDIRECT_FATAL && sh->status ? sh->status : 1;
	else
		control = run_node(sh, node->body, flags);
	if (!is_lasting)
		redirect_end(sh, &saved);
	return control;
}

int subshell_run(struct shell *sh, const struct node *node, bool ignores_interrupts)
{
	subshell_enter(sh);
	if (ignores_interrupts) {
		traps_ignore(sh, SIGINT);
		traps_ignore(sh, SIGQUIT);
	}
	if (!node)
		return subshell_leave(sh, CONTROL_NONE);
	/* It is the subshell that the tree means. */
	if (node->kind == NODE_SUBSHELL)
		return subshell_leave(
			sh, run_body(sh, (const struct group_node *)node, true, RUN_LAST));
	return subshell_leave(sh, run_node(sh, node, RUN_LAST));
}

/* In this process; whatever it changes is undone, whatever it ends is it alone. */
static enum control run_here(struct shell *sh, const struct group_node *node)
{
	int loops = sh->loops, loops_outside = sh->loops_outside;
	struct frame frame = sh->frame;

	undo_begin(sh);
	sh->here++;
	sh->loops_outside = loops;
	enum control control = run_body(sh, node, false, 0);
	sh->here--;
	undo_end(sh);
	sh->loops = loops;
	sh->loops_outside = loops_outside;
	sh->frame = frame;
	/* A Ctrl-C is for the prompt. */
	return control == CONTROL_ABORT ? control : CONTROL_NONE;
}

static enum control run_process(struct shell *sh, const struct group_node *node)
{
	struct launch launch;

	launch_begin(sh, &launch, &node->node, false);
	stage_start(
		sh, &launch, &node->node, (struct stage_ends){ STAGE_INHERITS, STAGE_INHERITS });
	return launch_end(sh, &launch);
}

enum control run_subshell(struct shell *sh, const struct group_node *node, unsigned flags)
{
	struct group_node *own = (struct group_node *)(uintptr_t)node;
	struct arena_mark mark = arena_mark(&sh->scratch);
	enum control control;

	sh->frame.place = node->node.place;
	if (run_may_replace(sh, flags) && !(sh->jobs && sh->jobs->n > 0)) {
		/* Nobody will see what it changes; it has no jobs that it could wait for. */
		(void)run_body(sh, node, true, flags);
		/* Now, since redirections around it are still those of the subshell. */
		traps_run_exit(sh);
		control = CONTROL_EXIT;
	} else if (subshell_kind(sh, &node->node, false, &own->cache, &own->cache_generation) ==
		   SUBSHELL_HERE) {
		control = run_here(sh, node);
	} else {
		control = run_process(sh, node);
	}
	arena_release(&sh->scratch, mark);
	return run_errexit(sh, control);
}
