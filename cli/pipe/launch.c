/* SPDX-License-Identifier: MIT */
#include "common/duration.h"
#include "common/environment.h"
#include "common/exit_code.h"
#include "common/memory.h"
#include "common/message.h"
#include "common/signals.h"
#include "common/standard_fds.h"
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

/* As a command behind cd DIR && cd CWD would see it. Returns NULL for our own directory. */
static char *directory_of(const struct pipe_run *run, const struct pipe_stage *stage)
{
	const char *outer = run->config->dir, *inner = stage->dir;
	struct text path = { 0 };

	if (!outer && !inner)
		return NULL;
	if (outer && inner && inner[0] != '/')
		text_format(&path, "%s/%s", outer, inner);
	else
		text_string(&path, inner ? inner : outer);
	return path.bytes;
}

static int open_file(struct pipe_run *run, size_t node, const char *path, int flags)
{
	const struct pipe_stage *stage = run->plan->nodes[node].stage;
	char *dir = directory_of(run, stage);
	struct text whole = { 0 };

	if (dir && path[0] != '/')
		text_format(&whole, "%s/%s", dir, path);
	else
		text_string(&whole, path);
	int fd = open(whole.bytes, flags | O_CLOEXEC | O_NOCTTY, 0666);
	if (fd < 0)
		message("pipe: stage %s: %s: %s", number_of(run, node), whole.bytes,
			message_errno(errno));
	text_done(&whole);
	free(dir);
	return fd;
}

static int open_files(struct pipe_run *run, size_t node)
{
	const struct pipe_stage *stage = run->plan->nodes[node].stage;
	struct pipe_process *process = &run->processes[node];
	const int output = O_WRONLY | O_CREAT;

	if (!stage)
		return 0;
	if (stage->in_path && (process->in = open_file(run, node, stage->in_path, O_RDONLY)) < 0)
		return EXIT_BROOD;
	if (stage->out_path &&
		(process->out = open_file(run, node, stage->out_path,
			 output | (stage->out_is_appended ? O_APPEND : O_TRUNC))) < 0)
		return EXIT_BROOD;
	if (stage->err_path &&
		(process->err = open_file(run, node, stage->err_path,
			 output | (stage->err_is_appended ? O_APPEND : O_TRUNC))) < 0)
		return EXIT_BROOD;
	return 0;
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
	message("pipe: stage %s: %s: %s", number, name, message_errno(-code));
	return code == -ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT;
}

/* Of half a pipeline nobody has anything: before the first stage starts. */
static int look_up(const struct pipe_run *run, size_t node)
{
	const struct pipe_stage *stage = run->plan->nodes[node].stage;
	struct brood_error error = BROOD_ERROR_INIT;
	char *path = NULL;

	/* A name with a slash counts from a directory that is not ours now. */
	if (!stage || strchr(stage->argv[0], '/'))
		return 0;
	int code = brood_lookup(stage->argv[0], search_path_of(run, stage), &path, &error);
	free(path);
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
		message("pipe: a pipe cannot be made: %s", message_errno(errno));
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

	/* A limit of nothing is one that has passed. */
	if (r == 0 && run->config->timeout > 0)
		r = brood_context_new(&run->context, NULL, run->config->timeout);
	if (r == 0)
		return 0;
	message("pipe: %s", message_errno(-r));
	return EXIT_BROOD;
}

int pipe_prepare(struct pipe_run *run)
{
	int code = find_program(run);

	for (size_t i = 0; i < run->plan->n_stages && code == 0; i++)
		code = look_up(run, i);
	for (size_t i = 0; i < run->plan->n_links && code == 0; i++)
		code = make_pipe(run, i);
	for (size_t i = 0; i < run->plan->n_stages && code == 0; i++)
		code = open_files(run, i);
	return code == 0 ? make_set(run) : code;
}

static void make_environment(
	struct pipe_run *run, const struct pipe_stage *stage, struct brood_cmd *cmd)
{
	size_t n = 0;

	if (run->config->n_env + stage->n_env == 0)
		return;
	run->edits = memory_resize(
		run->edits, (run->config->n_env + stage->n_env + 1) * sizeof *run->edits);
	for (size_t i = 0; i < run->config->n_env; i++)
		memcpy(&run->edits[n++], &run->config->env[i], sizeof *run->edits);
	for (size_t i = 0; i < stage->n_env; i++)
		run->edits[n++] = stage->env[i];
	run->edits[n] = NULL;
	cmd->env_edit = run->edits;
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

static int start_job(struct pipe_run *run, size_t node, struct brood_cmd *cmd)
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
	struct brood_job *job = NULL;

	options.flags |= run->shares_group ? BROOD_REPORT_STOPS : BROOD_NEW_GROUP;
	cmd->in = input_of(run, node);
	cmd->out = output_of(run, node);
	cmd->err = error_of(run, node);
	process->error = (struct brood_error)BROOD_ERROR_INIT;
	process->code = brood_start(&job, cmd, 1, &options, &process->error);
	if (process->code == 0) {
		process->code = brood_set_add(run->set, job, process);
		if (process->code < 0)
			brood_job_free(job);
	}
	if (process->code < 0) {
		explain_start(run, node);
		return -1;
	}
	run->jobs[node] = job;
	/* Between a look at the signals that came and now there may have been one. */
	if (signals_received() != 0 && run->accounts[node].attempts > 0)
		brood_job_stop(job);
	return 0;
}

static int start_relay(struct pipe_run *run, size_t node)
{
	const struct pipe_node *planned = &run->plan->nodes[node];
	char rate[32], memory[32], outs[32];
	struct brood_fd_map *map = memory_get(planned->n_outs * sizeof *map);

	snprintf(rate, sizeof rate, "%llu", (unsigned long long)planned->rate);
	snprintf(memory, sizeof memory, "%llu", (unsigned long long)planned->memory);
	snprintf(outs, sizeof outs, "%zu", planned->n_outs);
	for (size_t i = 1; i < planned->n_outs; i++)
		map[i - 1] = (struct brood_fd_map){ run->pipes[planned->outs[i]][1],
			FIRST_BRANCH + (int)i - 1 };
	struct brood_cmd cmd = BROOD_CMD(.path = run->program,
		.argv = BROOD_ARGV("brood", PIPE_RELAY_NAME, rate, memory, outs), .label = "relay",
		.fds = map, .n_fds = planned->n_outs - 1);
	int r = start_job(run, node, &cmd);
	free(map);
	return r;
}

static int start_stage(struct pipe_run *run, size_t node)
{
	const struct pipe_stage *stage = run->plan->nodes[node].stage;
	char *dir = directory_of(run, stage);
	/* What was opened for a program shall reach it through us, as with brood run. */
	struct brood_cmd cmd = BROOD_CMD(.argv = stage->argv, .dir = dir,
		.label = text_base_name(stage->argv[0]), .flags = BROOD_KEEP_FDS | BROOD_LOOKUP_DOT,
		.search_path = search_path_of(run, stage), .ok_codes = stage->ok_codes,
		.n_ok_codes = stage->n_ok_codes);

	make_environment(run, stage, &cmd);
	int r = start_job(run, node, &cmd);
	free(dir);
	return r;
}

/* A file that an attempt has begun to write begins anew. */
static void rewind_files(const struct pipe_process *process, const struct pipe_stage *stage)
{
	if (process->in >= 0)
		(void)lseek(process->in, 0, SEEK_SET);
	if (process->out >= 0 && !stage->out_is_appended && lseek(process->out, 0, SEEK_SET) == 0 &&
		ftruncate(process->out, 0) < 0)
		message("pipe: %s: %s", stage->out_path, message_errno(errno));
}

int pipe_start(struct pipe_run *run, size_t node)
{
	const struct pipe_stage *stage = run->plan->nodes[node].stage;
	struct pipe_process *process = &run->processes[node];
	struct pipe_account *account = &run->accounts[node];

	if (account->attempts > 0)
		rewind_files(process, stage);
	process->retry_at = 0;
	int r = stage ? start_stage(run, node) : start_relay(run, node);
	account->attempts++;
	if (r < 0) {
		bool is_stopped = process->code == BROOD_ETIMEOUT ||
				  process->code == BROOD_ECANCELED;
		account->end = (struct pipe_end){ .how = PIPE_NOT_STARTED,
			.exit_code = exit_code_of(process->code, NULL, &process->error),
			.was_limited = is_stopped };
		run->is_over[node] = true;
		pipe_let_go(run, node);
		return -1;
	}
	account->end = (struct pipe_end){ .how = PIPE_RUNNING };
	account->pid = brood_job_pid(run->jobs[node]);
	run->views[node].pid = account->pid;
	run->views[node].has_ended = false;
	run->n_running++;
	/* One that may be tried again keeps its place between its neighbours. */
	if (!stage || stage->retry == 0)
		pipe_let_go(run, node);
	return 0;
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
