/* SPDX-License-Identifier: MIT */
/* The way of one `brood pipe`: configuration, plan, run, account. */
#include "pipe/pipe.h"

#include "common/duration.h"
#include "common/exit_code.h"
#include "common/memory.h"
#include "common/message.h"
#include "common/print.h"
#include "common/signals.h"
#include "pipe/run.h"
#include "pipe/sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

/* Ours alone: a reader of the records shall see their end. */
static int open_status(const struct pipe_config *config, int *ret_file)
{
	*ret_file = -1;
	if (config->status_fd >= 0) {
		int r = config->status_fd > STDERR_FILENO
				? fcntl(config->status_fd, F_SETFD, FD_CLOEXEC)
				: fcntl(config->status_fd, F_GETFD);
		if (r < 0) {
			message("pipe: --status-fd: %d is not an open descriptor",
				config->status_fd);
			return EXIT_BROOD;
		}
	}
	if (!config->status_path)
		return 0;
	*ret_file = open(
		config->status_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);
	if (*ret_file >= 0)
		return 0;
	message("%s: %s (--status)", config->status_path, message_errno(errno));
	return EXIT_BROOD;
}

/* Returns 0, or the exit code if the record could not be written. */
static int write_record(
	const struct pipe_config *config, int file, const struct pipe_summary *summary)
{
	struct text text = { 0 };
	int code = 0, r = 0;

	pipe_add_record(&text, summary);
	if (config->json)
		(void)write_all(STDERR_FILENO, text.bytes, text.length);
	if (config->status_fd >= 0 &&
		(r = write_all(config->status_fd, text.bytes, text.length)) < 0) {
		message("descriptor %d: %s (--status-fd)", config->status_fd, message_errno(-r));
		code = EXIT_BROOD;
	}
	if (file >= 0) {
		r = write_all(file, text.bytes, text.length);
		if (close(file) < 0 && r == 0)
			r = -errno;
		if (r < 0) {
			message("%s: %s (--status)", config->status_path, message_errno(-r));
			code = EXIT_BROOD;
		}
	}
	text_done(&text);
	return code;
}

/* As shells do: nothing to say about what the user or a closed pipe has done. */
static bool is_news(const struct pipe_run *run, const struct pipe_end *end)
{
	if (end->is_excused || end->was_stopped || end->how == PIPE_NOT_STARTED ||
		end->how == PIPE_WAITING)
		return false;
	if (end->how != PIPE_SIGNALED || end->was_limited)
		return true;
	if (end->signal == SIGPIPE && run->config->mode != PIPE_MODE_STRICT)
		return false;
	return end->signal != SIGINT && signals_received() == 0;
}

static void say_failure(const struct pipe_node *node, const struct pipe_end *end)
{
	char limit[DURATION_TEXT_SIZE];
	struct text text = { 0 };

	if (end->was_limited && !end->was_limited_with_all && node->stage)
		text_format(&text, "time limit of %s reached",
			duration_text(node->stage->timeout, limit));
	else
		pipe_add_end(&text, node, end);
	message("pipe: stage %s (%s): %s", node->number, pipe_short_name(node), text.bytes);
	text_done(&text);
}

static void say_failures(const struct pipe_run *run, const struct pipe_summary *summary)
{
	const struct pipe_plan *plan = run->plan;
	size_t n_stopped = 0;

	for (size_t i = 0; i < plan->n_nodes; i++) {
		const struct pipe_end *end = &summary->accounts[i].end;
		n_stopped += end->was_stopped && plan->nodes[i].stage &&
			     !pipe_end_is_good(&plan->nodes[i], end);
		if (pipe_end_is_good(&plan->nodes[i], end) || !is_news(run, end) ||
			end->was_limited_with_all)
			continue;
		/* A relay has said what it could not do, unless it was killed. */
		if (!plan->nodes[i].stage && end->how == PIPE_EXITED)
			continue;
		say_failure(&plan->nodes[i], end);
	}
	if (n_stopped > 0 && !run->has_failed_to_start)
		message("pipe: %zu other stage%s stopped (--keep-going lets them end)", n_stopped,
			n_stopped == 1 ? " was" : "s were");
}

static void account(struct pipe_run *run, struct pipe_summary *summary)
{
	const struct pipe_config *config = run->config;
	char limit[DURATION_TEXT_SIZE];
	struct text table = { 0 };

	if (summary->timed_out)
		message("pipe: time limit of %s reached", duration_text(config->timeout, limit));
	if (!config->quiet || config->verbose)
		say_failures(run, summary);
	if (!config->verbose)
		return;
	pipe_add_table(&table, summary);
	(void)write_all(STDERR_FILENO, table.bytes, table.length);
	text_done(&table);
}

/* What we exit with, out of all ends. */
static int decide(struct pipe_run *run, struct pipe_summary *summary)
{
	struct pipe_end *ends = memory_get((run->plan->n_nodes + 1) * sizeof *ends);

	for (size_t i = 0; i < run->plan->n_nodes; i++)
		ends[i] = run->accounts[i].end;
	size_t deciding = pipe_verdict(run->plan, ends, run->config->mode);
	for (size_t i = 0; i < run->plan->n_nodes; i++)
		run->accounts[i].end = ends[i];
	summary->timed_out = pipe_was_limited(run->plan, ends);
	int code = summary->timed_out      ? EXIT_TIMEOUT
		   : deciding == PIPE_NONE ? 0
					   : pipe_end_exit_code(&ends[deciding]);
	free(ends);
	return code;
}

static void begin(struct pipe_run *run)
{
	size_t n = run->plan->n_nodes;

	run->processes = memory_get(n * sizeof *run->processes);
	run->accounts = memory_get(n * sizeof *run->accounts);
	run->is_over = memory_get(n * sizeof *run->is_over);
	run->is_doomed = memory_get(n * sizeof *run->is_doomed);
	run->views = memory_get(n * sizeof *run->views);
	run->jobs_memory = memory_get(n * sizeof *run->jobs);
	run->jobs = run->jobs_memory;
	run->pipes = memory_get((run->plan->n_links + 1) * sizeof *run->pipes);
	for (size_t i = 0; i < run->plan->n_links; i++)
		run->pipes[i][0] = run->pipes[i][1] = -1;
	for (size_t i = 0; i < n; i++) {
		const struct pipe_node *node = &run->plan->nodes[i];
		struct pipe_process *process = &run->processes[i];
		*process = (struct pipe_process){ .in = -1, .out = -1, .err = -1 };
		run->accounts[i] = (struct pipe_account){ 0 };
		run->is_over[i] = run->is_doomed[i] = false;
		run->jobs[i] = NULL;
		pipe_add_name(&process->name, node);
		run->views[i] = (struct pipe_stage_view){
			.number = node->number,
			.name = process->name.bytes,
			.is_relay = !node->stage,
			.source = node->source == PIPE_NONE ? -1 : (ptrdiff_t)node->source,
			.exit_code = -1,
			.is_last = node->stage ? pipe_plan_is_end(run->plan, i) : false,
		};
	}
}

void pipe_run_done(struct pipe_run *run)
{
	for (size_t i = 0; i < run->plan->n_nodes; i++) {
		pipe_let_go(run, i);
		text_done(&run->processes[i].name);
		free(run->processes[i].path);
	}
	brood_set_free(run->set);
	brood_context_free(run->context);
	free(run->processes);
	free(run->accounts);
	free(run->is_over);
	free(run->is_doomed);
	free(run->views);
	free(run->jobs_memory);
	free(run->pipes);
	free(run->program);
}

static void run_all(struct pipe_run *run, struct pipe_summary *summary)
{
	const struct pipe_config *config = run->config;

	run->has_adopted = pipe_adopt();
	terminal_look(&run->terminal);
	run->shares_group = run->terminal.exists;
	signals_install(run->shares_group);
	if (config->stats)
		run->stats = pipe_stats_new(
			run->views, run->plan->n_nodes, STDERR_FILENO, PIPE_STATS_AUTO);
	pipe_start_all(run);
	signals_attach_all(run->jobs, run->plan->n_nodes, "pipe", config->timeout);
	pipe_loop(run);
	signals_detach();
	/* All jobs are freed: who is there now has lost his guard. */
	if (run->has_adopted)
		(void)pipe_sweep(true);
	pipe_stats_end(run->stats);
	summary->was_asked = signals_received() != 0;
	summary->code = decide(run, summary);
	if (summary->code > EXIT_BROOD)
		terminal_restore(&run->terminal);
}

static int run_and_tell(struct pipe_run *run, int file)
{
	struct pipe_summary summary = { .plan = run->plan, .accounts = run->accounts };
	int64_t started = duration_now();

	clock_gettime(CLOCK_REALTIME, &summary.start);
	summary.code = pipe_prepare(run);
	bool was_prepared = summary.code == 0;
	if (was_prepared)
		run_all(run, &summary);
	else
		summary.timed_out = summary.code == EXIT_TIMEOUT;
	summary.wall = duration_now() - started;
	if (was_prepared)
		account(run, &summary);
	int r = write_record(run->config, file, &summary);
	return summary.code == 0 ? r : summary.code;
}

static int execute(const struct pipe_config *config)
{
	struct pipe_problem problem = { 0 };
	struct pipe_plan plan;
	int file = -1;

	if (pipe_plan_make(&plan, config, &problem) < 0) {
		message("pipe: %s", problem.text.bytes);
		text_done(&problem.text);
		return EXIT_BROOD;
	}
	struct pipe_run run = { .config = config, .plan = &plan };
	begin(&run);
	int code = open_status(config, &file);
	if (code == 0)
		code = run_and_tell(&run, file);
	pipe_run_done(&run);
	pipe_plan_done(&plan);
	/* A shell that gets 130 goes on with its loop; one whose command died of SIGINT stops it.
	 */
	if (code == EXIT_SIGNAL + SIGINT && signals_received() == SIGINT)
		signals_die_of(SIGINT);
	return code;
}

static int pipe_main(int argc, char **argv)
{
	struct pipe_config config;
	int code = EXIT_BROOD;

	if (pipe_config_read(&config, argc, argv) == 0) {
		if (config.help) {
			struct text text = { 0 };
			pipe_subcommand.help(&text);
			code = print_text(&text);
			text_done(&text);
		} else {
			code = execute(&config);
		}
	}
	pipe_config_done(&config);
	return code;
}

static void pipe_help(struct text *text)
{
	text_string(text,
		"Usage: brood pipe [OPTION...] STAGE [--tee STAGES] STAGE...\n"
		"       brood pipe [OPTION...] COMMAND [ARGUMENT...] '|' COMMAND [ARGUMENT...]...\n\n"
		"Joins commands by pipes and answers for all of them. In the first form each\n"
		"argument is one stage, split into words as a shell does, with nothing expanded,\n"
		"and with <FILE >FILE >>FILE 2>FILE 2>&1. In the second one words are taken as\n"
		"they are, and a lone | separates stages.\n\n"
		"Options:\n");
	options_help(&pipe_options, text);
	text_string(text,
		"\nA stage may begin with options of its own in brackets: name=TEXT  ok=0,1  t=TIME\n"
		"  buf=SIZE (of the pipe behind it)  mem=SIZE (memory behind it)\n"
		"  err=join|drop|FILE  cwd=DIR  env.NAME=VALUE  retry=N\n\n"
		"TIME: 500ms, 2s, 1m30s, 1h, 2d, 1.5 (seconds); 0 or off: none.\n"
		"SIZE: 4096, 64K, 512M, 2G.  SIGNAL: TERM, SIGTERM, 15, RTMIN+3.\n\n"
		"Exit codes: that of the rightmost stage that failed, where a stage that SIGPIPE\n"
		"kills is excused if its reader ended well; 124 a limit passed; 125 brood itself\n"
		"failed; 126 a command cannot be executed; 127 one was not found; 128+n signal n\n"
		"killed it.\n\n"
		"Examples:\n"
		"  brood pipe 'zcat big.gz' '[ok=0,1] grep -F ERROR' 'cut -f3' 'sort' 'uniq -c'\n"
		"  brood pipe -v zcat big.gz '|' grep -F ERROR '|' head -5\n"
		"  brood pipe --stats 'tar c .' 'zstd -6' 'ssh host cat \\> b.tzst'\n"
		"  brood pipe 'cat log' --tee 'gzip > log.gz' --tee 'sha256sum > log.sum' 'wc -l'\n");
}

const struct subcommand pipe_subcommand = {
	.name = "pipe",
	.summary = "join commands by pipes, with the status of each",
	.options = &pipe_options,
	.main = pipe_main,
	.help = pipe_help,
	.operands = "PIPELINE",
};
