/* SPDX-License-Identifier: MIT */
#include "run/attempt.h"

#include "common/duration.h"
#include "common/exit_code.h"
#include "common/message.h"
#include "common/signals.h"
#include "run/explain.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

/* Stop steps that we may not take; each one is told once by brood_job_wait(). */
#define MOST_REFUSALS 4

#define HURRY_MARGIN (5 * BROOD_MILLISECOND)

static void announce(const struct run_config *config, const struct run_command *command,
	const struct brood_job *job)
{
	char text[2048], limit[DURATION_TEXT_SIZE];

	brood_cmd_text(&command->cmd, text, sizeof text);
	message("%s: pid %d, %s, %s%s: %s", config->name, (int)brood_job_pid(job),
		brood_job_group(job) == 0 ? "in our process group"
					  : "in a process group of its own",
		config->timeout > 0 ? "time limit " : "no time limit",
		config->timeout > 0 ? duration_text(config->timeout, limit) : "", text);
}

/* What has no other parent any more shall become a child of ours. All children that we have then
   are the command's, unless we had some before: the shell that has become us may have left them, or
   an attempt before this one. */
void attempt_adopt(struct run_command *command)
{
	siginfo_t info;
	bool has_children = waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 ||
			    errno != ECHILD;

	command->options.flags &= ~BROOD_ADOPTED;
	if (!(command->options.flags & BROOD_KILL_TREE))
		return;
	if (prctl(PR_SET_CHILD_SUBREAPER, has_children ? 0L : 1L, 0L, 0L, 0L) == 0 && !has_children)
		command->options.flags |= BROOD_ADOPTED;
}

/* How long the command may still be silent; while we were stopped, so may it have been. */
static brood_duration silence_left(
	const struct attempt *attempt, const struct run_config *config, struct output *output)
{
	if (config->idle <= 0 || attempt->was_silent)
		return BROOD_FOREVER;
	if (signals_was_continued())
		output_touch(output);
	brood_duration silence = output_silence(output);
	return silence < config->idle ? config->idle - silence : 0;
}

/* One that may not be looked at counts as stopped, since it was. */
static bool is_stopped(struct brood_job *job)
{
	char state = signals_state_of(brood_job_pid(job));

	return state == 'T' || (state == 0 && brood_job_signal(job, 0) != -ESRCH);
}

static void wait_for(struct attempt *attempt, const struct run_config *config,
	struct output *output, struct brood_job *job)
{
	int refusals = 0;

	for (;;) {
		brood_duration left = silence_left(attempt, config, output);
		attempt->code = brood_job_wait(job, left, &attempt->result, &attempt->error);
		if (attempt->code == -ETIME) {
			/* Something may have come in that very moment. */
			if (silence_left(attempt, config, output) > 0)
				continue;
			attempt->was_silent = true;
			signals_hurry_after(0);
			brood_job_stop(job);
			continue;
		}
		if (attempt->code == BROOD_ESTOPPED) {
			signals_stop_too(is_stopped);
			continue;
		}
		/* A set-uid command may not be signalled by us: say so, and stay with it. */
		if (attempt->code != -EPERM || attempt->error.step != BROOD_STEP_SIGNAL ||
			refusals == MOST_REFUSALS)
			return;
		if (refusals++ == 0)
			message("%s: it may not be signalled: %s", config->name,
				message_errno(EPERM));
	}
}

/* A little after the limit, so that a write that gives up finds it passed. */
static brood_duration hurry_after(const struct run_config *config)
{
	return config->timeout > 0 && config->timeout < BROOD_FOREVER - HURRY_MARGIN
		       ? config->timeout + HURRY_MARGIN
		       : BROOD_FOREVER;
}

static int start(struct brood_job **ret_job, const struct run_config *config,
	struct run_command *command, struct control *control, struct brood_error *error)
{
	unsigned int n_guards = config->tree == BROOD_TREE_GROUP   ? 0
				: config->tree == BROOD_TREE_PIDNS ? 2
								   : 1;

	if (control_begin(control, n_guards) < 0)
		return -ECANCELED;
	int r = brood_start(ret_job, &command->cmd, 1, &command->options, error);
	control_started(control, r >= 0 ? brood_job_pid(*ret_job) : 0);
	return r;
}

void attempt_run(struct attempt *attempt, const struct run_config *config,
	struct run_command *command, struct control *control, struct output *output)
{
	struct brood_job *job = NULL;

	run_command_number(command, attempt->number);
	attempt_adopt(command);
	if (output)
		output_begin(output);
	clock_gettime(CLOCK_REALTIME, &attempt->start);
	attempt->code = start(&job, config, command, control, &attempt->error);
	attempt->has_started = attempt->code >= 0;
	if (!attempt->has_started)
		return;
	if (output)
		signals_hurry_after(hurry_after(config));
	if (config->orphans == RUN_ORPHANS_WAIT)
		signals_wait_for_rest();
	signals_attach(job, config->name, config->timeout);
	if (config->verbose)
		announce(config, command, job);
	wait_for(attempt, config, output, job);
	signals_detach();
	attempt->was_asked = signals_received() != 0;
	/* A signal may have been first to stop it, or it has ended in that moment. */
	attempt->was_silent = attempt->was_silent && !attempt->was_asked &&
			      attempt->code == BROOD_ECANCELED;
	const struct brood_status *status = attempt_status(attempt);
	if (attempt->code < 0 &&
		(!status || status->how != BROOD_EXITED || attempt->code != BROOD_EEXIT))
		terminal_restore(&command->terminal);
	if (output)
		attempt->output_error = output_finish(output, config->wait_delay);
	brood_job_free(job);
}

const struct brood_status *attempt_status(const struct attempt *attempt)
{
	const struct brood_result *result = &attempt->result;

	return attempt->has_started && result->n_stages > 0 && result->stages[0].pid > 0
		       ? result->stages
		       : NULL;
}

bool attempt_was_limited(const struct attempt *attempt)
{
	return attempt->code == BROOD_ETIMEOUT || attempt->was_silent;
}

int attempt_exit_code(const struct attempt *attempt, const struct run_config *config)
{
	const struct brood_status *status = attempt_status(attempt);
	bool is_limited = attempt_was_limited(attempt);
	int code = is_limited && !config->preserve_status
			   ? EXIT_TIMEOUT
			   : exit_code_of(is_limited ? BROOD_EEXIT : attempt->code, status,
				     &attempt->error);

	if (attempt->output_error == 0)
		return code;
	/* Without its reader it could only die of SIGPIPE: that is not its own failure. */
	bool is_fine = code == 0 || code == EXIT_SIGNAL + SIGPIPE;
	if (!is_fine)
		return code;
	return attempt->output_error == EPIPE ? EXIT_SIGNAL + SIGPIPE : EXIT_BROOD;
}

void attempt_done(struct attempt *attempt)
{
	brood_result_done(&attempt->result);
}
