/* SPDX-License-Identifier: MIT */
/* The way of one `brood run`: configuration, files, command, job, account. */
#include "run/run.h"

#include "common/duration.h"
#include "common/exit_code.h"
#include "common/message.h"
#include "common/print.h"
#include "common/signals.h"
#include "common/terminal.h"
#include "run/command.h"
#include "run/config.h"
#include "run/explain.h"
#include "run/output.h"
#include "run/record.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

/* Stop steps that we may not take; each one is told once by brood_job_wait(). */
#define MOST_REFUSALS 4

#define HURRY_MARGIN (5 * BROOD_MILLISECOND)

struct run {
	struct run_config config;
	struct run_command command;
	struct output output;
	bool has_output;
	int status_fd; /* -1: no record is wanted there */
	struct timespec start;
	struct brood_result result;
	struct brood_error error;
	int code;
	bool has_started;
	int output_error;
};

static int open_status(struct run *run)
{
	struct run_config *config = &run->config;

	if (config->status_path) {
		run->status_fd = open(config->status_path,
			O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);
		if (run->status_fd < 0) {
			message("%s: %s (--status)", config->status_path, message_errno(errno));
			return -1;
		}
	}
	if (config->status_fd < 0)
		return 0;
	/* Ours alone: the end of the command shall be the end of that pipe's writers but us. */
	int r = config->status_fd > STDERR_FILENO ? fcntl(config->status_fd, F_SETFD, FD_CLOEXEC)
						  : fcntl(config->status_fd, F_GETFD);
	if (r >= 0)
		return 0;
	message("run: --status-fd: %d is not an open descriptor", config->status_fd);
	return -1;
}

static int prepare(struct run *run)
{
	if (open_status(run) < 0 || run_command_make(&run->command, &run->config) < 0)
		return -1;
	run->has_output = output_is_needed(&run->config);
	if (!run->has_output)
		return 0;
	if (output_open(&run->output, &run->config) < 0)
		return -1;
	output_connect(&run->output, &run->command.cmd);
	return 0;
}

static void announce(const struct run *run, const struct brood_job *job)
{
	char text[2048], limit[DURATION_TEXT_SIZE];
	const struct run_config *config = &run->config;

	brood_cmd_text(&run->command.cmd, text, sizeof text);
	message("%s: pid %d, %s, %s%s: %s", config->name, (int)brood_job_pid(job),
		run->command.shares_group ? "in our process group"
					  : "in a process group of its own",
		config->timeout > 0 ? "time limit " : "no time limit",
		config->timeout > 0 ? duration_text(config->timeout, limit) : "", text);
}

/* A set-uid command may not be signalled by us: say so, and stay with it. */
static int wait_for(struct run *run, struct brood_job *job)
{
	for (int refusals = 0;; refusals++) {
		int r = brood_job_wait(job, BROOD_FOREVER, &run->result, &run->error);
		if (r != -EPERM || run->error.step != BROOD_STEP_SIGNAL ||
			refusals == MOST_REFUSALS)
			return r;
		if (refusals == 0)
			message("%s: it may not be signalled: %s", run->config.name,
				message_errno(EPERM));
	}
}

static void run_job(struct run *run)
{
	const struct run_config *config = &run->config;
	struct brood_job *job = NULL;

	signals_install(run->command.shares_group);
	clock_gettime(CLOCK_REALTIME, &run->start);
	run->code = brood_start(&job, &run->command.cmd, 1, &run->command.options, &run->error);
	if (run->code < 0) {
		explain_start(config, run->command.cmd.search_path, run->code, &run->error);
		return;
	}
	run->has_started = true;
	/* A little after the limit, so that a write that gives up finds it passed. */
	if (run->has_output)
		signals_hurry_after(
			config->timeout > 0 && config->timeout < BROOD_FOREVER - HURRY_MARGIN
				? config->timeout + HURRY_MARGIN
				: BROOD_FOREVER);
	signals_attach(job, config->name, config->timeout);
	if (config->verbose)
		announce(run, job);
	run->code = wait_for(run, job);
	signals_detach();
	const struct brood_status *status = run->result.stages;
	if (run->code < 0 && (!status || status->how != BROOD_EXITED || run->code != BROOD_EEXIT))
		terminal_restore(&run->command.terminal);
	if (run->has_output)
		run->output_error = output_finish(&run->output, config->wait_delay);
	brood_job_free(job);
}

static const struct brood_status *status_of(const struct run *run)
{
	return run->has_started && run->result.n_stages > 0 ? run->result.stages : NULL;
}

static int exit_code(const struct run *run)
{
	const struct brood_status *status = status_of(run);
	int code = exit_code_of(run->code, status, &run->error);

	if (run->output_error == 0)
		return code;
	/* Without its reader it could only die of SIGPIPE: that is not its own failure. */
	bool is_fine = code == 0 || code == EXIT_SIGNAL + SIGPIPE;
	if (!is_fine)
		return code;
	return run->output_error == EPIPE ? EXIT_SIGNAL + SIGPIPE : EXIT_BROOD;
}

/* With -q: what was held back, now that it is wanted. */
static void show_failure(struct run *run, int code)
{
	const struct brood_status *status = status_of(run);
	unsigned long long lines = tail_lines(&run->output.tail);
	char end[128];

	if (!status)
		return;
	explain_status(status, end, sizeof end);
	if (run->code == BROOD_ETIMEOUT || code == EXIT_BROOD)
		end[0] = '\0';
	if (lines == 0)
		message("%s: %s%sno output", run->config.name, end, end[0] ? ", " : "");
	else if (lines <= TAIL_LINES)
		message("%s: %s%sits output:", run->config.name, end, end[0] ? ", " : "");
	else
		message("%s: %s%sthe last %d of %llu lines of its output:", run->config.name, end,
			end[0] ? ", " : "", TAIL_LINES, lines);
	output_show_tail(&run->output);
}

static int write_record(const struct run *run, const struct run_record *record)
{
	const struct run_config *config = &run->config;
	struct text text = { 0 };
	int failed = 0;

	record_json(&text, config, record);
	if (config->json)
		(void)write_all(STDERR_FILENO, text.bytes, text.length);
	if (config->status_fd >= 0) {
		int r = write_all(config->status_fd, text.bytes, text.length);
		if (r < 0) {
			message("descriptor %d: %s (--status-fd)", config->status_fd,
				message_errno(-r));
			failed = -1;
		}
	}
	if (run->status_fd >= 0) {
		int r = write_all(run->status_fd, text.bytes, text.length);
		if (close(run->status_fd) < 0 && r == 0)
			r = -errno;
		if (r < 0) {
			message("%s: %s (--status)", config->status_path, message_errno(-r));
			failed = -1;
		}
	}
	text_done(&text);
	return failed;
}

static int account(struct run *run)
{
	const struct run_config *config = &run->config;
	const struct run_record record = {
		.code = run->code,
		.result = run->has_started ? &run->result : NULL,
		.start = run->start,
		.was_asked = signals_received() != 0,
	};
	int code = exit_code(run);

	if (run->has_started)
		explain_end(config, run->code, &run->result, &run->error, record.was_asked);
	if (config->quiet && code != 0)
		show_failure(run, code);
	if (config->report || config->verbose) {
		struct text text = { 0 };
		record_line(&text, config, &record);
		message("%s", text.bytes);
		text_done(&text);
	}
	if (config->json || config->status_fd >= 0 || config->status_path) {
		if (write_record(run, &record) < 0 && code == 0)
			code = EXIT_BROOD;
	}
	return code;
}

/* A shell that gets 130 goes on with its loop; one whose command died of SIGINT stops it. */
static void die_if_interrupted(const struct run *run, int code)
{
	const struct brood_status *status = status_of(run);

	if (signals_received() == SIGINT && code == EXIT_SIGNAL + SIGINT && status &&
		status->how == BROOD_SIGNALED)
		signals_die_of(SIGINT);
}

static int run_main(int argc, char **argv)
{
	struct run run = {
		.status_fd = -1,
		.result = BROOD_RESULT_INIT,
		.error = BROOD_ERROR_INIT,
	};
	int code = EXIT_BROOD;

	if (run_config_read(&run.config, argc, argv) == 0) {
		if (run.config.help) {
			struct text text = { 0 };
			run_subcommand.help(&text);
			code = print_text(&text);
			text_done(&text);
		} else if (prepare(&run) == 0) {
			run_job(&run);
			code = account(&run);
		}
	}
	die_if_interrupted(&run, code);
	brood_result_done(&run.result);
	output_done(&run.output);
	run_command_done(&run.command);
	run_config_done(&run.config);
	return code;
}

static void run_help(struct text *text)
{
	text_string(text,
		"Usage: brood run [OPTION...] [--] [NAME=VALUE...] COMMAND [ARGUMENT...]\n\n"
		"Runs one command and answers with its exit code. Long options are written out.\n\n"
		"Options:\n");
	options_help(&run_options, text);
	text_string(text,
		"\nTIME: 500ms, 2s, 1m30s, 1h, 2d, 1.5 (seconds); 0 or off: none.\n"
		"SIGNAL: TERM, SIGTERM, 15, RTMIN+3.\n\n"
		"Exit codes: the command's own; 124 the time limit passed; 125 brood itself\n"
		"failed; 126 the command cannot be executed; 127 it was not found; 128+n\n"
		"signal n killed it.\n\n"
		"Examples:\n"
		"  brood run -t 10m -k 5s -- ./integration-tests.sh\n"
		"  brood run -q --ts -o build.log -- make -j8\n"
		"  brood run --clear-env -e HOME LANG=C -C /srv --json -- ./job\n");
}

const struct subcommand run_subcommand = {
	.name = "run",
	.summary = "run one command: limits, output, account",
	.main = run_main,
	.help = run_help,
};
