/* SPDX-License-Identifier: MIT */
/* brood mailbox take: one message out of a mailbox, for a command or for standard output. */
#include "common/take.h"
#include "common/exit_code.h"
#include "common/message.h"
#include "common/print.h"
#include "common/terminal.h"
#include "mailbox/actions.h"
#include "mailbox/show.h"
#include "mailbox/values.h"
#include "mailbox/worker.h"
#include "mailbox/worker_signals.h"

#include <errno.h>
#include <signal.h>

#define ACTION "mailbox take"

#define DEFAULT_KILL_AFTER (5 * BROOD_SECOND)

/* Nothing was there, or came in time. Not 1: that is what commands say. */
#define EXIT_NOTHING EXIT_TIMEOUT

struct take_config {
	struct box_options box;
	brood_duration wait; /* 0: not at all */
	brood_duration timeout;
	brood_duration kill_after;
	bool text;
	bool verbose;
	char **argv;
};

static int take_wait(void *data, const char *spelled, const char *value)
{
	struct take_config *config = data;

	config->wait = BROOD_FOREVER;
	return value ? value_patience(ACTION, spelled, value, &config->wait) : 0;
}

static int take_timeout(void *data, const char *spelled, const char *value)
{
	return take_time_limit(ACTION, spelled, value, &((struct take_config *)data)->timeout);
}

static int take_kill_after(void *data, const char *spelled, const char *value)
{
	return take_grace(ACTION, spelled, value, &((struct take_config *)data)->kill_after);
}

static const struct option_row rows[] = {
	BOX_ROW,
	{ "wait", 'w', OPTION_MAYBE, "TIME", "wait for a message, for that long at most", take_wait,
		0 },
	{ "timeout", 't', OPTION_VALUE, "TIME", "stop the command after that long", take_timeout,
		0 },
	{ "kill-after", 'k', OPTION_VALUE, "TIME",
		"KILL it that long after TERM (5s; 0 or off: never)", take_kill_after, 0 },
	{ "text", 0, OPTION_ALONE, NULL,
		"messages that are commands too, as lines that a shell\ncan read", NULL,
		offsetof(struct take_config, text) },
	{ "verbose", 'v', OPTION_ALONE, NULL, "say what is begun, and how it ended", NULL,
		offsetof(struct take_config, verbose) },
	BOX_HELP_ROW,
};

static const struct option_table table = { ACTION, rows, sizeof rows / sizeof *rows };

/* It is done when it has been written, and not before. */
static int print_message(
	struct box *box, const struct take_config *config, const struct brood_message *message)
{
	struct text text = { 0 };
	uint64_t id = message->id;
	int code = 0;

	if (message->kind == PAYLOAD_COMMAND && !config->text) {
		int r = brood_mailbox_release(box->mailbox, id, NULL);
		return r < 0 ? box_fail(box, id, "it cannot be given back", r)
			     : box_fail(box, id, WORK_IS_COMMAND, 0);
	}
	show_text(&text, message);
	if (message->kind == PAYLOAD_COMMAND)
		text_string(&text, "\n");
	if (text.length > 0)
		code = print_text(&text);
	text_done(&text);
	int r = code == 0 ? brood_mailbox_done(box->mailbox, id, NULL)
			  : brood_mailbox_release(box->mailbox, id, NULL);
	if (r < 0)
		code = box_fail(box, id, "it cannot be marked as done", r);
	return code;
}

static int take_and_print(struct box *box, const struct take_config *config)
{
	struct brood_message taken = BROOD_MESSAGE_INIT;
	struct brood_mailbox_counts counts = BROOD_MAILBOX_COUNTS_INIT;
	/* A reader that is gone shall not end us before the message is given back. */
	const struct sigaction ignored = { .sa_handler = SIG_IGN };
	int r;

	(void)sigaction(SIGPIPE, &ignored, NULL);
	do
		r = brood_mailbox_receive(box->mailbox, config->wait, &taken, NULL);
	while (r == -EINTR);
	if (r == 0)
		return print_message(box, config, &taken);
	if (r == -ETIME && brood_mailbox_count(box->mailbox, &counts, NULL) == 0 && counts.paused)
		message("%s: it is paused (brood mailbox resume ends that)", box->name);
	if (r == -ETIME || r == -ESHUTDOWN)
		return EXIT_NOTHING;
	return box_fail(box, 0, "nothing can be taken", r);
}

static int take_and_run(struct box *box, const struct take_config *config)
{
	sigset_t mask;
	struct terminal terminal;

	/* A command that asks for a password shall get one. */
	terminal_look(&terminal);
	const struct worker_config worker = {
		.work = { .handler = config->argv,
			.timeout = config->timeout,
			.kill_after = config->kill_after,
			.is_visible = true,
			.takes_commands = config->text,
			.shares_group = terminal.exists,
			.is_verbose = config->verbose,
			.mask = &mask },
		.slots = 1,
		.most = 1,
		.idle = config->wait,
	};
	struct worker_result result;

	worker_signals_install(false, &mask);
	worker_run(box, &worker, &result);
	switch (result.end) {
	case WORKER_ENDED_MOST:
		return result.code;
	case WORKER_ENDED_IDLE:
	case WORKER_ENDED_EMPTY:
		return EXIT_NOTHING;
	case WORKER_ENDED_SIGNAL:
		return EXIT_SIGNAL + worker_signals_received();
	case WORKER_ENDED_FAILURE:
		break;
	}
	return EXIT_BROOD;
}

static int take(const struct take_config *config)
{
	const struct brood_mailbox_options options = BROOD_MAILBOX_OPTIONS(.worker = "take");
	struct box box;

	int code = box_open(&box, ACTION, &config->box, &options) < 0 ? EXIT_BROOD
		   : config->argv                                     ? take_and_run(&box, config)
				  : take_and_print(&box, config);
	box_close(&box);
	return worker_signals_end(code);
}

static int take_main(int argc, char **argv)
{
	struct take_config config = { .kill_after = DEFAULT_KILL_AFTER };
	int first = options_parse(&table, argc, argv, &config);

	if (config.box.help)
		return subcommand_show_help(&mailbox_take_action);
	if (first < 0)
		return EXIT_BROOD;
	if (first < argc)
		config.argv = argv + first;
	if (!config.argv && config.timeout > 0) {
		message(ACTION ": -t is for a command (--wait=TIME waits for a message)");
		return EXIT_BROOD;
	}
	return take(&config);
}

static void take_help(struct text *text)
{
	text_string(text,
		"Usage: brood mailbox take [OPTION...] [--] COMMAND [ARGUMENT...]\n"
		"       brood mailbox take [OPTION...]\n\n"
		"Takes the next message. The command gets it on standard input; a {} in its words\n"
		"stands for the text of the message. Its exit code says what becomes of the\n"
		"message: 0 it is done, 75 again later, anything else a failed try. Without a\n"
		"command it goes to standard output and is done. A message that is a command\n"
		"stays there for brood mailbox run, unless --text is given.\n\nOptions:\n");
	options_help(&table, text);
	text_string(text,
		"\nThe command finds BROOD_MSG_ID, BROOD_ATTEMPT (1, 2, ...) and BROOD_BOX.\n\n"
		"Exit codes: the command's own; 124 nothing was there, or came in time, or the\n"
		"time limit of the command passed, which is told; 125 brood itself failed.\n\n"
		"Examples:\n"
		"  brood mailbox take -b mail -- ./handle {}\n"
		"  while brood mailbox take -w -b mail -- ./handle; do :; done\n");
}

const struct subcommand mailbox_take_action = {
	.name = "take",
	.summary = "take one message out, for a command or to standard output",
	.options = &table,
	.main = take_main,
	.help = take_help,
	.operands = "COMMAND",
};
