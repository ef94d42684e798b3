/* SPDX-License-Identifier: MIT */
#include "mailbox/fifo_tasks.h"

#include "common/duration.h"
#include "common/environment.h"
#include "common/exit_code.h"
#include "common/memory.h"
#include "common/message.h"
#include "common/text.h"
#include "mailbox/substitute.h"
#include "mailbox/work.h"
#include "mailbox/worker_signals.h"

#include <brood/brood.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where execvp(3) looks when there is no PATH. */
#define DEFAULT_PATH "/bin:/usr/bin"

/* So much is put together for one look at standard output. */
#define MOST_PENDING ((size_t)64 << 10)

#define GRACE        (5 * BROOD_SECOND)
#define TASK_COLUMNS 60

/* One command that runs. */
struct slot {
	long number;            /* of its task, from 1; 0: free */
	struct text input;      /* the task as a line */
	char **argv;            /* owned */
	struct brood_job *job;  /* the set's */
	struct brood_stop stop; /* borrowed by the job, and so is the next one */
	struct brood_signals signals;
};

struct reading {
	const struct fifo_tasks *config;
	const struct fifo_hold *hold;
	struct brood_scanner *scanner;
	struct brood_set *set;
	struct slot *slots;
	long running;
	struct slot *waiting; /* for descriptors or memory; NULL: none is */
	long taken;
	struct text pending; /* for standard output */
	size_t written;      /* of that */
	long dropped;        /* tasks that could not be written */
	bool is_over;        /* nothing more is taken */
	int code;
	int64_t idle_since;
	enum worker_wish wish; /* what was done already */
	sigset_t mask;
};

static void complain(const struct reading *reading, const char *what)
{
	message("%s: %s: %s", reading->hold->action, reading->hold->path, what);
}

/* The first failure is what all amounts to. */
static void fail(struct reading *reading, int code, bool is_final)
{
	if (reading->code == 0)
		reading->code = code;
	if (is_final || (reading->config->argv && !reading->config->keep_going))
		reading->is_over = true;
}

static void add_task(struct text *text, const struct slot *slot)
{
	size_t length = slot->input.length - 1;
	bool is_cut = length > TASK_COLUMNS;

	text_safe(text, slot->input.bytes, is_cut ? TASK_COLUMNS : length);
	text_string(text, is_cut ? "..." : "");
}

static void tell(const struct reading *reading, const struct slot *slot, const char *what)
{
	struct text task = { 0 };

	add_task(&task, slot);
	message("%s: %s: task %ld: %s (%s)", reading->hold->action, reading->hold->path,
		slot->number, what, task.bytes ? task.bytes : "");
	text_done(&task);
}

static void slot_free(struct slot *slot)
{
	text_done(&slot->input);
	free(slot->argv);
	*slot = (struct slot){ 0 };
}

static void fail_start(
	struct reading *reading, const struct slot *slot, int r, const struct brood_error *error)
{
	const char *const *argv = (const char *const *)reading->config->argv;
	struct text text = { 0 };

	if (r == BROOD_ENOTFOUND)
		text_format(&text, "%s: not found on PATH", argv[0]);
	else
		text_format(&text, "%s: %s", error->subject[0] ? error->subject : argv[0],
			r > BROOD_EEXIT ? message_errno(-r) : brood_code_name(r));
	tell(reading, slot, text.bytes);
	text_done(&text);
	fail(reading, exit_code_of(r, NULL, error), false);
}

static int start(struct reading *reading, struct slot *slot, struct brood_error *error)
{
	const char *path = environment_get("PATH");
	struct brood_cmd cmd = BROOD_CMD(.argv = slot->argv, .flags = BROOD_LOOKUP_DOT,
		.search_path = path ? path : DEFAULT_PATH, .signals = &slot->signals,
		.in = brood_memory(slot->input.bytes, slot->input.length), .out = brood_inherit(),
		.err = brood_inherit());
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_KILL_TREE | BROOD_NEW_GROUP,
		.stop = &slot->stop, .n_stop = 1);

	slot->stop = (struct brood_stop){ .signal = SIGTERM, .grace = GRACE };
	slot->signals = (struct brood_signals){
		.size = sizeof slot->signals, .mask = reading->mask, .has_mask = 1
	};
	sigemptyset(&slot->signals.ignore);
	sigemptyset(&slot->signals.reset);
	int r = brood_start(&slot->job, &cmd, 1, &options, error);
	if (r < 0)
		return r;
	r = brood_set_add(reading->set, slot->job, slot);
	if (r < 0) {
		brood_job_free(slot->job);
		*error = (struct brood_error){ .code = r, .step = BROOD_STEP_WAIT };
	}
	return r;
}

/* Begins a task, or has it wait until another one has ended and left what it needs. */
static void start_task(struct reading *reading, struct slot *slot)
{
	struct brood_error error = BROOD_ERROR_INIT;
	int r = start(reading, slot, &error);

	reading->waiting = work_is_shortage(r) && reading->running > 0 ? slot : NULL;
	if (reading->waiting)
		return;
	if (r < 0) {
		fail_start(reading, slot, r, &error);
		slot_free(slot);
		return;
	}
	reading->running++;
	if (reading->config->verbose)
		tell(reading, slot, "begun");
}

/* Gives a task to a command, in the slot that is free. */
static void run_task(struct reading *reading, const char *task, size_t length)
{
	struct slot *slot = reading->slots;

	while (slot->number != 0)
		slot++;
	slot->number = reading->taken;
	text_add(&slot->input, task, length);
	text_string(&slot->input, "\n");
	int r = substitute(reading->config->argv, task, length, &slot->argv);
	if (r < 0) {
		tell(reading, slot,
			r == -E2BIG ? "it is too long for {}"
				    : "it holds a NUL byte, which {} cannot");
		fail(reading, EXIT_CANNOT, false);
		slot_free(slot);
		return;
	}
	start_task(reading, slot);
}

static bool has_room(const struct reading *reading)
{
	if (reading->config->argv)
		return reading->running < reading->config->slots && !reading->waiting;
	return reading->pending.length < MOST_PENDING;
}

static void take_one(struct reading *reading, const char *task, size_t length)
{
	reading->taken++;
	reading->idle_since = duration_now();
	if (reading->config->count > 0 && reading->taken == reading->config->count)
		reading->is_over = true;
	if (reading->config->argv) {
		run_task(reading, task, length);
		return;
	}
	text_add(&reading->pending, task, length);
	text_string(&reading->pending, "\n");
}

/* Takes what is there, as far as there is room for it. */
static void take(struct reading *reading)
{
	const struct fifo_tasks *config = reading->config;
	const char *task;
	size_t length;

	while (!reading->is_over && has_room(reading)) {
		int r = brood_fifo_receive(
			reading->scanner, config->until, 0, &task, &length, NULL);
		if (r == 1) {
			take_one(reading, task, length);
		} else if (r == 0) {
			reading->is_over = true;
		} else if (r == -EMSGSIZE) {
			complain(reading, "a task longer than 1 MiB was passed over");
			fail(reading, EXIT_BROOD, false);
		} else {
			if (r == -ETIME)
				return;
			complain(reading, message_errno(-r));
			fail(reading, EXIT_BROOD, true);
		}
	}
}

static void end_task(struct reading *reading, struct slot *slot)
{
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	char words[160];
	int r = brood_job_wait(slot->job, 0, &result, &error);
	const struct brood_status *status = result.n_stages > 0 && result.stages[0].pid > 0
						    ? result.stages
						    : NULL;
	int code = exit_code_of(r, status, &error);

	if (code != 0 && status)
		brood_status_text(status, words, sizeof words);
	else
		brood_explain(r, &result, &error, words, sizeof words);
	if (code != 0 && reading->wish < WORKER_STOP)
		tell(reading, slot, words);
	else if (reading->config->verbose)
		tell(reading, slot, code != 0 ? words : "done");
	if (code != 0)
		fail(reading, code, false);
	brood_result_done(&result);
	brood_job_free(slot->job);
	slot_free(slot);
	reading->running--;
	reading->idle_since = duration_now();
}

static void collect(struct reading *reading)
{
	struct brood_event event;
	int r;

	while (reading->running > 0 && (r = brood_set_next(reading->set, 0, &event)) != -ETIME) {
		if (r == 0 && event.kind == BROOD_EVENT_DONE) {
			end_task(reading, event.user_data);
		} else if (r < 0) {
			complain(reading, message_errno(-r));
			fail(reading, EXIT_BROOD, true);
			break;
		}
	}
}

/* They will not be written any more. */
static void drop_pending(struct reading *reading)
{
	struct text *pending = &reading->pending;

	for (size_t i = reading->written; i < pending->length; i++)
		reading->dropped += pending->bytes[i] == '\n';
	reading->written = pending->length = 0;
}

/* What poll says there is room for is written without being blocked. */
static void write_pending(struct reading *reading)
{
	struct text *pending = &reading->pending;
	size_t rest = pending->length - reading->written;
	ssize_t n = write(STDOUT_FILENO, pending->bytes + reading->written,
		rest < PIPE_BUF ? rest : PIPE_BUF);

	int number = n < 0 ? errno : 0;

	if (number == EPIPE) {
		/* Who has gone wants to hear no more. */
		fail(reading, EXIT_SIGNAL + SIGPIPE, true);
		reading->written = pending->length;
	} else if (number != 0 && number != EINTR && number != EAGAIN) {
		message("%s: standard output: %s", reading->hold->action, message_errno(number));
		fail(reading, EXIT_BROOD, true);
		drop_pending(reading);
	}
	if (n > 0)
		reading->written += (size_t)n;
	if (reading->written == pending->length)
		reading->written = pending->length = 0;
}

static brood_duration idle_left(const struct reading *reading)
{
	brood_duration idle = reading->config->idle;

	if (idle == 0 || reading->running > 0 || reading->is_over || reading->pending.length > 0)
		return BROOD_FOREVER;
	brood_duration passed = duration_now() - reading->idle_since;
	return idle > passed ? idle - passed : 0;
}

/* Signals come in here and nowhere else. */
static void await(struct reading *reading)
{
	bool is_wanted = !reading->is_over && has_room(reading);
	bool has_output = reading->pending.length > 0;
	brood_duration left = idle_left(reading);
	struct pollfd fds[] = {
		{ .fd = is_wanted ? reading->hold->fd : -1, .events = POLLIN },
		{ .fd = reading->running > 0 ? brood_set_pollfd(reading->set) : -1,
			.events = POLLIN },
		{ .fd = has_output ? STDOUT_FILENO : -1, .events = POLLOUT },
	};

	int n = worker_signals_poll(fds, 3, left, &reading->mask);
	if (n > 0 && fds[2].revents)
		write_pending(reading);
	if (n == 0 && idle_left(reading) == 0) {
		char limit[DURATION_TEXT_SIZE];
		message("%s: %s: no task came for %s", reading->hold->action, reading->hold->path,
			duration_text(reading->config->idle, limit));
		fail(reading, EXIT_TIMEOUT, true);
	}
}

static void obey(struct reading *reading)
{
	enum worker_wish wish = worker_signals_wish();

	if (worker_signals_was_asked())
		message("%s: %s: %ld task%s taken, %ld running", reading->hold->action,
			reading->hold->path, reading->taken, reading->taken == 1 ? "" : "s",
			reading->running);
	if (wish == reading->wish)
		return;
	reading->wish = wish;
	reading->is_over = true;
	drop_pending(reading);
	if (reading->waiting) {
		slot_free(reading->waiting);
		reading->waiting = NULL;
		reading->dropped++;
	}
	for (long i = 0; reading->running > 0 && i < reading->config->slots; i++) {
		struct slot *slot = reading->slots + i;
		if (slot->number == 0)
			continue;
		if (wish >= WORKER_KILL)
			(void)brood_job_signal(slot->job, SIGKILL);
		else
			(void)brood_job_stop(slot->job);
	}
}

static int prepare(struct reading *reading)
{
	const struct fifo_tasks *config = reading->config;
	int r = brood_scanner_new(&reading->scanner, reading->hold->fd, 0);

	if (r == 0 && config->argv)
		r = brood_set_new(&reading->set, NULL);
	/* Now: when commands have taken all descriptors there would be none left for waiting. */
	if (r == 0 && config->argv)
		r = brood_set_pollfd(reading->set);
	if (r < 0) {
		complain(reading, message_errno(-r));
		return r;
	}
	reading->slots = memory_get((size_t)config->slots * sizeof *reading->slots);
	memset(reading->slots, 0, (size_t)config->slots * sizeof *reading->slots);
	reading->idle_since = duration_now();
	return 0;
}

int fifo_tasks_run(const struct fifo_tasks *config, const struct fifo_hold *hold)
{
	struct reading reading = { .config = config, .hold = hold, .code = EXIT_BROOD };

	if (prepare(&reading) == 0) {
		reading.code = 0;
		worker_signals_install(false, &reading.mask);
		for (;;) {
			obey(&reading);
			collect(&reading);
			if (reading.waiting)
				start_task(&reading, reading.waiting);
			take(&reading);
			if (reading.is_over && reading.running == 0 && reading.pending.length == 0)
				break;
			await(&reading);
		}
		fifo_hold_tell_lost(hold, reading.scanner, reading.dropped, hold->is_made, "task");
	}
	if (worker_signals_received() != 0)
		reading.code = EXIT_SIGNAL + worker_signals_received();
	brood_set_free(reading.set);
	brood_scanner_free(reading.scanner);
	free(reading.slots);
	text_done(&reading.pending);
	return reading.code;
}
