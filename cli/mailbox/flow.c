/* SPDX-License-Identifier: MIT */
/* brood mailbox pause, resume, drain and wait: a mailbox as a whole, and waiting for it. */
#include "common/duration.h"
#include "common/exit_code.h"
#include "common/message.h"
#include "mailbox/actions.h"
#include "mailbox/box.h"
#include "mailbox/show.h"
#include "mailbox/values.h"

#include <errno.h>

#define PAUSE  "mailbox pause"
#define RESUME "mailbox resume"
#define DRAIN  "mailbox drain"
#define WAIT   "mailbox wait"

/* One of the messages has come to a bad end, or is not there. */
#define EXIT_NOT_DONE 1

struct flow_config {
	struct box_options box;
	brood_duration timeout; /* BROOD_FOREVER: none */
	bool wait;              /* drain: until it is empty */
	struct id_list ids;
};

static const struct option_row plain_rows[] = { BOX_ROW, BOX_HELP_ROW };

static const struct option_table pause_table = { PAUSE, plain_rows,
	sizeof plain_rows / sizeof *plain_rows };
static const struct option_table resume_table = { RESUME, plain_rows,
	sizeof plain_rows / sizeof *plain_rows };

static int take_drain_wait(void *data, const char *spelled, const char *value)
{
	struct flow_config *config = data;

	config->wait = true;
	return value ? value_patience(DRAIN, spelled, value, &config->timeout) : 0;
}

static const struct option_row drain_rows[] = {
	BOX_ROW,
	{ "wait", 'w', OPTION_MAYBE, "TIME", "until nothing is left, for that long at most",
		take_drain_wait, 0 },
	BOX_HELP_ROW,
};

static const struct option_table drain_table = { DRAIN, drain_rows,
	sizeof drain_rows / sizeof *drain_rows };

static int take_timeout(void *data, const char *spelled, const char *value)
{
	return value_patience(WAIT, spelled, value, &((struct flow_config *)data)->timeout);
}

static const struct option_row wait_rows[] = {
	BOX_ROW,
	{ "timeout", 't', OPTION_VALUE, "TIME", "for that long at most", take_timeout, 0 },
	BOX_HELP_ROW,
};

static const struct option_table wait_table = { WAIT, wait_rows,
	sizeof wait_rows / sizeof *wait_rows };

static int64_t end_of(const struct flow_config *config)
{
	int64_t now = duration_now();

	return config->timeout >= BROOD_FOREVER - now ? BROOD_FOREVER : now + config->timeout;
}

static int set_pause(struct box *box, bool paused)
{
	int r = brood_mailbox_pause(box->mailbox, paused, NULL);

	return r < 0 ? box_fail(box, 0, paused ? "it cannot be paused" : "it cannot be resumed", r)
		     : 0;
}

static int set_drain(struct box *box, bool draining)
{
	int r = brood_mailbox_drain(box->mailbox, draining, NULL);

	return r < 0 ? box_fail(box, 0, draining ? "it cannot be drained" : "it cannot be resumed",
			       r)
		     : 0;
}

static int act_pause(struct box *box, const struct flow_config *config)
{
	(void)config;
	return set_pause(box, true);
}

static int act_resume(struct box *box, const struct flow_config *config)
{
	(void)config;
	int code = set_drain(box, false);
	return code == 0 ? set_pause(box, false) : code;
}

static int wait_until_empty(struct box *box, const struct flow_config *config)
{
	int64_t until = end_of(config);

	for (;;) {
		struct brood_mailbox_counts counts = BROOD_MAILBOX_COUNTS_INIT;
		int r = brood_mailbox_count(box->mailbox, &counts, NULL);
		if (r < 0)
			return box_fail(box, 0, "it cannot be counted", r);
		uint64_t left = counts.ready + counts.delayed + counts.blocked + counts.taken;
		if (left == 0)
			return 0;
		r = box_wait(box, until);
		if (r == -ETIME) {
			message("%s: %llu message%s still there", box->name,
				(unsigned long long)left, left == 1 ? " is" : "s are");
			return EXIT_TIMEOUT;
		}
		if (r < 0)
			return EXIT_BROOD;
	}
}

static int act_drain(struct box *box, const struct flow_config *config)
{
	int code = set_drain(box, true);

	return code == 0 && config->wait ? wait_until_empty(box, config) : code;
}

/* Whether it was there once: the records of what is done or removed go some day. */
static bool was_there(struct box *box, uint64_t id)
{
	struct brood_mailbox_counts counts = BROOD_MAILBOX_COUNTS_INIT;
	struct brood_message message = BROOD_MESSAGE_INIT;

	if (brood_mailbox_count(box->mailbox, &counts, NULL) == 0 && counts.sent >= id)
		return true;
	return brood_mailbox_next(box->mailbox, id, &message, NULL) > 0;
}

/* Returns 0: it is done; EXIT_NOT_DONE, EXIT_BROOD; -1: not yet. */
static int look_at(struct box *box, uint64_t id)
{
	struct brood_message found = BROOD_MESSAGE_INIT;
	int r = brood_mailbox_look(box->mailbox, id, &found, NULL);

	if (r == -ENOENT && was_there(box, id))
		return 0;
	if (r == -ENOENT) {
		message("%s: message %llu: there is no such message", box->name,
			(unsigned long long)id);
		return EXIT_NOT_DONE;
	}
	if (r < 0)
		return box_fail(box, id, "it cannot be read", r);
	if (found.state == BROOD_MESSAGE_DONE)
		return 0;
	if (found.state != BROOD_MESSAGE_DEAD && found.state != BROOD_MESSAGE_REMOVED)
		return -1;
	message("%s: message %llu: it is %s%s%s", box->name, (unsigned long long)id,
		show_state(found.state), found.reason && found.reason[0] ? ": " : "",
		found.reason ? found.reason : "");
	return EXIT_NOT_DONE;
}

static int act_wait(struct box *box, const struct flow_config *config)
{
	int64_t until = end_of(config);
	int code = 0;

	for (size_t i = 0; i < config->ids.n; i++) {
		int r;
		while ((r = look_at(box, config->ids.ids[i])) < 0) {
			r = box_wait(box, until);
			if (r == -ETIME) {
				message("%s: message %llu: it is not done yet", box->name,
					(unsigned long long)config->ids.ids[i]);
				return EXIT_TIMEOUT;
			}
			if (r < 0)
				return EXIT_BROOD;
		}
		if (r == EXIT_BROOD)
			return r;
		code = r > 0 ? r : code;
	}
	return code;
}

static int flow_main(const struct subcommand *action, uint64_t flags, int argc, char **argv,
	int (*act)(struct box *box, const struct flow_config *config))
{
	const char *name = action->options->tool;
	const struct brood_mailbox_options options = BROOD_MAILBOX_OPTIONS(.flags = flags);
	struct flow_config config = { .timeout = BROOD_FOREVER };
	int first = options_parse(action->options, argc, argv, &config);
	int code = EXIT_BROOD;
	bool takes_ids = action == &mailbox_wait_action;
	bool is_right = first >= 0;
	struct box box;

	if (config.box.help)
		return subcommand_show_help(action);
	if (is_right && !takes_ids && first < argc) {
		message("%s: '%s': nothing may follow", name, argv[first]);
		is_right = false;
	}
	for (int i = first; is_right && i < argc; i++)
		is_right = value_ids(name, NULL, argv[i], &config.ids) == 0;
	if (is_right && takes_ids && config.ids.n == 0) {
		message("%s: for which message? (ID...)", name);
		is_right = false;
	}
	if (is_right) {
		if (box_open(&box, name, &config.box, &options) == 0)
			code = act(&box, &config);
		box_close(&box);
	}
	id_list_done(&config.ids);
	return code;
}

static int pause_main(int argc, char **argv)
{
	return flow_main(&mailbox_pause_action, BROOD_MAILBOX_EXISTING, argc, argv, act_pause);
}

static int resume_main(int argc, char **argv)
{
	return flow_main(&mailbox_resume_action, BROOD_MAILBOX_EXISTING, argc, argv, act_resume);
}

static int drain_main(int argc, char **argv)
{
	return flow_main(&mailbox_drain_action, BROOD_MAILBOX_EXISTING, argc, argv, act_drain);
}

static int wait_main(int argc, char **argv)
{
	return flow_main(&mailbox_wait_action, BROOD_MAILBOX_READ_ONLY, argc, argv, act_wait);
}

static void pause_help(struct text *text)
{
	text_string(text, "Usage: brood mailbox pause [OPTION...]\n\n"
			  "Nothing can be taken until brood mailbox resume. What runs goes on.\n\n"
			  "Options:\n");
	options_help(&pause_table, text);
}

static void resume_help(struct text *text)
{
	text_string(text, "Usage: brood mailbox resume [OPTION...]\n\n"
			  "Ends brood mailbox pause, and brood mailbox drain.\n\nOptions:\n");
	options_help(&resume_table, text);
}

static void drain_help(struct text *text)
{
	text_string(text,
		"Usage: brood mailbox drain [OPTION...]\n\n"
		"Nothing can be put in until brood mailbox resume; workers end when nothing is\n"
		"left. What is dead stays.\n\nOptions:\n");
	options_help(&drain_table, text);
	text_string(
		text, "\nExit codes: 0; 124 something was left then; 125 brood itself failed.\n");
}

static void wait_help(struct text *text)
{
	text_string(text,
		"Usage: brood mailbox wait [OPTION...] ID...\n\n"
		"Waits until all of those messages are done, dead or removed.\n\nOptions:\n");
	options_help(&wait_table, text);
	text_string(text,
		"\nExit codes: 0 they are done; 1 one is dead, removed, or was never there; 124 the\n"
		"time passed; 125 brood itself failed.\n");
}

const struct subcommand mailbox_pause_action = {
	.name = "pause",
	.summary = "let nothing be taken",
	.options = &pause_table,
	.main = pause_main,
	.help = pause_help,
};

const struct subcommand mailbox_resume_action = {
	.name = "resume",
	.summary = "end pause and drain",
	.options = &resume_table,
	.main = resume_main,
	.help = resume_help,
};

const struct subcommand mailbox_drain_action = {
	.name = "drain",
	.summary = "let nothing be put in; wait until it is empty",
	.options = &drain_table,
	.main = drain_main,
	.help = drain_help,
};

const struct subcommand mailbox_wait_action = {
	.name = "wait",
	.summary = "wait until messages are done",
	.options = &wait_table,
	.main = wait_main,
	.help = wait_help,
	.operands = "ID",
};
