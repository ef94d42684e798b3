/* SPDX-License-Identifier: MIT */
#include "mailbox/work.h"

#include "common/duration.h"
#include "common/environment.h"
#include "common/exit_code.h"
#include "common/memory.h"
#include "common/message.h"
#include "common/text.h"
#include "mailbox/show.h"
#include "mailbox/substitute.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The exit code that asks for another try: EX_TEMPFAIL of sysexits(3). */
#define EXIT_LATER 75

/* Where execvp(3) looks when there is no PATH. */
#define DEFAULT_PATH "/bin:/usr/bin"

/* What is looked at of the end of an output. */
#define TAIL_BYTES 1024

#define WHAT_COLUMNS 60

static const char *path_of(char *const *env)
{
	const char *path = NULL;

	for (; env && *env; env++)
		if (strncmp(*env, "PATH=", 5) == 0)
			path = *env + 5;
	return path ? path : DEFAULT_PATH;
}

bool work_is_shortage(int r)
{
	return r == -EMFILE || r == -ENFILE || r == -ENOMEM || r == -EAGAIN;
}

static void fail(struct work *work, int code, const char *reason)
{
	work->is_over = true;
	work->verdict = WORK_FAILED;
	work->code = code;
	snprintf(work->reason, sizeof work->reason, "%s", reason);
}

static void take_over(struct work *work, const struct brood_message *message)
{
	struct text what = { 0 };

	*work = (struct work){
		.id = message->id,
		.tried = message->tried,
		.tries = message->tries > 0 ? message->tries : 1,
		.out_fd = -1,
	};
	show_what(&what, message, WHAT_COLUMNS);
	work->what = what.bytes;
}

static int refuse(struct work *work, const struct box *box, const char *why)
{
	work->is_over = true;
	work->verdict = WORK_RELEASED;
	(void)box_fail(box, work->id, why, 0);
	return -ENOMSG;
}

/* Returns 0; if nothing can be run it has failed then. -ENOMSG: it is not for us. */
static int make_command(struct work *work, const struct box *box, const struct work_config *config,
	const struct brood_message *message)
{
	struct text text = { 0 };
	bool is_command = message->kind == PAYLOAD_COMMAND;

	if (is_command && !config->is_visible) {
		if (payload_decode(&work->payload, message->data, message->length) < 0)
			fail(work, EXIT_BROOD, "this command was not written by this brood");
		return 0;
	}
	if (is_command && !config->takes_commands)
		return refuse(work, box, WORK_IS_COMMAND);
	if (!config->handler)
		return refuse(work, box,
			"it is data, and there is no command for data (brood mailbox run ... -- "
			"COMMAND); it stays there");
	show_text(&text, message);
	work->data = text.bytes;
	work->length = text.length;
	int r = substitute(
		config->handler, work->data ? work->data : "", work->length, &work->argv);
	if (r < 0)
		fail(work, EXIT_CANNOT,
			r == -E2BIG ? "its text is too long for {}"
				    : "its text holds a NUL byte, which {} cannot");
	return 0;
}

static int open_output(struct work *work, const struct box *box)
{
	struct stat stat;

	work->out_fd = box_open_output(box, work->id, O_WRONLY);
	if (work->out_fd < 0)
		return work->out_fd;
	/* Its tries stand one behind the other. */
	if (work->tried <= 1 && ftruncate(work->out_fd, 0) < 0)
		return -errno;
	work->out_start = fstat(work->out_fd, &stat) == 0 ? stat.st_size : 0;
	return 0;
}

static void make_edits(struct work *work, const struct box *box)
{
	snprintf(work->box_entry, sizeof work->box_entry, "BROOD_BOX=%s", box->path);
	snprintf(work->id_entry, sizeof work->id_entry, "BROOD_MSG_ID=%llu",
		(unsigned long long)work->id);
	snprintf(work->attempt_entry, sizeof work->attempt_entry, "BROOD_ATTEMPT=%u", work->tried);
	work->edits[0] = work->box_entry;
	work->edits[1] = work->id_entry;
	work->edits[2] = work->attempt_entry;
}

static int start(struct work *work, const struct work_config *config, struct brood_error *error)
{
	const struct payload *payload = &work->payload;
	bool is_command = payload->argv != NULL;
	struct brood_cmd cmd = BROOD_CMD(.argv = is_command ? payload->argv : work->argv,
		.dir = is_command ? payload->dir : NULL, .env = is_command ? payload->env : NULL,
		.env_edit = work->edits, .flags = BROOD_LOOKUP_DOT, .signals = &work->signals);
	uint64_t session = config->shares_group ? 0 : BROOD_NEW_SESSION;
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_KILL_TREE | session,
		.timeout = is_command && payload->timeout > 0 ? payload->timeout : config->timeout,
		.stop = &work->stop, .n_stop = 1);
	const char *path = environment_get("PATH");

	work->stop = (struct brood_stop){ .signal = SIGTERM,
		.grace = is_command ? payload->kill_after : config->kill_after };
	work->signals = (struct brood_signals){
		.size = sizeof work->signals, .mask = *config->mask, .has_mask = 1
	};
	sigemptyset(&work->signals.ignore);
	sigemptyset(&work->signals.reset);
	cmd.search_path = is_command ? path_of(payload->env) : path ? path : DEFAULT_PATH;
	cmd.in = is_command ? brood_null() : brood_memory(work->data, work->length);
	cmd.out = config->is_visible ? brood_inherit() : brood_fd(work->out_fd);
	cmd.err = config->is_visible ? brood_inherit() : brood_merge();
	return brood_start(&work->job, &cmd, 1, &options, error);
}

static void fail_start(struct work *work, int r, const struct brood_error *error)
{
	struct text text = { 0 };
	int code = exit_code_of(r, NULL, error);

	if (r == BROOD_ENOTFOUND)
		text_format(&text, "%s: not found on PATH",
			work->payload.argv ? work->payload.argv[0] : work->argv[0]);
	else
		text_format(&text, "%s: %s",
			error->subject[0] ? error->subject : brood_step_name(error->step),
			r > BROOD_EEXIT ? message_errno(-r) : brood_code_name(r));
	fail(work, code, text.bytes);
	text_done(&text);
}

int work_start(struct work *work, const struct box *box, const struct work_config *config,
	const struct brood_message *taken)
{
	struct brood_error error = BROOD_ERROR_INIT;
	int r = 0;

	take_over(work, taken);
	make_edits(work, box);
	r = make_command(work, box, config, taken);
	if (r < 0 || work->is_over)
		return r;
	if (!config->is_visible)
		r = open_output(work, box);
	bool is_ours = r < 0;
	if (r == 0)
		r = start(work, config, &error);
	work->started = duration_now();
	if (is_ours || work_is_shortage(r)) {
		work->is_over = true;
		work->verdict = WORK_RELEASED;
		return r;
	}
	if (r < 0)
		fail_start(work, r, &error);
	else if (config->is_verbose)
		message("%s: message %llu: try %u of %u, pid %d: %s", box->name,
			(unsigned long long)work->id, work->tried, work->tries,
			(int)brood_job_pid(work->job), work->what);
	return 0;
}

/* Adds the last line of what this try has written, if it is known. */
static void add_last_line(struct text *text, const struct work *work, const struct box *box)
{
	char bytes[TAIL_BYTES];
	struct stat stat;
	int fd = work->out_fd >= 0 ? box_open_output(box, work->id, O_RDONLY) : -1;

	if (fd < 0)
		return;
	int64_t size = fstat(fd, &stat) == 0 ? stat.st_size : 0;
	int64_t from = size > TAIL_BYTES ? size - TAIL_BYTES : 0;
	from = from > work->out_start ? from : work->out_start;
	ssize_t n = size > from ? pread(fd, bytes, (size_t)(size - from), from) : 0;
	close(fd);
	while (n > 0 && (bytes[n - 1] == '\n' || bytes[n - 1] == ' ' || bytes[n - 1] == '\r'))
		n--;
	ssize_t line = n;
	while (line > 0 && bytes[line - 1] != '\n')
		line--;
	if (n > line) {
		text_string(text, ": ");
		text_safe(text, bytes + line, (size_t)(n - line));
	}
}

/* In our group it has got the same signal as we have. */
static bool is_killed_by_user(const struct brood_status *status)
{
	return status && status->how == BROOD_SIGNALED &&
	       (status->signal == SIGINT || status->signal == SIGTERM || status->signal == SIGHUP);
}

static void decide(struct work *work, const struct box *box, int r,
	const struct brood_result *result, const struct brood_error *error)
{
	const struct brood_status *status = result->n_stages > 0 && result->stages[0].pid > 0
						    ? result->stages
						    : NULL;
	struct text text = { 0 };
	char words[128];

	work->is_over = true;
	work->code = exit_code_of(r, status, error);
	work->verdict = work->code == 0 ? WORK_DONE : WORK_FAILED;
	if (r == BROOD_ETIMEOUT) {
		text_string(&text, "the time limit was reached");
	} else if (work->was_stopped && (r == BROOD_ECANCELED || is_killed_by_user(status))) {
		work->verdict = WORK_RELEASED;
	} else if (r == -EOWNERDEAD || r == BROOD_ELOST) {
		/* Not its own doing, and nobody knows how it ended. */
		work->verdict = WORK_RETRY;
		work->code = EXIT_BROOD;
	} else if (work->code != 0 && status) {
		brood_status_text(status, words, sizeof words);
		text_string(&text, words);
	}
	if (work->code == EXIT_LATER && r == BROOD_EEXIT)
		work->verdict = WORK_RETRY;
	if (work->verdict == WORK_FAILED || work->verdict == WORK_RETRY)
		add_last_line(&text, work, box);
	snprintf(work->reason, sizeof work->reason, "%s", text.bytes ? text.bytes : "");
	text_done(&text);
}

void work_end(struct work *work, const struct box *box, const struct work_config *config)
{
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	struct stat stat;

	int r = brood_job_wait(work->job, 0, &result, &error);
	decide(work, box, r, &result, &error);
	if (result.tree_killed > 0 && !work->was_stopped && (r == 0 || config->is_verbose))
		message("%s: message %llu: %u process%s left behind %s killed", box->name,
			(unsigned long long)work->id, result.tree_killed,
			result.tree_killed == 1 ? "" : "es",
			result.tree_killed == 1 ? "was" : "were");
	brood_result_done(&result);
	brood_job_free(work->job);
	work->job = NULL;
	/* An output of nothing is no output. */
	if (work->out_fd >= 0 && fstat(work->out_fd, &stat) == 0 && stat.st_size == 0)
		box_remove_output(box, work->id);
}

static void tell(const struct work *work, const struct box *box, const struct work_config *config,
	bool is_dead)
{
	static const char *const ends[] = { "done", "failed", "later", "given back" };
	unsigned long long id = work->id;

	if (work->verdict == WORK_FAILED)
		message("%s: message %llu: %s; try %u of %u%s (%s)", box->name, id, work->reason,
			work->tried, work->tries, is_dead ? ", it is dead now" : "", work->what);
	else if (config->is_verbose)
		message("%s: message %llu: %s%s%s", box->name, id, ends[work->verdict],
			work->reason[0] ? ": " : "", work->reason);
}

int work_settle(struct work *work, const struct box *box, const struct work_config *config)
{
	static const char *const refusals[] = { "it cannot be marked as done",
		"its failure cannot be written down", "it cannot be put off",
		"it cannot be given back" };
	struct brood_mailbox *mailbox = box->mailbox;
	int r = 0;

	switch (work->verdict) {
	case WORK_DONE:
		r = brood_mailbox_done(mailbox, work->id, NULL);
		break;
	case WORK_FAILED:
		r = brood_mailbox_fail(mailbox, work->id, work->code, work->reason, NULL);
		break;
	case WORK_RETRY:
		r = brood_mailbox_retry(mailbox, work->id, 0, NULL);
		break;
	case WORK_RELEASED:
		r = brood_mailbox_release(mailbox, work->id, NULL);
		break;
	}
	/* It is ended all the same, and may be there again after a crash of the machine. */
	if (r == -EIO) {
		(void)box_fail(box, work->id, "its end may not be on the disk", r);
		r = 0;
	}
	if (r >= 0)
		tell(work, box, config, r > 0);
	else if (!work->is_told)
		(void)box_fail(box, work->id, refusals[work->verdict], r);
	work->is_told = r < 0;
	return r;
}

void work_stop(struct work *work)
{
	work->was_stopped = true;
	if (work->job)
		(void)brood_job_stop(work->job);
}

void work_done(struct work *work)
{
	brood_job_free(work->job);
	if (work->out_fd >= 0)
		close(work->out_fd);
	payload_done(&work->payload);
	free(work->what);
	free(work->argv);
	free(work->data);
	*work = (struct work){ .out_fd = -1 };
}
