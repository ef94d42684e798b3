/* SPDX-License-Identifier: MIT */
#include "run/explain.h"

#include "common/duration.h"
#include "common/message.h"
#include "common/program.h"
#include "common/text.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

/* What was asked for by name may be impossible here, and is not replaced by something weaker. */
static bool explain_tree(const struct run_config *config, const struct attempt *attempt)
{
	static const char *const names[] = { "auto", "group", "guard", "cgroup", "pidns" };
	int step = attempt->error.step, code = attempt->code;

	if (config->tree == BROOD_TREE_AUTO || code <= BROOD_EEXIT ||
		(step != BROOD_STEP_GUARD && step != BROOD_STEP_CGROUP &&
			step != BROOD_STEP_NAMESPACE))
		return false;
	message("run: --tree %s cannot be had here: %s", names[config->tree], message_errno(-code));
	return true;
}

void explain_start(
	const struct run_config *config, const char *search_path, const struct attempt *attempt)
{
	const struct brood_error *error = &attempt->error;
	int code = attempt->code;
	char text[512];

	const struct program program = {
		.argv = config->argv,
		.dir = config->dir,
		.search_path = search_path,
		.env = config->clear_env ? NULL : environ,
		.may_mean_limit = !config->is_timeout,
	};

	/* A filter of system calls may be why it could not be executed. */
	bool is_short = code == -ENOMEM && config->control.memory > 0;
	if (explain_tree(config, attempt) || attributes_explain(&config->attributes, code, error) ||
		(!is_short && program_explain(&program, code, error)))
		return;
	if (is_short)
		message("%s: %s (it is to start within the %s of --mem)", config->name,
			message_errno(ENOMEM), config->control.memory_text);
	else if (error->step == BROOD_STEP_OPEN)
		message("%s: %s%s", error->subject, message_errno(-code),
			config->stdin_kind == RUN_STDIN_FILE ? " (--stdin)" : "");
	else
		message("%s", brood_explain(code, NULL, error, text, sizeof text));
}

const char *explain_status(const struct brood_status *status, char *text, size_t size)
{
	brood_status_text(status, text, size);
	return text;
}

/* "time limit of 10m reached", "no output for 60s, stopped (TERM)". */
static void add_limit(
	struct text *text, const struct run_config *config, const struct attempt *attempt)
{
	char limit[DURATION_TEXT_SIZE], grace[DURATION_TEXT_SIZE];
	const char *signal = brood_signal_name(config->signal);

	if (attempt->was_silent)
		text_format(text, ": no output for %s", duration_text(config->idle, limit));
	else
		text_format(
			text, ": time limit of %s reached", duration_text(config->timeout, limit));
	if (attempt->result.notes & BROOD_NOTE_ESCALATED)
		text_format(text, "; it did not end within %s of %s and was killed",
			duration_text(config->kill_after, grace), signal);
	else if (attempt->was_silent)
		text_format(text, ", stopped (%s)", signal + strlen("SIG"));
}

static void add_left(struct text *text, const struct brood_result *result, bool is_first)
{
	unsigned int killed = result->tree_killed;

	if (killed == 0)
		return;
	text_format(text, "%s%u process%s left behind %s killed", is_first ? ": " : ", ", killed,
		killed == 1 ? "" : "es", killed == 1 ? "was" : "were");
}

/* As shells do: nothing to say about what the user or a closed pipe has done. */
static bool is_news(const struct brood_status *status, const struct attempt *attempt)
{
	return status && status->how == BROOD_SIGNALED && !attempt->was_asked &&
	       status->signal != SIGINT && status->signal != SIGPIPE;
}

static bool explain_notes(const struct run_config *config, const struct attempt *attempt)
{
	uint32_t notes = attempt->result.notes;
	char delay[DURATION_TEXT_SIZE];

	/* When it is stopped, its pipes are not waited for. */
	if (attempt_was_limited(attempt) || attempt->was_asked)
		notes &= ~BROOD_NOTE_PIPE_HELD;
	/* Where it was the reason for the end, that has been said. */
	if (!config->verbose || attempt->code == -EOWNERDEAD)
		notes &= ~BROOD_NOTE_GUARD_LOST;
	if (notes & BROOD_NOTE_PIPE_HELD)
		message("%s: it has ended, but its output was still held open after %s (--wait-delay)",
			config->name,
			duration_text(config->wait_delay > 0 ? config->wait_delay : 0, delay));
	if (notes & BROOD_NOTE_TREE_NOT_EMPTY)
		message("%s: processes that it has started may still be alive", config->name);
	if (config->verbose && config->tree == BROOD_TREE_AUTO &&
		attempt->result.tree.tier == BROOD_TREE_GROUP)
		message("%s: no guard could be started: only its process group was looked after",
			config->name);
	if (notes & BROOD_NOTE_GUARD_LOST)
		message("%s: its guard was lost; brood has done the guard's work", config->name);
	return notes & (BROOD_NOTE_PIPE_HELD | BROOD_NOTE_TREE_NOT_EMPTY | BROOD_NOTE_GUARD_LOST);
}

bool explain_end(const struct run_config *config, const struct attempt *attempt)
{
	const struct brood_result *result = &attempt->result;
	const struct brood_status *status = attempt_status(attempt);
	struct text text = { 0 };
	char words[512];
	int code = attempt->code;
	bool is_said = true;

	text_string(&text, config->name);
	if (attempt_was_limited(attempt)) {
		add_limit(&text, config, attempt);
	} else if (attempt->ran_out) {
		text_format(&text, ": %s: used more than the %s of --mem",
			code < 0 ? "killed" : "a process of it was killed",
			config->control.memory_text);
	} else if (code == BROOD_EEXIT && is_news(status, attempt)) {
		text_format(&text, ": %s", explain_status(status, words, sizeof words));
	} else if (code < 0 && code != BROOD_EEXIT && code != BROOD_ECANCELED &&
		   code != BROOD_EWAITDELAY) {
		text.length = 0;
		text_string(
			&text, brood_explain(code, result, &attempt->error, words, sizeof words));
	} else {
		is_said = false;
	}
	add_left(&text, result, !is_said);
	is_said = is_said || result->tree_killed > 0;
	if (is_said)
		message("%s", text.bytes);
	text_done(&text);
	return explain_notes(config, attempt) || is_said;
}
