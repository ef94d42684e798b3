/* SPDX-License-Identifier: MIT */
/* The way of one `brood run`: configuration, files, command, attempts, account. */
#include "run/run.h"

#include "common/duration.h"
#include "common/exit_code.h"
#include "common/message.h"
#include "common/print.h"
#include "common/signals.h"
#include "run/attempt.h"
#include "run/command.h"
#include "run/config.h"
#include "run/explain.h"
#include "run/lock.h"
#include "run/output.h"
#include "run/record.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

struct run {
	const struct run_config *config;
	struct run_command command;
	struct control control;
	struct output output;
	bool has_output;
	int status_fd; /* -1: no record is wanted there */
	bool record_failed;
	bool was_interrupted; /* between two attempts */
	struct attempt attempt;
	int code; /* of the last attempt */
};

/* Before anything of ours is opened, which could get that number. */
static int check_status_fd(const struct run_config *config)
{
	if (config->status_fd < 0)
		return 0;
	/* Ours alone: the end of the command shall be the end of that pipe's writers but us. */
	int r = config->status_fd > STDERR_FILENO ? fcntl(config->status_fd, F_SETFD, FD_CLOEXEC)
						  : fcntl(config->status_fd, F_GETFD);
	if (r >= 0)
		return 0;
	message("run: --status-fd: %d is not an open descriptor", config->status_fd);
	return EXIT_BROOD;
}

static int open_status(struct run *run)
{
	const struct run_config *config = run->config;

	if (!config->status_path)
		return 0;
	run->status_fd = open(
		config->status_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);
	if (run->status_fd >= 0)
		return 0;
	message("%s: %s (--status)", config->status_path, message_errno(errno));
	return -1;
}

static int prepare(struct run *run)
{
	if (open_status(run) < 0 || run_command_make(&run->command, run->config) < 0)
		return -1;
	if (control_open(&run->control, &run->config->control) < 0)
		return -1;
	control_connect(&run->control, &run->command.made, &run->command.cmd);
	run->has_output = output_is_needed(run->config);
	if (!run->has_output)
		return 0;
	if (output_open(&run->output, run->config) < 0)
		return -1;
	output_connect(&run->output, &run->command.cmd);
	return 0;
}

/* With -q: what was held back, now that it is wanted. */
static void show_failure(struct run *run)
{
	const struct attempt *attempt = &run->attempt;
	const struct brood_status *status = attempt_status(attempt);
	unsigned long long lines = tail_lines(&run->output.tail);
	char end[128];

	if (!status)
		return;
	explain_status(status, end, sizeof end);
	if (attempt_was_limited(attempt) || run->code == EXIT_BROOD)
		end[0] = '\0';
	if (lines == 0)
		message("%s: %s%sno output", run->config->name, end, end[0] ? ", " : "");
	else if (lines <= TAIL_LINES)
		message("%s: %s%sits output:", run->config->name, end, end[0] ? ", " : "");
	else
		message("%s: %s%sthe last %d of %llu lines of its output:", run->config->name, end,
			end[0] ? ", " : "", TAIL_LINES, lines);
	output_show_tail(&run->output);
}

static void write_record(struct run *run)
{
	const struct run_config *config = run->config;
	struct text text = { 0 };

	record_json(&text, config, &run->attempt);
	if (config->json)
		(void)write_all(STDERR_FILENO, text.bytes, text.length);
	if (config->status_fd >= 0) {
		int r = write_all(config->status_fd, text.bytes, text.length);
		if (r < 0) {
			message("descriptor %d: %s (--status-fd)", config->status_fd,
				message_errno(-r));
			run->record_failed = true;
		}
	}
	if (run->status_fd >= 0) {
		int r = write_all(run->status_fd, text.bytes, text.length);
		if (r < 0) {
			message("%s: %s (--status)", config->status_path, message_errno(-r));
			run->record_failed = true;
		}
	}
	text_done(&text);
}

/* Everything that is to be said about an attempt. Returns whether the way in which it ended was. */
static bool account(struct run *run, bool is_last)
{
	const struct run_config *config = run->config;
	const struct attempt *attempt = &run->attempt;
	/* Silent unless it fails, and until the last attempt has failed, it has not. */
	bool is_quiet = config->quiet && !config->verbose && (!is_last || run->code == 0);
	bool is_said = false;

	if (!is_quiet && attempt->has_started)
		is_said = explain_end(config, attempt);
	else if (!is_quiet)
		explain_start(config, run->command.cmd.search_path, attempt);
	if (config->quiet && is_last && run->code != 0)
		show_failure(run);
	if (config->report || config->verbose) {
		struct text text = { 0 };
		record_line(&text, config, attempt);
		message("%s", text.bytes);
		text_done(&text);
	}
	if (config->json || config->status_fd >= 0 || config->status_path)
		write_record(run);
	return is_said || !attempt->has_started;
}

static bool wants_another(const struct run *run)
{
	const struct attempt *attempt = &run->attempt;
	const struct retry *retry = &run->config->retry;
	const struct brood_status *status = attempt_status(attempt);
	bool is_limited = attempt_was_limited(attempt);
	const struct retry_outcome outcome = {
		.code = run->code,
		.signal = status && status->how == BROOD_SIGNALED && !is_limited ? status->signal
										 : 0,
		.timeout = attempt->code == BROOD_ETIMEOUT,
		.idle = attempt->was_silent,
		.spawn = !attempt->has_started,
	};

	/* Somebody wants it to end, or nobody wants what it writes. */
	if (signals_received() != 0 || attempt->output_error != 0)
		return false;
	return attempt->number <= retry->count && retry_wants(retry, &outcome);
}

/* Returns false if a signal ends the waiting. */
static bool wait_for_next(const struct run *run, bool is_said)
{
	const struct run_config *config = run->config;
	const struct brood_status *status = attempt_status(&run->attempt);
	unsigned int next = run->attempt.number + 1, all = config->retry.count + 1;
	char end[128] = "", delay_text[DURATION_TEXT_SIZE], state[512];
	uint32_t random = 0;

	if (getrandom(&random, sizeof random, GRND_NONBLOCK) < 0)
		random = (uint32_t)getpid();
	brood_duration delay = retry_delay(&config->retry, run->attempt.number, random);
	if (!is_said && status)
		explain_status(status, end, sizeof end);
	duration_text((delay + BROOD_MILLISECOND / 2) / BROOD_MILLISECOND * BROOD_MILLISECOND,
		delay_text);
	if (!config->quiet || config->verbose)
		message("%s: %s%sattempt %u/%u in %s", config->name, end, end[0] ? ", " : "", next,
			all, delay_text);
	snprintf(state, sizeof state, "%.200s: not running, attempt %u/%u in less than %s",
		config->name, next, all, delay_text);
	return signals_sleep(delay, state);
}

static int run_attempts(struct run *run)
{
	struct attempt *attempt = &run->attempt;

	signals_install(run->command.shares_group);
	for (unsigned int number = 1;; number++) {
		*attempt = (struct attempt){
			.number = number, .result = BROOD_RESULT_INIT, .error = BROOD_ERROR_INIT
		};
		attempt_run(attempt, run->config, &run->command, &run->control,
			run->has_output ? &run->output : NULL);
		attempt->ran_out = attempt->has_started && control_ran_out(&run->control);
		run->code = attempt_exit_code(attempt, run->config);
		bool is_last = !wants_another(run);
		bool is_said = account(run, is_last);
		if (is_last)
			return run->code;
		run->was_interrupted = !wait_for_next(run, is_said);
		if (run->was_interrupted)
			return EXIT_SIGNAL + signals_received();
		attempt_done(attempt);
	}
}

/* What can fail only now. */
static int close_files(struct run *run, int code)
{
	bool has_failed = run->record_failed;

	if (run->has_output && output_close(&run->output) != 0)
		has_failed = true;
	if (run->status_fd >= 0 && close(run->status_fd) < 0 && !run->record_failed) {
		message("%s: %s (--status)", run->config->status_path, message_errno(errno));
		has_failed = true;
	}
	return has_failed && code == 0 ? EXIT_BROOD : code;
}

/* A shell that gets 130 goes on with its loop; one whose command died of SIGINT stops it. */
static void die_as_it_did(const struct run *run, int code)
{
	const struct brood_status *status = attempt_status(&run->attempt);
	int signal = status && status->how == BROOD_SIGNALED ? status->signal : 0;

	if (run->was_interrupted && signals_received() == SIGINT)
		signals_die_of(SIGINT);
	if (signal == 0 || code != EXIT_SIGNAL + signal)
		return;
	if (run->config->reraise || (signal == SIGINT && signals_received() == SIGINT))
		signals_die_of(signal);
}

int run_execute(const struct run_config *config)
{
	struct run run = {
		.config = config,
		.status_fd = -1,
		.attempt.result = BROOD_RESULT_INIT,
	};
	struct lock lock = {
		.path = config->lock,
		.wait = config->wait,
		.name = config->name,
		.is_verbose = config->verbose,
		.fd = -1,
	};
	int code = check_status_fd(config);

	/* Before any file is opened: those of a run that goes on are not ours to empty. */
	if (code == 0)
		code = lock_take(&lock);
	if (code == 0 && prepare(&run) < 0)
		code = EXIT_BROOD;
	else if (code == 0) {
		code = run_attempts(&run);
		code = close_files(&run, code);
	}
	control_close(&run.control);
	lock_release(&lock);
	die_as_it_did(&run, code);
	attempt_done(&run.attempt);
	output_done(&run.output);
	run_command_done(&run.command);
	return code;
}

static int run_main(int argc, char **argv)
{
	struct run_config config;
	int code = EXIT_BROOD;

	if (run_config_read(&config, argc, argv) == 0) {
		if (config.help) {
			struct text text = { 0 };
			run_subcommand.help(&text);
			code = print_text(&text);
			text_done(&text);
		} else {
			code = run_execute(&config);
		}
	}
	run_config_done(&config);
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
		"Exit codes: the command's own; 124 a limit passed; 125 brood itself\n"
		"failed; 126 the command cannot be executed; 127 it was not found; 128+n\n"
		"signal n killed it.\n\n"
		"Examples:\n"
		"  brood run -t 10m -k 5s -- ./integration-tests.sh\n"
		"  brood run --retry 5 --backoff 1s..30s --idle 1m -- curl -fsSO URL\n"
		"  brood run -q --ts -o build.log -- make -j8\n"
		"  brood run --clear-env -e HOME LANG=C -C /srv --json -- ./job\n");
}

const struct subcommand run_subcommand = {
	.name = "run",
	.summary = "run one command: limits, output, account",
	.options = &run_options,
	.main = run_main,
	.help = run_help,
	.operands = "COMMAND",
};
