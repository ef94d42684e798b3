/* SPDX-License-Identifier: MIT */
#include "run/timeout.h"

#include "common/duration.h"
#include "common/exit_code.h"
#include "common/message.h"
#include "common/print.h"
#include "common/signals.h"
#include "common/standard_fds.h"
#include "run/attempt.h"
#include "run/command.h"
#include "run/config.h"
#include "run/explain.h"
#include "run/timeout_config.h"
#include "run/timeout_signals.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* What is said is said a little later than it is done: by then it is certain. */
#define MARGIN (5 * BROOD_MILLISECOND)
/* Stop steps that we may not take; each one is told once by brood_job_wait(). */
#define MOST_REFUSALS 4

struct timeout {
	struct timeout_config wanted;
	struct run_config config;
	struct run_command command;
	struct brood_signals signals;
	struct attempt attempt;
};

/* The two signals that the limit can bring. */
enum told { TOLD_NOTHING, TOLD_STOP, TOLD_KILL };

/* How long to wait before there is something to say. */
static brood_duration silence(const struct timeout *timeout, int64_t since, enum told told)
{
	brood_duration limit = timeout->wanted.limit, kill_after = timeout->wanted.kill_after;

	if (!timeout->wanted.verbose || limit == 0 || limit >= BROOD_FOREVER - MARGIN - since)
		return BROOD_FOREVER;
	int64_t when = since + limit + MARGIN;
	if (told == TOLD_STOP)
		when = kill_after < BROOD_FOREVER - when ? when + kill_after : BROOD_FOREVER;
	if (told == TOLD_KILL || when == BROOD_FOREVER)
		return BROOD_FOREVER;
	int64_t time = duration_now();
	return when > time ? when - time : 0;
}

static enum told tell_next(const struct timeout *timeout, enum told told)
{
	timeout_signals_tell(told == TOLD_NOTHING ? timeout->wanted.signal : SIGKILL);
	return told + 1;
}

static void wait_for(struct timeout *timeout, struct brood_job *job)
{
	struct attempt *attempt = &timeout->attempt;
	enum told told = TOLD_NOTHING;
	int64_t since = duration_now();
	int refusals = 0;

	for (;;) {
		attempt->code = brood_job_wait(
			job, silence(timeout, since, told), &attempt->result, &attempt->error);
		if (attempt->code == -ETIME) {
			told = tell_next(timeout, told);
			continue;
		}
		/* A set-uid command may not be signalled by us: say so, and stay with it. */
		if (attempt->code != -EPERM || attempt->error.step != BROOD_STEP_SIGNAL ||
			refusals == MOST_REFUSALS)
			break;
		if (refusals++ == 0)
			message("%s: it may not be signalled: %s", timeout->config.name,
				message_errno(EPERM));
	}
	bool has_escalated = attempt->result.notes & BROOD_NOTE_ESCALATED;
	if (told == TOLD_NOTHING && attempt->code == BROOD_ETIMEOUT)
		told = tell_next(timeout, told);
	if (told != TOLD_KILL && has_escalated)
		timeout_signals_tell(SIGKILL);
}

static int start(struct timeout *timeout, struct brood_job **ret_job)
{
	struct attempt *attempt = &timeout->attempt;
	struct run_command *command = &timeout->command;
	const struct timeout_config *wanted = &timeout->wanted;
	struct timeout_signals signals = {
		.stop = wanted->signal,
		.kill_after = wanted->kill_after,
		.foreground = wanted->foreground,
		.shares_group = command->shares_group,
		.command = wanted->verbose ? wanted->argv[0] : NULL,
	};

	timeout->signals = (struct brood_signals){ .size = sizeof timeout->signals, .has_mask = 1 };
	sigemptyset(&timeout->signals.ignore);
	sigemptyset(&timeout->signals.reset);
	sigaddset(&timeout->signals.reset, SIGTTIN);
	sigaddset(&timeout->signals.reset, SIGTTOU);
	timeout_signals_install(&signals, &timeout->signals.mask);
	command->cmd.signals = &timeout->signals;
	attempt_adopt(command);
	attempt->code = brood_start(ret_job, &command->cmd, 1, &command->options, &attempt->error);
	attempt->has_started = attempt->code >= 0;
	return attempt->code;
}

static int make_command(struct timeout *timeout)
{
	const struct timeout_config *wanted = &timeout->wanted;
	struct run_command *command = &timeout->command;

	timeout->config = (struct run_config){
		.timeout = wanted->limit,
		.kill_after = wanted->kill_after,
		/* A step has to send something; CONT comes behind each signal anyway. */
		.signal = wanted->signal > 0 ? wanted->signal : SIGCONT,
		.foreground = wanted->foreground,
		/* A command that ends in time may leave a daemon: that is what it was called for.
		 */
		.orphans = RUN_ORPHANS_LEAVE,
		.tree = BROOD_TREE_AUTO,
		.stdin_kind = standard_input_was_closed() ? RUN_STDIN_NULL : RUN_STDIN_INHERIT,
		.status_fd = -1,
		.argv = wanted->argv,
		.name = wanted->argv[0],
		.is_timeout = true,
	};
	if (run_command_make(command, &timeout->config) < 0)
		return -1;
	command->cmd.flags |= BROOD_EXEC_SHELL_FALLBACK;
	/* What stops the command from the terminal stops us too. */
	command->options.flags &= ~BROOD_REPORT_STOPS;
	/* As POSIX has it, the limit is then for the command itself and for nobody else. */
	if (wanted->foreground)
		command->options.flags &= BROOD_NEW_GROUP;
	return 0;
}

/* How we end, which may be by the signal that the command has died of. */
static int finish(const struct timeout *timeout)
{
	const struct attempt *attempt = &timeout->attempt;
	const struct brood_status *status = attempt_status(attempt);
	bool has_timed_out = attempt->code == BROOD_ETIMEOUT || timeout_signals_was_alarmed();
	bool is_preserved = timeout->wanted.preserve_status;
	char text[512];

	bool is_known = status && (status->how == BROOD_EXITED || status->how == BROOD_SIGNALED);
	/* Killed since our guard was killed: not its own doing. */
	if (!is_known || attempt->code == -EOWNERDEAD) {
		message("%s", brood_explain(attempt->code, &attempt->result, &attempt->error, text,
				      sizeof text));
		return EXIT_BROOD;
	}
	if (attempt->result.notes & BROOD_NOTE_TREE_NOT_EMPTY)
		message("%s: processes that it has started may still be alive",
			timeout->config.name);
	if (status->how == BROOD_SIGNALED) {
		if (status->core_dumped)
			message("the monitored command dumped core");
		if (!has_timed_out)
			signals_die_of(status->signal);
		/* So that it can be seen that it had to be killed. */
		is_preserved |= status->signal == SIGKILL;
	}
	if (has_timed_out && !is_preserved)
		return EXIT_TIMEOUT;
	return status->how == BROOD_EXITED ? status->exit_code : EXIT_SIGNAL + status->signal;
}

/* As execvp(3) sees it, a directory has been found, though it cannot be executed. */
static bool is_directory_on(const char *path, const char *name)
{
	struct text text = { 0 };
	struct stat stat_of;
	bool is_found = false;

	while (name[0] != '\0' && !is_found) {
		size_t length = strcspn(path, ":");
		text.length = 0;
		text_add(&text, length > 0 ? path : ".", length > 0 ? length : 1);
		text_format(&text, "/%s", name);
		is_found = stat(text.bytes, &stat_of) == 0 && S_ISDIR(stat_of.st_mode);
		path += length;
		if (*path++ == '\0')
			break;
	}
	text_done(&text);
	return is_found;
}

static int refuse(const struct timeout *timeout)
{
	const struct attempt *attempt = &timeout->attempt;
	const char *path = timeout->command.cmd.search_path, *name = timeout->config.name;

	if (attempt->code == BROOD_ENOTFOUND && is_directory_on(path, name)) {
		message("%s: %s", name, message_errno(EISDIR));
		return EXIT_CANNOT;
	}
	explain_start(&timeout->config, path, attempt);
	return exit_code_of(attempt->code, NULL, &attempt->error);
}

static int execute(struct timeout *timeout)
{
	struct attempt *attempt = &timeout->attempt;
	struct brood_job *job = NULL;

	if (make_command(timeout) < 0)
		return EXIT_BROOD;
	if (start(timeout, &job) < 0)
		return refuse(timeout);
	timeout_signals_attach(job);
	wait_for(timeout, job);
	timeout_signals_detach();
	const struct brood_status *status = attempt_status(attempt);
	if (attempt->code == BROOD_ETIMEOUT || (status && status->how == BROOD_SIGNALED))
		terminal_restore(&timeout->command.terminal);
	brood_job_free(job);
	return finish(timeout);
}

static int show(bool is_help)
{
	struct text text = { 0 };

	if (is_help)
		text_string(&text,
			"Usage: timeout [OPTION...] DURATION COMMAND [ARGUMENT...]\n\n"
			"Runs COMMAND, and stops it and all that it has started if it still runs after\n"
			"DURATION. This is brood under the name of timeout(1): see brood-timeout(1).\n\n"
			"Options:\n"
			"  -f, --foreground         stop COMMAND alone, and leave it in our process group\n"
			"  -k, --kill-after=DURATION\n"
			"                           KILL what is left that long after the first signal\n"
			"  -p, --preserve-status    answer with the exit code of COMMAND although it was\n"
			"                           stopped\n"
			"  -s, --signal=SIGNAL      the first signal (TERM)\n"
			"  -v, --verbose            say which signals are sent\n"
			"      --help               show this help\n"
			"      --version            show the version\n\n"
			"DURATION: 10, 1.5, 2s, 5m, 1h, 1d; 0: none.\n"
			"SIGNAL: TERM, SIGTERM, 15, RTMIN+3, 0.\n\n"
			"Exit codes: the command's own; 124 it was stopped (not with -p); 125 timeout\n"
			"itself failed; 126 the command cannot be executed; 127 it was not found; 137\n"
			"it was killed.\n");
	else
		text_string(&text, "timeout (brood) " BROOD_VERSION "\n");
	int code = print_text(&text);
	text_done(&text);
	return code;
}

int timeout_main(int argc, char **argv)
{
	struct timeout timeout = {
		.attempt = { .number = 1, .result = BROOD_RESULT_INIT, .error = BROOD_ERROR_INIT },
	};
	int code = EXIT_BROOD;

	message_set_name(TIMEOUT_NAME);
	if (timeout_config_read(&timeout.wanted, argc, argv) < 0)
		return EXIT_BROOD;
	if (timeout.wanted.help || timeout.wanted.version)
		return show(timeout.wanted.help);
	code = execute(&timeout);
	attempt_done(&timeout.attempt);
	run_command_done(&timeout.command);
	return code;
}
