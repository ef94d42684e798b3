/* SPDX-License-Identifier: MIT */
#include "exec/wait.h"

#include "common/duration.h"
#include "common/exit_code.h"
#include "common/memory.h"
#include "common/message.h"
#include "exec/interrupt.h"
#include "exec/probe.h"

#include <brood/brood.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* When it is first said that something is missing; then after twice that time, and so on. */
#define FIRST_WORD (5 * BROOD_SECOND)

/* How long those who look may take to end once the time is over. */
#define LAST_WORDS (200 * BROOD_MILLISECOND)

/* What is kept of a command's output for the message. */
#define KEPT_OUTPUT 4096

struct target {
	const struct wait_spec *spec;
	struct brood_job *job; /* the attempt that runs; NULL: none */
	int64_t due;           /* of the next one */
	unsigned int n_failed; /* in a row */
	unsigned int n_good;   /* in a row */
	bool is_there;
	char reason[256]; /* what was wrong last time */
};

struct waiting {
	const struct wait_settings *settings;
	char *const *env;
	struct brood_set *set;
	struct target *targets;
	size_t n;
	size_t n_missing;
	int64_t begin;
	int64_t deadline; /* INT64_MAX: none */
	int64_t word_due;
};

static int64_t later(int64_t now, brood_duration duration)
{
	return duration >= INT64_MAX - now ? INT64_MAX : now + duration;
}

static const struct brood_stop kill_it = { .signal = SIGKILL };

/* Its own program, or one of us that looks. */
static int start(struct waiting *waiting, struct target *target)
{
	const struct wait_settings *settings = waiting->settings;
	bool is_command = target->spec->kind == WAIT_EXEC;
	char *const *argv = target->spec->argv;
	int64_t left = waiting->deadline - duration_now();
	struct wait_spec spec = *target->spec;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = is_command ? argv : BROOD_ARGV("probe"),
		.env = waiting->env, .out = brood_capture(KEPT_OUTPUT, 0), .err = brood_merge(),
		.signals = interrupt_signals());
	struct brood_options options = BROOD_OPTIONS(.stop = &kill_it, .n_stop = 1,
		.flags = is_command ? BROOD_KILL_TREE : 0);
	char text[512];

	options.timeout = left < settings->attempt ? left : settings->attempt;
	/* What a check leaves behind shall not hold us up. */
	options.wait_delay = BROOD_MILLISECOND;
	if (options.timeout >= BROOD_FOREVER)
		options.timeout = 0;
	else if (options.timeout <= 0)
		options.timeout = 1;
	if (!is_command) {
		cmd.function = probe;
		cmd.function_data = &spec;
	}
	int code = brood_start(&target->job, &cmd, 1, &options, &error);
	if (code == 0)
		code = brood_set_add(waiting->set, target->job, target);
	if (code == 0)
		return 0;
	brood_job_free(target->job);
	target->job = NULL;
	brood_explain(code, NULL, &error, text, sizeof text);
	snprintf(target->reason, sizeof target->reason, "%.*s", (int)sizeof target->reason - 1,
		text);
	return code;
}

/* The last line that is not empty. */
static void keep_last_line(struct target *target, const struct brood_result *result)
{
	const char *bytes = result->out.data;
	size_t end = result->out.length;

	while (end > 0 && (bytes[end - 1] == '\n' || bytes[end - 1] == '\r'))
		end--;
	size_t start = end;
	while (start > 0 && bytes[start - 1] != '\n')
		start--;
	size_t length = end - start;
	if (length >= sizeof target->reason)
		length = sizeof target->reason - 1;
	if (length > 0)
		memcpy(target->reason, bytes + start, length);
	target->reason[length] = '\0';
}

static void keep_reason(struct target *target, int code, const struct brood_result *result,
	const struct brood_error *error)
{
	char words[512], last[sizeof target->reason];

	keep_last_line(target, result);
	if (target->spec->kind != WAIT_EXEC && target->reason[0] != '\0')
		return;
	memcpy(last, target->reason, sizeof last);
	if (code == BROOD_ETIMEOUT)
		snprintf(words, sizeof words, "it took too long");
	else if (result->n_stages > 0)
		brood_status_text(&result->stages[0], words, sizeof words);
	else
		brood_explain(code, result, error, words, sizeof words);
	snprintf(target->reason, sizeof target->reason, "%.60s%s%.180s", words, last[0] ? ": " : "",
		last);
}

/* An attempt failed, or could not even be made. */
static void plan_next(struct waiting *waiting, struct target *target)
{
	target->n_good = 0;
	target->due = later(
		duration_now(), wait_spec_delay(++target->n_failed, waiting->settings->interval));
}

static void say_there(const struct waiting *waiting, const struct target *target)
{
	char text[DURATION_TEXT_SIZE];
	brood_duration passed = (duration_now() - waiting->begin) / BROOD_MILLISECOND;

	message("exec: wait: %s is there after %s", target->spec->text,
		duration_text(passed * BROOD_MILLISECOND, text));
}

static void take_end(struct waiting *waiting, struct target *target, struct brood_job *job)
{
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	int code = brood_job_wait(job, 0, &result, &error);

	target->job = NULL;
	if (code == 0 || code == BROOD_EWAITDELAY) {
		target->n_failed = 0;
		target->n_good++;
		target->is_there = target->n_good >= waiting->settings->successes;
		waiting->n_missing -= target->is_there;
		target->due = later(duration_now(), waiting->settings->interval);
		snprintf(target->reason, sizeof target->reason, "%u of %u attempts succeeded",
			target->n_good, waiting->settings->successes);
		if (target->is_there && waiting->settings->is_verbose)
			say_there(waiting, target);
	} else {
		keep_reason(target, code, &result, &error);
		plan_next(waiting, target);
	}
	brood_result_done(&result);
	brood_job_free(job);
}

static void say_missing(struct waiting *waiting)
{
	brood_duration passed = (duration_now() - waiting->begin) / BROOD_SECOND * BROOD_SECOND;
	struct text text = { 0 };
	char duration[DURATION_TEXT_SIZE];

	for (size_t i = 0; i < waiting->n; i++)
		if (!waiting->targets[i].is_there)
			text_format(&text, "%s%s (%s)", text.length ? ", " : "",
				waiting->targets[i].spec->text, waiting->targets[i].reason);
	message("exec: waiting for %s since %s", text.bytes, duration_text(passed, duration));
	text_done(&text);
	waiting->word_due = later(waiting->begin, 2 * (waiting->word_due - waiting->begin));
}

/* Starts what is due. Returns when something is due next. */
static int64_t start_due(struct waiting *waiting)
{
	int64_t next = waiting->deadline;

	if (!waiting->settings->is_quiet && waiting->word_due < next)
		next = waiting->word_due;
	for (size_t i = 0; i < waiting->n; i++) {
		struct target *target = &waiting->targets[i];
		if (target->is_there || target->job)
			continue;
		if (target->due <= duration_now() && start(waiting, target) < 0)
			plan_next(waiting, target);
		if (!target->job && target->due < next)
			next = target->due;
	}
	return next;
}

static void take_events(struct waiting *waiting)
{
	struct brood_event event;

	while (brood_set_next(waiting->set, 0, &event) == 0)
		if (event.kind == BROOD_EVENT_DONE)
			take_end(waiting, event.user_data, event.job);
}

static bool is_any_looking(const struct waiting *waiting)
{
	for (size_t i = 0; i < waiting->n; i++)
		if (waiting->targets[i].job)
			return true;
	return false;
}

static int say_all_missing(const struct waiting *waiting)
{
	char duration[DURATION_TEXT_SIZE];

	duration_text(waiting->settings->timeout, duration);
	for (size_t i = 0; i < waiting->n; i++)
		if (!waiting->targets[i].is_there)
			message("exec: wait: %s is not there after %s: %s",
				waiting->targets[i].spec->text, duration,
				waiting->targets[i].reason);
	return EXIT_TIMEOUT;
}

/* Attempts end at the deadline too, and say what they were about. */
static int give_up(struct waiting *waiting, int fd)
{
	int64_t until = later(duration_now(), LAST_WORDS);

	while (is_any_looking(waiting) && duration_now() < until) {
		if (interrupt_wait(fd, until) > 0)
			break;
		take_events(waiting);
	}
	return waiting->n_missing > 0 ? say_all_missing(waiting) : 0;
}

static int look_until_there(struct waiting *waiting)
{
	int fd = brood_set_pollfd(waiting->set);

	if (fd < 0) {
		message("exec: wait: %s", message_errno(-fd));
		return EXIT_BROOD;
	}
	while (waiting->n_missing > 0) {
		int64_t next = start_due(waiting);
		int number = interrupt_wait(fd, next);
		if (number > 0) {
			message("exec: wait: ended by %s", brood_signal_name(number));
			return EXIT_SIGNAL + number;
		}
		take_events(waiting);
		if (waiting->n_missing == 0)
			break;
		if (duration_now() >= waiting->deadline)
			return give_up(waiting, fd);
		if (!waiting->settings->is_quiet && duration_now() >= waiting->word_due)
			say_missing(waiting);
	}
	return 0;
}

int wait_for(const struct wait_spec *specs, size_t n, const struct wait_settings *settings,
	char *const *env)
{
	struct waiting waiting = { .settings = settings, .env = env, .n = n, .n_missing = n };
	struct brood_error error = BROOD_ERROR_INIT;

	waiting.begin = duration_now();
	waiting.deadline = later(waiting.begin, settings->timeout);
	waiting.word_due = later(waiting.begin, FIRST_WORD);
	waiting.targets = memory_get(n * sizeof *waiting.targets);
	for (size_t i = 0; i < n; i++)
		waiting.targets[i] = (struct target){
			.spec = &specs[i], .due = waiting.begin, .reason = "no answer yet"
		};
	interrupt_begin();
	int code = brood_set_new(&waiting.set, &error);
	if (code < 0) {
		message("exec: wait: %s", message_errno(-code));
		code = EXIT_BROOD;
	} else {
		code = look_until_there(&waiting);
	}
	brood_set_free(waiting.set);
	free(waiting.targets);
	return code;
}
