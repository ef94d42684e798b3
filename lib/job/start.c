/* SPDX-License-Identifier: MIT */
/* From a checked description to a child that runs. */

#include "base/deadline.h"
#include "base/error.h"
#include "base/strings.h"
#include "job/job.h"
#include "process/orphans.h"
#include "spawn/environ.h"
#include "spawn/fdmap.h"
#include "sys/clock.h"
#include "sys/fd.h"
#include "sys/signals.h"
#include <brood/lookup.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_WAIT_DELAY (5 * BROOD_SECOND)

static const struct brood_stop default_steps[2] = {
	{ SIGTERM, 0, 5 * BROOD_SECOND },
	{ SIGKILL, 0, 0 },
};

/* What is allocated for the time of one start. */
struct scratch {
	char *path;
	void *env_block;
	void *block; /* wants, operations and the shell's argv */
	char *const *env;
	char *const *argv;
	struct brood__fd_want *wants;
	struct brood__fd_op *ops;
	char **shell_argv;
	char *own_argv[2];
};

static void scratch_done(struct scratch *scratch)
{
	free(scratch->path);
	free(scratch->env_block);
	free(scratch->block);
}

static size_t count(char *const *list)
{
	size_t n = 0;
	while (list[n])
		n++;
	return n;
}

/* Finds the program. Without a slash the name is looked up here, once, and the child execs a path.
 */
static int find_program(const struct brood_cmd *cmd, struct scratch *scratch, const char **ret_path,
	struct brood_error *error)
{
	*ret_path = cmd->path ? cmd->path : scratch->argv[0];
	if (cmd->path || cmd->function || strchr(scratch->argv[0], '/'))
		return 0;
	struct brood_error failure;
	int r = brood_lookup(scratch->argv[0], cmd->search_path, &scratch->path, &failure);
	*ret_path = scratch->path;
	if (r == BROOD_EDOT && cmd->flags & BROOD_LOOKUP_DOT)
		return 0;
	if (r < 0 && error)
		*error = failure;
	return r;
}

static int make_room(const struct brood__request *request, struct scratch *scratch)
{
	const struct brood_cmd *cmd = &request->cmd;
	size_t n_wants = 3 + cmd->n_fds;
	size_t wants_size = n_wants * sizeof *scratch->wants;
	size_t ops_size = brood__fdmap_bound(n_wants) * sizeof *scratch->ops;
	size_t argv_size = 0;
	if (cmd->flags & BROOD_EXEC_SHELL_FALLBACK && !cmd->function)
		argv_size = (count(scratch->argv) + 2) * sizeof(char *);
	char *block = malloc(argv_size + wants_size + ops_size);
	if (!block)
		return -ENOMEM;
	scratch->block = block;
	scratch->shell_argv = argv_size ? (char **)(void *)block : NULL;
	scratch->wants = (struct brood__fd_want *)(void *)(block + argv_size);
	scratch->ops = (struct brood__fd_op *)(void *)(block + argv_size + wants_size);
	return 0;
}

/* execvp's rule: sh, the script, then the arguments behind argv[0]. */
static void fill_shell_argv(struct scratch *scratch, const char *path)
{
	if (!scratch->shell_argv)
		return;
	static char shell[] = "sh";
	size_t n = count(scratch->argv);
	scratch->shell_argv[0] = shell;
	scratch->shell_argv[1] = (char *)(uintptr_t)path;
	for (size_t i = 1; i <= n; i++)
		scratch->shell_argv[i + 1] = scratch->argv[i];
	scratch->shell_argv[n + 1] = NULL;
}

static void fill_start(struct brood__start *start, const struct brood__request *request,
	struct scratch *scratch, const struct brood__ends *ends, const char *path)
{
	const struct brood_cmd *cmd = &request->cmd;
	memcpy(scratch->wants, ends->wants, sizeof ends->wants);
	for (size_t i = 0; i < cmd->n_fds; i++) {
		const struct brood_fd_map *map = &cmd->fds[i];
		scratch->wants[3 + i] = (struct brood__fd_want){ map->parent_fd, map->child_fd, 0 };
	}
	fill_shell_argv(scratch, path);
	*start = (struct brood__start){
		.wants = scratch->wants,
		.n_wants = 3 + cmd->n_fds,
		.keep_fds = cmd->flags & BROOD_KEEP_FDS,
		.ops = scratch->ops,
		.function = cmd->function,
		.function_data = cmd->function_data,
		.plan = {
			.new_session = request->options.flags & BROOD_NEW_SESSION,
			.new_group = request->options.flags & BROOD_NEW_GROUP,
			.join_group = request->options.group,
			.dir = cmd->dir,
			.null_targets = ends->null_targets,
			.path = path,
			.argv = scratch->argv,
			.envp = scratch->env,
			.shell_argv = scratch->shell_argv,
		},
	};
	if (request->has_signals) {
		start->plan.ignore = brood__signals_pack(&request->signals.ignore);
		start->plan.reset = brood__signals_pack(&request->signals.reset);
		start->plan.has_mask = request->signals.has_mask;
		start->plan.mask = brood__signals_pack(&request->signals.mask);
	}
	brood__plan_attributes(&start->plan, &request->attributes);
}

/* Which name belongs to the step that failed. */
static const char *subject_of(
	const struct brood__report *report, const struct brood__start *start, const char *label)
{
	switch (report->step) {
	case BROOD_STEP_CHDIR:
		return start->plan.dir;
	case BROOD_STEP_EXEC:
		return start->plan.path;
	case BROOD_STEP_OPEN:
		return "/dev/null";
	case BROOD_STEP_LIMITS:
		return brood__limit_name(report->resource);
	case BROOD_STEP_SCHEDULER:
		return "nice";
	default:
		return label;
	}
}

static void set_up_job(struct brood_job *job, const struct brood__request *request,
	const struct brood__child *child, int64_t now)
{
	const struct brood_options *options = &request->options;
	/* GROUP takes a group of its own unasked. */
	bool own_group = options->flags & (BROOD_NEW_GROUP | BROOD_NEW_SESSION) ||
			 (!options->group && job->tier == BROOD_TREE_GROUP);
	bool alone = job->process.alone;
	job->owner = alone ? 0 : getpid();
	job->process = (struct brood__process){
		.pid = child->pid,
		.pidfd = child->pidfd,
		.leads_group = own_group,
		.alone = alone,
		.foreign = brood__tree_has_guard(job),
	};
	job->group = own_group ? child->pid : options->group;
	job->status.pid = child->pid;
	job->status.how = BROOD_RUNNING;
	job->status.started_ns = now;
	if (child->retried)
		job->notes |= BROOD_NOTE_RETRIED_BUSY;
	const struct brood_cmd *cmd = &request->cmd;
	job->has_ok_codes = cmd->ok_codes != NULL;
	bool seen[256] = { false };
	for (size_t i = 0; cmd->ok_codes && i < cmd->n_ok_codes; i++) {
		if (!seen[cmd->ok_codes[i]])
			job->ok_codes[job->n_ok_codes++] = cmd->ok_codes[i];
		seen[cmd->ok_codes[i]] = true;
	}
}

/* What a guard has to know too. */
static void set_up_limits(struct brood_job *job, const struct brood__request *request, int64_t now)
{
	const struct brood_options *options = &request->options;
	job->timeout = options->timeout;
	job->deadline = options->timeout ? brood__deadline(now, options->timeout) : INT64_MAX;
	job->delay_due = INT64_MAX;
	job->wait_delay = options->wait_delay ? options->wait_delay : DEFAULT_WAIT_DELAY;
	const struct brood_stop *steps = options->stop ? options->stop : default_steps;
	size_t n_steps = options->stop ? options->n_stop : 2;
	memcpy(job->steps, steps, n_steps * sizeof *steps);
	job->stop = (struct brood__stop_state){ .steps = job->steps, .n = n_steps };
}

static void set_up_empty(struct brood_job *job)
{
	memset(job, 0, offsetof(struct brood_job, steps));
	job->process.pidfd = -1;
	job->guard = (struct brood__guard)BROOD__GUARD_NONE;
	job->cgroup = (struct brood__cgroup)BROOD__CGROUP_NONE;
	job->tree_due = BROOD__NEVER;
	for (int fd = 0; fd < 3; fd++)
		job->streams[fd] = (struct brood__stream)BROOD__STREAM_NONE;
	job->status.size = sizeof job->status;
	job->status.exit_code = -1;
	job->stop_reason = 0;
	job->pump_code = 0;
	job->pump_fd = -1;
	atomic_init(&job->stop_asked, false);
	atomic_init(&job->wake_fd, -1);
	atomic_init(&job->busy, false);
	job->n_ok_codes = 0;
}

static const char *label_of(const struct brood_cmd *cmd)
{
	if (cmd->label)
		return cmd->label;
	if (cmd->argv && cmd->argv[0])
		return cmd->argv[0];
	return cmd->path ? cmd->path : "function";
}

/* Whether the call that starts the job will do nothing but wait for the end of its child. */
static bool will_only_wait(const struct brood_job *job, const struct brood__request *request,
	const struct brood__ends *ends)
{
	if (!job->process.alone || request->options.timeout ||
		request->options.flags & BROOD_KILL_TREE)
		return false;
	for (int fd = 0; fd < 3; fd++) {
		/* Ends of pipes and files must not stay open here while the child runs. */
		if (job->streams[fd].fd >= 0 || ends->child_ends[fd] >= 0)
			return false;
	}
	return true;
}

static int launch(struct brood_job *job, const struct brood__request *request,
	struct scratch *scratch, struct brood__ends *ends, const char *path,
	struct brood_error *error)
{
	struct brood__start start;
	fill_start(&start, request, scratch, ends, path);
	start.only_wait = will_only_wait(job, request, ends);
	struct brood__child child;
	struct brood__report report = { .fd = -1 };
	int64_t now = brood__clock_now();
	set_up_limits(job, request, now);
	int r = brood__tree_launch(job, request, &start, &child, &report);
	if (r < 0)
		return brood__fail_fd(
			error, r, report.step, report.fd, subject_of(&report, &start, job->label));
	set_up_job(job, request, &child, now);
	if (child.ended)
		brood__job_adopt_exit(job, &child);
	return 0;
}

static int begin(struct brood_job *job, const struct brood__request *request,
	struct scratch *scratch, struct brood__ends *ends, struct brood_error *error)
{
	const struct brood_cmd *cmd = &request->cmd;
	scratch->own_argv[0] = (char *)(uintptr_t)(cmd->path ? cmd->path : job->label);
	scratch->argv = cmd->argv && cmd->argv[0] ? cmd->argv : scratch->own_argv;
	const char *path;
	int r = find_program(cmd, scratch, &path, error);
	if (r < 0)
		return r;
	r = brood__streams_open(job, cmd, ends, error);
	if (r < 0)
		return r;
	r = brood__environ_make(cmd, &scratch->env, &scratch->env_block, error);
	if (r < 0)
		return r;
	r = make_room(request, scratch);
	if (r < 0)
		return brood__fail(error, r, BROOD_STEP_CONFIG, job->label);
	return launch(job, request, scratch, ends, path, error);
}

int brood__job_begin(struct brood_job *job, const struct brood_cmd *cmds, size_t n,
	const struct brood_options *options, bool alone, struct brood_error *error)
{
	struct brood__request request;
	job->label[0] = 0;
	int r = brood__check(&request, cmds, n, options, error);
	if (r < 0)
		return r;
	brood__orphans_reap();
	set_up_empty(job);
	job->process.alone = alone;
	brood__text_copy(job->label, sizeof job->label, label_of(&request.cmd));
	struct scratch scratch = { .path = NULL };
	struct brood__ends ends = { .child_ends = { -1, -1, -1 } };
	r = begin(job, &request, &scratch, &ends, error);
	brood__ends_close(&ends);
	scratch_done(&scratch);
	if (r < 0) {
		for (int fd = 0; fd < 3; fd++)
			brood__stream_done(&job->streams[fd]);
	}
	return r;
}

int brood_start(struct brood_job **ret_job, const struct brood_cmd *cmds, size_t n,
	const struct brood_options *options, struct brood_error *error)
{
	if (!ret_job)
		return brood__fail(error, BROOD_EMISUSE, BROOD_STEP_CONFIG, "ret_job");
	struct brood_job *job = malloc(sizeof *job);
	if (!job)
		return brood__fail(error, -ENOMEM, BROOD_STEP_CONFIG, NULL);
	int r = brood__job_begin(job, cmds, n, options, false, error);
	if (r < 0) {
		free(job);
		return r;
	}
	*ret_job = job;
	return 0;
}
