/* SPDX-License-Identifier: MIT */
/* From a checked description to children that run. */

#include "base/deadline.h"
#include "base/error.h"
#include "base/strings.h"
#include "job/attributes.h"
#include "job/job.h"
#include "process/orphans.h"
#include "spawn/environ.h"
#include "spawn/fdmap.h"
#include "spawn/shell.h"
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
#define MOST_STAGES        4096

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
	const char *program; /* what is executed */
	char *own_argv[2];
	struct brood__attribute_room attributes;
};

/* A start under way. */
struct starting {
	struct brood_job *job;
	const struct brood__request *request;
	struct scratch *scratch; /* one for each stage, as the rest */
	struct brood__ends *ends;
	struct brood_error *error;
};

static void scratch_done(struct scratch *scratch)
{
	free(scratch->path);
	free(scratch->env_block);
	free(scratch->block);
	brood__attributes_close(&scratch->attributes);
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

static int make_room(const struct brood_cmd *cmd, struct scratch *scratch)
{
	size_t n_wants = 3 + cmd->n_fds + BROOD__ATTRIBUTE_WANTS;
	size_t wants_size = n_wants * sizeof *scratch->wants;
	size_t ops_size = brood__fdmap_bound(n_wants) * sizeof *scratch->ops;
	size_t argv_size = 0;
	if (cmd->flags & BROOD_EXEC_SHELL_FALLBACK && !cmd->function)
		argv_size = (brood__list_length(scratch->argv) + 2) * sizeof(char *);
	char *block = malloc(argv_size + wants_size + ops_size);
	if (!block)
		return -ENOMEM;
	scratch->block = block;
	scratch->shell_argv = argv_size ? (char **)(void *)block : NULL;
	scratch->wants = (struct brood__fd_want *)(void *)(block + argv_size);
	scratch->ops = (struct brood__fd_op *)(void *)(block + argv_size + wants_size);
	return 0;
}

/* Into which session and group. All stages are in the group that the first one leads, but for
 * sessions, which cannot be joined. */
static void fill_group(
	struct brood__plan *plan, const struct starting *starting, size_t i, bool has_tty)
{
	const struct brood_options *options = &starting->request->options;
	bool wants_own = options->flags & BROOD_NEW_GROUP ||
			 (options->flags & BROOD_FOREGROUND && !options->group);
	plan->new_session = options->flags & BROOD_NEW_SESSION || has_tty;
	plan->new_group = wants_own && i == 0;
	plan->join_group = wants_own && i > 0 ? starting->job->group : options->group;
	plan->foreground = options->flags & BROOD_FOREGROUND && i == 0;
}

static void fill_start(struct brood__start *start, const struct starting *starting, size_t i)
{
	const struct brood__stage_request *request = &starting->request->stages[i];
	const struct brood__ends *ends = &starting->ends[i];
	struct scratch *scratch = &starting->scratch[i];
	const struct brood_cmd *cmd = &request->cmd;
	memcpy(scratch->wants, ends->wants, sizeof ends->wants);
	for (size_t k = 0; k < cmd->n_fds; k++) {
		const struct brood_fd_map *map = &cmd->fds[k];
		scratch->wants[3 + k] = (struct brood__fd_want){ map->parent_fd, map->child_fd, 0 };
	}
	size_t n_wants = brood__attributes_wants(
		&scratch->attributes, scratch->wants, 3 + cmd->n_fds);
	if (scratch->shell_argv)
		brood__shell_argv(scratch->shell_argv, scratch->program, scratch->argv,
			brood__list_length(scratch->argv));
	*start = (struct brood__start){
		.wants = scratch->wants,
		.n_wants = n_wants,
		.keep_fds = cmd->flags & BROOD_KEEP_FDS,
		.ops = scratch->ops,
		.function = cmd->function,
		.function_data = cmd->function_data,
		.has_cgroup = scratch->attributes.has_cgroup,
		.cgroup_is_v2 = scratch->attributes.cgroup_is_v2,
		.cgroup_dir = scratch->attributes.cgroup_dir,
		.plan = {
			.dir = cmd->dir,
			.null_targets = ends->null_targets,
			.has_ctty = ends->has_tty,
			.controlling_fd = ends->tty_fd,
			.path = scratch->program,
			.argv = scratch->argv,
			.envp = scratch->env,
			.shell_argv = scratch->shell_argv,
		},
	};
	fill_group(&start->plan, starting, i, ends->has_tty);
	if (request->has_signals) {
		start->plan.ignore = brood__signals_pack(&request->signals.ignore);
		start->plan.reset = brood__signals_pack(&request->signals.reset);
		start->plan.has_mask = request->signals.has_mask;
		start->plan.mask = brood__signals_pack(&request->signals.mask);
	}
	brood__attributes_into(&start->plan, &request->attributes, &scratch->attributes);
}

/* Which name belongs to the step that failed; it may be in text. */
static const char *subject_of(const struct brood__report *report, const struct brood__start *start,
	const struct brood__attributes *attributes, const char *label, char *text)
{
	switch (report->step) {
	case BROOD_STEP_CHDIR:
		return start->plan.dir;
	case BROOD_STEP_EXEC:
		return start->plan.path;
	case BROOD_STEP_OPEN:
		return "/dev/null";
	default:
		break;
	}
	const char *subject = brood__attributes_subject(report, attributes, text);
	return subject ? subject : label;
}

static void note_ok_codes(struct brood__stage *stage, const struct brood_cmd *cmd)
{
	stage->has_ok_codes = cmd->ok_codes != NULL;
	for (size_t i = 0; cmd->ok_codes && i < cmd->n_ok_codes; i++)
		stage->ok_codes[cmd->ok_codes[i] / 64] |= UINT64_C(1) << cmd->ok_codes[i] % 64;
}

/* The child of a stage is there. */
static void set_up_stage(const struct starting *starting, size_t i, const struct brood__plan *plan,
	const struct brood__child *child, int64_t now)
{
	struct brood_job *job = starting->job;
	struct brood__stage *stage = &job->stages[i];
	/* new_group: GROUP takes one unasked. */
	bool leads = plan->new_session || plan->new_group;
	stage->process = (struct brood__process){
		.pid = child->pid,
		.pidfd = child->pidfd,
		.leads_group = leads,
		.alone = job->alone,
		.foreign = brood__tree_has_guard(stage),
	};
	if (i == 0 || plan->new_group)
		job->group = leads ? child->pid : starting->request->options.group;
	stage->started = true;
	job->n_running++;
	stage->status.pid = child->pid;
	stage->status.how = BROOD_RUNNING;
	stage->status.started_ns = now;
	if (child->retried)
		job->notes |= BROOD_NOTE_RETRIED_BUSY;
	note_ok_codes(stage, &starting->request->stages[i].cmd);
}

/* What a guard has to know too. */
static void set_up_limits(struct brood_job *job, const struct brood_options *options, int64_t now)
{
	job->timeout = options->timeout;
	job->deadline = options->timeout ? brood__deadline(now, options->timeout) : INT64_MAX;
	if (options->context && options->context->deadline < job->deadline) {
		job->deadline = options->context->deadline;
		job->timeout = options->context->timeout;
		job->deadline_is_contexts = true;
	}
	job->delay_due = INT64_MAX;
	job->wait_delay = options->wait_delay ? options->wait_delay : DEFAULT_WAIT_DELAY;
	const struct brood_stop *steps = options->stop ? options->stop : default_steps;
	size_t n_steps = options->stop ? options->n_stop : 2;
	memcpy(job->steps, steps, n_steps * sizeof *steps);
	job->stop = (struct brood__stop_state){ .steps = job->steps, .n = n_steps };
}

static void set_up_empty(struct brood_job *job, size_t n, bool alone)
{
	struct brood__stage *stages = job->stages;
	struct pollfd *round_fds = job->round_fds;
	struct brood__round_slot *round_slots = job->round_slots;
	memset(job, 0, offsetof(struct brood_job, steps));
	memset(stages, 0, n * sizeof *stages);
	job->stages = stages;
	job->round_fds = round_fds;
	job->round_slots = round_slots;
	job->n_stages = n;
	job->alone = alone;
	job->owner = alone ? 0 : getpid();
	job->pump_fd = -1;
	job->terminal = -1;
	atomic_init(&job->stop_asked, false);
	atomic_init(&job->wake_fd, -1);
	atomic_init(&job->busy, false);
	for (size_t i = 0; i < n; i++) {
		struct brood__stage *stage = &stages[i];
		stage->process.pidfd = -1;
		for (int fd = 0; fd < 3; fd++)
			stage->streams[fd] = (struct brood__stream)BROOD__STREAM_NONE;
		stage->status.size = sizeof stage->status;
		stage->status.exit_code = -1;
		stage->status.how = BROOD_NOT_STARTED;
	}
}

static const char *label_of(const struct brood_cmd *cmd)
{
	if (cmd->label)
		return cmd->label;
	if (cmd->argv && cmd->argv[0])
		return cmd->argv[0];
	return cmd->path ? cmd->path : "function";
}

/* Each stage has its own, and the job those of all. */
static void set_labels(struct brood_job *job, const struct brood__request *request)
{
	struct brood__text text = brood__text_over(job->label, sizeof job->label);
	for (size_t i = 0; i < request->n; i++) {
		const char *label = label_of(&request->stages[i].cmd);
		struct brood__stage *stage = &job->stages[i];
		brood__text_copy(stage->label, sizeof stage->label, label);
		if (request->n == 1)
			brood__text_copy(job->label, sizeof job->label, label);
		else if (i > 0)
			brood__text_add(&text, " | ");
		if (request->n > 1)
			brood__text_add(&text, label);
	}
	if (request->n > 1)
		brood__text_mark_cut(&text);
}

/* Whether the call that starts the job will do nothing but wait for the end of its child. */
static bool will_only_wait(const struct starting *starting)
{
	const struct brood_options *options = &starting->request->options;
	if (!starting->job->alone || starting->request->n > 1 || options->timeout ||
		options->context || options->flags & (BROOD_KILL_TREE | BROOD_FOREGROUND))
		return false;
	for (int fd = 0; fd < 3; fd++) {
		/* Ends of pipes and files must not stay open here while the child runs. */
		if (starting->job->stages[0].streams[fd].fd >= 0 ||
			starting->ends[0].child_ends[fd] >= 0)
			return false;
	}
	return true;
}

static int refuse(const struct starting *starting, size_t i, int code, int step)
{
	int r = brood__fail(starting->error, code, step, starting->job->stages[i].label);
	if (starting->error && starting->request->n > 1)
		starting->error->stage = (int32_t)i;
	return r;
}

/* Whether the group of the first stages has ended before the next one could join it: somebody
 * reaps our children, or SIGCHLD is ignored. */
static bool has_lost_group(const struct brood_job *job, const struct brood__plan *plan,
	const struct brood__report *report)
{
	return report->step == BROOD_STEP_GROUP && plan->join_group && job->stages[0].started &&
	       plan->join_group == job->group && job->stages[0].process.leads_group &&
	       brood__kill(-job->group, 0) == -ESRCH;
}

/* The stage leads the rest of them. */
static void lead_new_group(struct brood__plan *plan, const struct brood_options *options)
{
	plan->join_group = 0;
	plan->new_group = true;
	plan->foreground = options->flags & BROOD_FOREGROUND;
}

static int launch(const struct starting *starting, size_t i)
{
	struct brood_job *job = starting->job;
	struct brood__stage *stage = &job->stages[i];
	struct brood__start start;
	fill_start(&start, starting, i);
	start.only_wait = will_only_wait(starting);
	struct brood__child child;
	struct brood__report report = { .fd = -1 };
	int64_t now = brood__clock_now();
	if (i == 0)
		set_up_limits(job, &starting->request->options, now);
	int r = brood__tree_launch(job, stage, starting->request, &start, &child, &report);
	if (r == -EPERM && has_lost_group(job, &start.plan, &report)) {
		lead_new_group(&start.plan, &starting->request->options);
		brood__tree_done(job, stage);
		r = brood__tree_launch(job, stage, starting->request, &start, &child, &report);
	}
	if (r < 0) {
		char text[BROOD__SUBJECT_SIZE];
		const struct brood__attributes *attributes =
			&starting->request->stages[i].attributes;
		r = brood__fail_fd(starting->error, r, report.step, report.fd,
			subject_of(&report, &start, attributes, stage->label, text));
		if (starting->error && starting->request->n > 1)
			starting->error->stage = (int32_t)i;
		return r;
	}
	set_up_stage(starting, i, &start.plan, &child, now);
	if (child.ended)
		brood__job_adopt_exit(job, stage, &child);
	return 0;
}

/* Everything about a stage that needs no child yet and opens nothing. */
static int prepare(const struct starting *starting, size_t i)
{
	const struct brood_cmd *cmd = &starting->request->stages[i].cmd;
	struct scratch *scratch = &starting->scratch[i];
	const char *own = cmd->path ? cmd->path : starting->job->stages[i].label;
	scratch->own_argv[0] = (char *)(uintptr_t)own;
	scratch->argv = cmd->argv && cmd->argv[0] ? cmd->argv : scratch->own_argv;
	int r = find_program(cmd, scratch, &scratch->program, starting->error);
	if (r < 0 && starting->error && starting->request->n > 1)
		starting->error->stage = (int32_t)i;
	return r;
}

/* What is allocated for a stage. */
static int allocate(const struct starting *starting, size_t i)
{
	const struct brood_cmd *cmd = &starting->request->stages[i].cmd;
	struct scratch *scratch = &starting->scratch[i];
	int r = brood__environ_make(cmd, &scratch->env, &scratch->env_block, starting->error);
	if (r < 0) {
		if (starting->error && starting->request->n > 1)
			starting->error->stage = (int32_t)i;
		return r;
	}
	r = make_room(cmd, scratch);
	if (r < 0)
		return refuse(starting, i, r, BROOD_STEP_CONFIG);
	const struct brood__attributes *attributes = &starting->request->stages[i].attributes;
	r = brood__attributes_open(&scratch->attributes, attributes, starting->error);
	if (r < 0 && starting->error && starting->request->n > 1)
		starting->error->stage = (int32_t)i;
	return r;
}

/* What the capture of an io may keep; 0 if it has none. */
static uint64_t capture_limit(const struct brood_io *io)
{
	const struct brood_io *inner = io->pointer;
	if (io->kind == BROOD_IO_CAPTURE)
		return io->limit ? io->limit : BROOD_CAPTURE_DEFAULT;
	if (io->kind == BROOD_IO_TTY)
		return inner ? capture_limit(inner) : 0;
	uint64_t limit = 0;
	for (size_t i = 0; io->kind == BROOD_IO_TEE && i < io->limit; i++)
		limit += capture_limit(&inner[i]);
	return limit;
}

/* How much result.all may hold: what the captures may together. */
static uint64_t chunks_limit(const struct brood__request *request)
{
	uint64_t sum = 0;
	bool has_shared = false;
	for (size_t i = 0; i < request->n; i++) {
		const struct brood_cmd *cmd = &request->stages[i].cmd;
		uint64_t out = capture_limit(&cmd->out);
		uint64_t err = 0;
		if (cmd->err.kind != BROOD_IO_CAPTURE || !has_shared)
			err = capture_limit(&cmd->err);
		has_shared |= cmd->err.kind == BROOD_IO_CAPTURE;
		uint64_t more = out + err < out ? UINT64_MAX : out + err;
		sum = sum + more < sum ? UINT64_MAX : sum + more;
	}
	return sum;
}

/* What belongs to the job as a whole. */
static int set_up_whole(const struct starting *starting)
{
	const struct brood_options *options = &starting->request->options;
	struct brood_job *job = starting->job;
	int r = options->context ? brood_context_error(options->context) : 0;
	if (r < 0)
		return brood__fail(starting->error, r, BROOD_STEP_CONFIG, "options.context");
	job->context = brood__context_ref(options->context);
	job->verdict_flags = options->flags & BROOD__VERDICT_FLAGS;
	if (options->flags & BROOD_TAGGED) {
		job->chunks = calloc(1, sizeof *job->chunks);
		if (!job->chunks)
			return brood__fail(starting->error, -ENOMEM, BROOD_STEP_CONFIG, job->label);
		job->chunks->limit = chunks_limit(starting->request);
	}
	r = options->flags & BROOD_FOREGROUND ? brood__terminal_open(job) : 0;
	return r < 0 ? brood__fail(starting->error, r, BROOD_STEP_TERMINAL, "/dev/tty") : 0;
}

static int begin(const struct starting *starting)
{
	size_t n = starting->request->n;
	int r = 0;
	for (size_t i = 0; r == 0 && i < n; i++)
		r = prepare(starting, i);
	if (r == 0)
		r = set_up_whole(starting);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = allocate(starting, i);
	/* Behind all that the caller may have got wrong: it empties files. */
	if (r == 0)
		r = brood__streams_open(
			starting->job, starting->request, starting->ends, starting->error);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = launch(starting, i);
	return r;
}

static int begin_with(struct brood_job *job, struct brood__request *request,
	struct scratch *scratch, struct brood__ends *ends, struct brood_error *error)
{
	for (size_t i = 0; i < request->n; i++) {
		scratch[i] = (struct scratch){ .attributes = BROOD__ATTRIBUTE_ROOM_NONE };
		ends[i] = (struct brood__ends){ .child_ends = { -1, -1, -1 } };
	}
	const struct starting starting = { job, request, scratch, ends, error };
	int r = begin(&starting);
	for (size_t i = 0; i < request->n; i++) {
		brood__ends_close(&ends[i]);
		scratch_done(&scratch[i]);
	}
	if (r < 0)
		brood__job_release(job);
	return r;
}

/* What a start needs for each stage while it lasts. */
struct room {
	struct brood__stage_request request;
	struct scratch scratch;
	struct brood__ends ends;
};

int brood__job_begin(struct brood_job *job, const struct brood_cmd *cmds, size_t n,
	const struct brood_options *options, bool alone, struct brood_error *error)
{
	struct room single;
	struct room *room = n > 1 ? malloc(n * sizeof *room) : &single;
	set_up_empty(job, n, alone);
	if (!room)
		return brood__fail(error, -ENOMEM, BROOD_STEP_CONFIG, NULL);
	struct brood__stage_request *requests = (void *)room;
	struct scratch *scratch = (void *)(requests + n);
	struct brood__ends *ends = (void *)(scratch + n);
	struct brood__request request = { .stages = requests };
	int r = brood__check(&request, cmds, n, options, error);
	for (size_t i = 0; alone && r == 0 && i < n; i++)
		r = brood__check_attributes_alone(&requests[i].attributes, error);
	if (r == 0) {
		brood__orphans_reap();
		set_labels(job, &request);
		r = begin_with(job, &request, scratch, ends, error);
	}
	if (room != &single)
		free(room);
	return r;
}

int brood__check_count(const struct brood_cmd *cmds, size_t n, struct brood_error *error)
{
	if (n == 0 || !cmds)
		return brood__fail(error, BROOD_EMISUSE, BROOD_STEP_CONFIG, "cmds");
	return n > MOST_STAGES ? brood__fail(error, -EINVAL, BROOD_STEP_CONFIG, "n") : 0;
}

struct brood_job *brood__job_new(size_t n)
{
	size_t n_round = n > BROOD__FEW_STAGES ? BROOD__ROUND(n) : 0;
	struct brood_job *job = malloc(
		sizeof *job + n * sizeof *job->stages +
		n_round * (sizeof *job->round_fds + sizeof *job->round_slots));
	if (!job)
		return NULL;
	job->stages = (struct brood__stage *)(void *)(job + 1);
	job->round_fds = (struct pollfd *)(void *)(job->stages + n);
	job->round_slots = (struct brood__round_slot *)(void *)(job->round_fds + n_round);
	return job;
}

/* Nobody else knows the job yet. */
static void make_way(struct brood_job *job)
{
	for (size_t i = 0; i < job->n_stages; i++) {
		struct brood__stage *stage = &job->stages[i];
		for (int fd = 0; fd < 3; fd++)
			brood__fd_make_way(&stage->streams[fd].fd);
		brood__fd_make_way(&stage->process.pidfd);
		if (stage->tree) {
			brood__fd_make_way(&stage->tree->guard.socket);
			brood__fd_make_way(&stage->tree->guard.pidfd);
		}
	}
}

int brood_start(struct brood_job **ret_job, const struct brood_cmd *cmds, size_t n,
	const struct brood_options *options, struct brood_error *error)
{
	if (!ret_job)
		return brood__fail(error, BROOD_EMISUSE, BROOD_STEP_CONFIG, "ret_job");
	int r = brood__check_count(cmds, n, error);
	if (r < 0)
		return r;
	struct brood_job *job = brood__job_new(n);
	if (!job)
		return brood__fail(error, -ENOMEM, BROOD_STEP_CONFIG, NULL);
	r = brood__job_begin(job, cmds, n, options, false, error);
	if (r < 0) {
		free(job);
		return r;
	}
	make_way(job);
	*ret_job = job;
	return 0;
}
