/* SPDX-License-Identifier: MIT */
/* Processes are started, and those of the foreground waited for. */
#include "common/message.h"
#include "sh/interp.h"
#include "sh/jobs.h"
#include "sh/reader.h"
#include "sh/redirect.h"
#include "sh/subshell.h"
#include "sh/traps.h"

#include <string.h>
#include <unistd.h>

/* ---- one process ---- */

/* What every process of ours gets. */
static void complete(struct shell *sh, struct brood_cmd *cmd, bool is_async)
{
	if (cmd->in.kind == BROOD_IO_DEFAULT)
		cmd->in = brood_inherit();
	if (cmd->out.kind == BROOD_IO_DEFAULT)
		cmd->out = brood_inherit();
	if (cmd->err.kind == BROOD_IO_DEFAULT)
		cmd->err = brood_inherit();
	cmd->flags |= BROOD_KEEP_FDS;
	/* A function's environ must last, and this one is made anew when a variable changes. */
	if (!cmd->env && !cmd->function)
		cmd->env = variables_environment(sh);
	cmd->signals = traps_for_child(sh, is_async);
	(void)output_flush(sh);
	reader_settle(sh);
}

/* Returns 0, or an exit status after having said what is wrong. */
static int start(struct shell *sh, struct brood_cmd *cmd, const struct brood_options *options,
	struct brood_job **ret_process)
{
	for (;;) {
		struct brood_error error = BROOD_ERROR_INIT;
		int code = brood_start(ret_process, cmd, 1, options, &error);
		if (code == 0)
			return 0;
		int status = command_recover(sh, cmd, code, &error);
		if (status != 0)
			return status;
	}
}

static struct stage *add(struct shell *sh, struct launch *launch)
{
	if (launch->n == launch->size) {
		size_t size = launch->size * 2 + 4;
		struct stage *stages = arena_get(&sh->scratch, size * sizeof *stages);
		if (launch->n > 0)
			memcpy(stages, launch->stages, launch->n * sizeof *stages);
		launch->stages = stages;
		launch->size = size;
	}
	struct stage *stage = &launch->stages[launch->n++];
	memset(stage, 0, sizeof *stage);
	return stage;
}

void launch_begin(struct shell *sh, struct launch *launch, const struct node *node, bool is_async)
{
	memset(launch, 0, sizeof *launch);
	launch->node = node;
	launch->is_async = is_async;
	if (is_async)
		/* From now on we want to hear of its end. */
		jobs_poll(sh);
}

void launch_add(struct shell *sh, struct launch *launch, int status)
{
	add(sh, launch)->status = status;
}

int launch_start(struct shell *sh, struct launch *launch, struct brood_cmd *cmd)
{
	struct brood_options options = BROOD_OPTIONS(.group = launch->group);
	bool has_group = jobs_have_groups(sh);

	/* A subshell shows the jobs as they were when it began. */
	if (cmd->function && sh->jobs && sh->jobs->n > 0)
		jobs_poll(sh);
	complete(sh, cmd, launch->is_async);
	if (has_group && launch->group == 0) {
		options.flags = BROOD_NEW_GROUP;
		if (!launch->is_async && jobs_of(sh)->terminal >= 0)
			options.flags = BROOD_FOREGROUND;
	}
	struct stage *stage = add(sh, launch);
	int status = start(sh, cmd, &options, &stage->process);
	if (status != 0) {
		stage->process = NULL;
		stage->status = status;
		return status;
	}
	stage->pid = brood_job_pid(stage->process);
	if (has_group && launch->group == 0)
		launch->group = stage->pid;
	return 0;
}

/* ---- the end ---- */

static void tell_start(struct shell *sh, const struct sh_job *job)
{
	struct text line = { 0 };

	if (!sh->is_interactive || sh->is_forked)
		return;
	text_format(&line, "[%u] %d\n", job->number, (int)job->stages[job->n - 1].pid);
	(void)!write_all(2, line.bytes, line.length);
	text_done(&line);
}

static enum control end_background(struct shell *sh, struct launch *launch)
{
	const struct stage *last = &launch->stages[launch->n - 1];

	sh->status = last->pid > 0 ? 0 : last->status;
	struct sh_job *job = jobs_add(sh, launch);
	if (last->pid > 0)
		sh->background = last->pid;
	tell_start(sh, job);
	return CONTROL_NONE;
}

enum control launch_end(struct shell *sh, struct launch *launch)
{
	if (launch->is_async)
		return end_background(sh, launch);
	enum job_state state = stages_wait(sh, launch->stages, launch->n);
	const struct stage *last = &launch->stages[launch->n - 1];
	bool was_interrupted = stages_were_interrupted(launch->stages, launch->n);
	sh->status = stages_status(sh, launch->stages, launch->n);
	if (launch->group > 0)
		jobs_give_terminal(
			sh, 0, last->signal != 0 || was_interrupted || state == JOB_STOPPED);
	if (state == JOB_STOPPED) {
		struct sh_job *job = jobs_add(sh, launch);
		job->state = JOB_STOPPED;
		jobs_tell_stop(sh, job);
		return CONTROL_NONE;
	}
	return jobs_tell_signal(sh, last, launch->group > 0, was_interrupted);
}

/* The exit status of a process that has ended. */
static int status_of(const struct brood_status *status)
{
	return status->how == BROOD_EXITED ? status->exit_code : 128 + status->signal;
}

/* Nothing is to be done but to wait for it, which the library does in fewer steps. */
static void run_alone(struct shell *sh, struct brood_cmd *cmd)
{
	struct brood_result result = BROOD_RESULT_INIT;

	do {
		struct brood_error error = BROOD_ERROR_INIT;
		int code = brood_run(cmd, NULL, &result, &error);
		bool has_run = result.n_stages > 0 && result.stages[0].pid > 0 &&
			       result.stages[0].how != BROOD_NOT_STARTED;
		sh->status = has_run ? status_of(&result.stages[0])
				     : command_recover(sh, cmd, code, &error);
		if (has_run)
			break;
	} while (sh->status == 0);
	brood_result_done(&result);
}

enum control launch_program(struct shell *sh, const struct node *node, struct brood_cmd *cmd)
{
	struct launch launch = { .node = node };

	if (jobs_have_groups(sh) || sh->is_interactive) {
		launch_begin(sh, &launch, node, false);
		(void)launch_start(sh, &launch, cmd);
		return launch_end(sh, &launch);
	}
	complete(sh, cmd, false);
	run_alone(sh, cmd);
	return CONTROL_NONE;
}

/* ---- with its output collected ---- */

int launch_collect(struct shell *sh, int (*function)(void *data), void *data, struct text *output)
{
	struct launch launch;
	int read_end, write_end;
	int r = fd_pipe(&read_end, &write_end);

	if (r < 0) {
		shell_error(
			sh, (struct place){ 0 }, "a pipe cannot be made: %s", message_errno(-r));
		sh->status = 2;
		return -1;
	}
	struct brood_cmd cmd = BROOD_CMD(.function = function, .function_data = data,
		.out = brood_fd(write_end));
	/* No group of its own: it is a part of this command. */
	bool has_groups = jobs_have_groups(sh);
	jobs_of(sh)->has_groups = false;
	launch_begin(sh, &launch, NULL, false);
	int status = launch_start(sh, &launch, &cmd);
	jobs_of(sh)->has_groups = has_groups;
	close(write_end);
	if (status == 0)
		capture_read(sh, read_end, output);
	close(read_end);
	(void)stages_wait(sh, launch.stages, launch.n);
	sh->status = launch.stages[0].status;
	return status == 0 ? 0 : -1;
}
