/* SPDX-License-Identifier: MIT */
#include "common/duration.h"
#include "common/environment.h"
#include "common/exit_code.h"
#include "common/memory.h"
#include "common/message.h"
#include "common/signals.h"
#include "common/standard_fds.h"
#include "pipe/files.h"
#include "pipe/relay.h"
#include "pipe/run.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where execvp(3) looks when there is no PATH. */
#define DEFAULT_PATH "/bin:/usr/bin"
/* Stages that relays and trees of relays have in front of them. */
#define FIRST_BRANCH 3

static const char *number_of(const struct pipe_run *run, size_t node)
{
	return run->plan->nodes[node].number;
}

static const char *search_path_of(const struct pipe_run *run, const struct pipe_stage *stage)
{
	const char *path = environment_get("PATH");

	for (size_t i = 0; i < run->config->n_env; i++)
		if (strncmp(run->config->env[i], "PATH=", 5) == 0)
			path = run->config->env[i] + 5;
	for (size_t i = 0; i < stage->n_env; i++)
		if (strncmp(stage->env[i], "PATH=", 5) == 0)
			path = stage->env[i] + 5;
	return path ? path : DEFAULT_PATH;
}

static int explain_lookup(
	const struct pipe_run *run, size_t node, int code, const struct brood_error *error)
{
	const struct pipe_stage *stage = run->plan->nodes[node].stage;
	const char *name = stage ? stage->argv[0] : "";
	const char *number = number_of(run, node);
	/* Somebody has forgotten the quotes, or the bars. */
	const char *hint = run->config->is_words && run->plan->n_stages > 1
				   ? " (each argument is a stage: quote its words together)"
			   : !run->config->is_words && name[0] == '-'
				   ? " (options stand in front of the first stage)"
				   : "";

	if (code == BROOD_ENOTFOUND && error->os_errno == EACCES) {
		message("pipe: stage %s: %s: found on PATH, but it is not executable", number,
			name);
		return EXIT_CANNOT;
	}
	if (code == BROOD_ENOTFOUND) {
		message("pipe: stage %s: %s: not found on PATH%s", number, name[0] ? name : "''",
			hint);
		return EXIT_NOT_FOUND;
	}
	message("pipe: stage %s: %s: %s%s", number, name, message_errno(-code),
		code == -EACCES ? " (found, but not executable)" : "");
	return code == -ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT;
}

/* A name with a slash is executed as it is. Where it counts from another directory than ours the
   start has to tell. */
static int look_at(const struct pipe_run *run, size_t node)
{
	const struct pipe_stage *stage = run->plan->nodes[node].stage;
	const struct brood_error error = BROOD_ERROR_INIT;

	if (((run->config->dir || stage->dir) && stage->argv[0][0] != '/') ||
		faccessat(AT_FDCWD, stage->argv[0], X_OK, AT_EACCESS) == 0)
		return 0;
	return explain_lookup(run, node, -errno, &error);
}

/* Of half a pipeline nobody has anything: before the first stage starts. */
static int look_up(const struct pipe_run *run, size_t node)
{
	const struct pipe_stage *stage = run->plan->nodes[node].stage;
	struct brood_error error = BROOD_ERROR_INIT;
	char **path = &run->processes[node].path;

	if (strchr(stage->argv[0], '/'))
		return look_at(run, node);
	int code = brood_lookup(stage->argv[0], search_path_of(run, stage), path, &error);
	return code == 0 || code == BROOD_EDOT ? 0 : explain_lookup(run, node, code, &error);
}

static int complain_about_size(const struct pipe_run *run, const struct pipe_link *link)
{
	const struct pipe_node *writer = &run->plan->nodes[link->writer];
	int number = errno;

	message("pipe: stage %s: buf=%llu: %s%s", writer->number, (unsigned long long)link->size,
		message_errno(number),
		number == EPERM ? " (see /proc/sys/fs/pipe-max-size and pipe-user-pages-soft)"
				: "");
	return EXIT_BROOD;
}

static int make_pipe(struct pipe_run *run, size_t index)
{
	const struct pipe_link *link = &run->plan->links[index];
	const struct pipe_node *writer = &run->plan->nodes[link->writer];
	bool was_asked_for = writer->stage && writer->stage->buffer > 0;

	if (pipe2(run->pipes[index], O_CLOEXEC) < 0) {
		run->pipes[index][0] = run->pipes[index][1] = -1;
		message("pipe: stage %s: the pipe behind it cannot be made: %s", writer->number,
			message_errno(errno));
		return EXIT_BROOD;
	}
	if (link->size == 0 || fcntl(run->pipes[index][1], F_SETPIPE_SZ,
				       link->size < INT_MAX ? (int)link->size : INT_MAX) >= 0)
		return 0;
	/* A relay is as good as it can be with less. */
	return was_asked_for ? complain_about_size(run, link) : 0;
}

static int find_program(struct pipe_run *run)
{
	if (run->plan->n_nodes == run->plan->n_stages)
		return 0;
	run->program = memory_get(PATH_MAX);
	ssize_t length = readlink("/proc/self/exe", run->program, PATH_MAX - 1);
	if (length <= 0) {
		message("pipe: /proc/self/exe: %s (a relay needs it)", message_errno(errno));
		return EXIT_BROOD;
	}
	run->program[length] = '\0';
	return 0;
}

static int make_set(struct pipe_run *run)
{
	struct brood_error error = BROOD_ERROR_INIT;
	int r = brood_set_new(&run->set, &error);

	run->limit_at = INT64_MAX;
	/* A limit of nothing is one that has passed. */
	if (r == 0 && run->config->timeout > 0) {
		int64_t now = duration_now();
		r = brood_context_new(&run->context, NULL, run->config->timeout);
		if (run->config->timeout < INT64_MAX - now)
			run->limit_at = now + run->config->timeout;
	}
	if (r == 0)
		return 0;
	message("pipe: %s", message_errno(-r));
	return EXIT_BROOD;
}

/* Nothing will come of any stage; whose fault it was is seen. */
static int give_up(struct pipe_run *run, size_t node, int code)
{
	if (node != PIPE_NONE)
		run->accounts[node].end = (struct pipe_end){ .how = PIPE_NOT_STARTED,
			.exit_code = code,
			.was_limited = code == EXIT_TIMEOUT,
			.was_limited_with_all = code == EXIT_TIMEOUT };
	return code;
}

int pipe_prepare(struct pipe_run *run)
{
	size_t node = PIPE_NONE;
	int code = make_set(run);

	if (code == 0)
		code = find_program(run);
	for (size_t i = 0; i < run->plan->n_stages && code == 0; i++) {
		code = look_up(run, i);
		node = code == 0 ? PIPE_NONE : i;
	}
	for (size_t i = 0; i < run->plan->n_links && code == 0; i++) {
		code = make_pipe(run, i);
		node = code == 0 ? PIPE_NONE : run->plan->links[i].writer;
	}
	if (code == 0)
		code = pipe_open_files(run, &node);
	return code == 0 ? 0 : give_up(run, node, code);
}

/* What changes in the environment; to be freed, NULL: nothing. */
static char **edits_of(const struct pipe_run *run, const struct pipe_stage *stage)
{
	const struct pipe_config *config = run->config;
	size_t n = 0;

	if (config->n_env + stage->n_env == 0)
		return NULL;
	char **edits = memory_get((config->n_env + stage->n_env + 1) * sizeof *edits);
	for (size_t i = 0; i < config->n_env; i++)
		memcpy(&edits[n++], &config->env[i], sizeof *edits);
	for (size_t i = 0; i < stage->n_env; i++)
		edits[n++] = stage->env[i];
	edits[n] = NULL;
	return edits;
}

static struct brood_io input_of(const struct pipe_run *run, size_t node)
{
	const struct pipe_node *planned = &run->plan->nodes[node];

	if (planned->in != PIPE_NONE)
		return brood_fd(run->pipes[planned->in][0]);
	if (run->processes[node].in >= 0)
		return brood_fd(run->processes[node].in);
	return standard_input_was_closed() ? brood_null() : brood_inherit();
}

static struct brood_io output_of(const struct pipe_run *run, size_t node)
{
	const struct pipe_node *planned = &run->plan->nodes[node];

	if (run->processes[node].out >= 0)
		return brood_fd(run->processes[node].out);
	size_t link = planned->n_outs > 0 ? planned->outs[0] : PIPE_NONE;
	return link == PIPE_NONE ? brood_inherit() : brood_fd(run->pipes[link][1]);
}

static struct brood_io error_of(const struct pipe_run *run, size_t node)
{
	const struct pipe_stage *stage = run->plan->nodes[node].stage;

	switch (stage ? stage->err : PIPE_ERR_INHERIT) {
	case PIPE_ERR_JOIN:
		return brood_merge();
	case PIPE_ERR_DROP:
		return brood_null();
	case PIPE_ERR_FILE:
		return brood_fd(run->processes[node].err);
	case PIPE_ERR_INHERIT:
		break;
	}
	return brood_inherit();
}

static void explain_start(const struct pipe_run *run, size_t node)
{
	const struct pipe_process *process = &run->processes[node];
	const struct brood_error *error = &process->error;
	char words[512];

	if (error->step == BROOD_STEP_LOOKUP && run->plan->nodes[node].stage)
		explain_lookup(run, node, process->code, error);
	else if (process->code == BROOD_ETIMEOUT || process->code == BROOD_ECANCELED)
		return; /* is told of all */
	else
		message("pipe: stage %s: %s", number_of(run, node),
			brood_explain(process->code, NULL, error, words, sizeof words));
}

static void launch_job(struct pipe_run *run, size_t node, struct brood_cmd *cmd)
{
	const struct pipe_config *config = run->config;
	const struct pipe_stage *stage = run->plan->nodes[node].stage;
	struct pipe_process *process = &run->processes[node];
	/* A relay knows one only. */
	const struct brood_stop stop = { .signal = stage ? config->signal : SIGTERM,
		.grace = config->kill_after };
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_KILL_TREE,
		.timeout = stage ? stage->timeout : 0, .context = run->context, .stop = &stop,
		.n_stop = 1, .tree = BROOD_TREE_AUTO);

	process->has_own_limit = options.timeout > 0 &&
				 options.timeout < run->limit_at - duration_now();
	options.flags |= run->shares_group ? BROOD_REPORT_STOPS : BROOD_NEW_GROUP;
	cmd->in = input_of(run, node);
	cmd->out = output_of(run, node);
	cmd->err = error_of(run, node);
	cmd->signals = stage ? &run->signals : &run->relay_signals;
	process->job = NULL;
	process->error = (struct brood_error)BROOD_ERROR_INIT;
	process->code = brood_start(&process->job, cmd, 1, &options, &process->error);
}

static void launch_relay(struct pipe_run *run, size_t node)
{
	const struct pipe_node *planned = &run->plan->nodes[node];
	char rate[32], memory[32], outs[32], stage[PIPE_NUMBER_SIZE];
	struct brood_fd_map *map = memory_get(planned->n_outs * sizeof *map);

	snprintf(rate, sizeof rate, "%llu", (unsigned long long)planned->rate);
	snprintf(memory, sizeof memory, "%llu", (unsigned long long)planned->memory);
	snprintf(outs, sizeof outs, "%zu", planned->n_outs);
	snprintf(stage, sizeof stage, "%s", number_of(run, planned->source));
	for (size_t i = 1; i < planned->n_outs; i++)
		map[i - 1] = (struct brood_fd_map){ run->pipes[planned->outs[i]][1],
			FIRST_BRANCH + (int)i - 1 };
	struct brood_cmd cmd = BROOD_CMD(.path = run->program,
		.argv = BROOD_ARGV("brood", PIPE_RELAY_NAME, rate, memory, outs, stage),
		.label = "relay", .fds = map, .n_fds = planned->n_outs - 1);
	launch_job(run, node, &cmd);
	free(map);
}

static void launch_stage(struct pipe_run *run, size_t node)
{
	const struct pipe_stage *stage = run->plan->nodes[node].stage;
	char *dir = pipe_directory_of(run, stage);
	char **edits = edits_of(run, stage);
	/* What was opened for a program shall reach it through us, as with brood run. */
	struct brood_cmd cmd = BROOD_CMD(.path = run->processes[node].path, .argv = stage->argv,
		.env_edit = edits, .dir = dir, .label = text_base_name(stage->argv[0]),
		.flags = BROOD_KEEP_FDS, .ok_codes = stage->ok_codes,
		.n_ok_codes = stage->n_ok_codes);

	launch_job(run, node, &cmd);
	free(edits);
	free(dir);
}

void pipe_launch(struct pipe_run *run, size_t node)
{
	const struct pipe_stage *stage = run->plan->nodes[node].stage;

	run->processes[node].was_launched = true;
	if (stage)
		launch_stage(run, node);
	else
		launch_relay(run, node);
	/* One that may be tried again keeps its place between its neighbours. */
	if (run->processes[node].code < 0 || !stage || stage->retry == 0)
		pipe_let_go(run, node);
}

/* A file that an attempt has begun to write begins anew. */
static void rewind_files(const struct pipe_run *run, size_t node)
{
	const struct pipe_process *process = &run->processes[node];
	const struct pipe_stage *stage = run->plan->nodes[node].stage;
	struct stat status;

	if (process->in >= 0)
		(void)lseek(process->in, 0, SEEK_SET);
	if (process->out < 0 || stage->out_is_appended || fstat(process->out, &status) < 0 ||
		!S_ISREG(status.st_mode))
		return;
	if (lseek(process->out, 0, SEEK_SET) < 0 || ftruncate(process->out, 0) < 0)
		message("pipe: stage %s: %s: %s", number_of(run, node), stage->out_path,
			message_errno(errno));
}

static void note_failure(struct pipe_run *run, size_t node)
{
	const struct pipe_process *process = &run->processes[node];
	bool is_limited = process->code == BROOD_ETIMEOUT || process->code == BROOD_ECANCELED;

	explain_start(run, node);
	run->accounts[node].end = (struct pipe_end){ .how = PIPE_NOT_STARTED,
		.exit_code = exit_code_of(process->code, NULL, &process->error),
		.was_limited = is_limited,
		.was_limited_with_all = is_limited };
	run->is_over[node] = true;
	pipe_let_go(run, node);
}

int pipe_take(struct pipe_run *run, size_t node)
{
	struct pipe_process *process = &run->processes[node];
	struct pipe_account *account = &run->accounts[node];

	account->attempts++;
	if (process->code == 0) {
		process->code = brood_set_add(run->set, process->job, process);
		if (process->code < 0)
			brood_job_free(process->job);
	}
	if (process->code < 0) {
		note_failure(run, node);
		return -1;
	}
	run->jobs[node] = process->job;
	/* Between a look at the signals that came and now there may have been one. */
	if (signals_received() != 0 && account->attempts > 1)
		brood_job_stop(process->job);
	account->end = (struct pipe_end){ .how = PIPE_RUNNING };
	account->pid = brood_job_pid(process->job);
	run->views[node].pid = account->pid;
	run->views[node].has_ended = false;
	run->n_running++;
	return 0;
}

int pipe_start_again(struct pipe_run *run, size_t node)
{
	run->processes[node].retry_at = 0;
	rewind_files(run, node);
	pipe_launch(run, node);
	return pipe_take(run, node);
}

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void pipe_let_go(struct pipe_run *run, size_t node)
{
	const struct pipe_node *planned = &run->plan->nodes[node];
	struct pipe_process *process = &run->processes[node];

	if (planned->in != PIPE_NONE)
		close_end(&run->pipes[planned->in][0]);
	for (size_t i = 0; i < planned->n_outs; i++)
		if (planned->outs[i] != PIPE_NONE)
			close_end(&run->pipes[planned->outs[i]][1]);
	close_end(&process->in);
	close_end(&process->out);
	close_end(&process->err);
}
