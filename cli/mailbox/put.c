/* SPDX-License-Identifier: MIT */
/* brood mailbox put: one message into a mailbox. */
#include "common/exit_code.h"
#include "common/message.h"
#include "common/print.h"
#include "common/standard_fds.h"
#include "mailbox/actions.h"
#include "mailbox/settings.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define ACTION "mailbox put"

/* What is read of standard input in one go. */
#define PIECE_BYTES 65536

struct put_config {
	struct settings settings;
	const char *message; /* -m */
	bool may_be_empty;   /* - */
	char **argv;         /* the command; NULL: data */
};

static int take_message(void *data, const char *spelled, const char *value)
{
	(void)spelled;
	((struct put_config *)data)->message = value;
	return 0;
}

static const struct option_row rows[] = {
	BOX_ROW,
	{ "message", 'm', OPTION_VALUE, "TEXT", "the text of the message", take_message, 0 },
	SETTINGS_ROWS,
	BOX_HELP_ROW,
};

static const struct option_table table = { ACTION, rows, sizeof rows / sizeof *rows };

static int check(struct put_config *config, int argc, char **argv, int first)
{
	bool is_marked = first > 1 && strcmp(argv[first - 1], "--") == 0;

	if (first < argc && !is_marked && strcmp(argv[first], "-") == 0) {
		if (argc > first + 1) {
			message(ACTION ": '%s' stands behind -, which is all of the data",
				argv[first + 1]);
			return -1;
		}
		config->may_be_empty = true;
	} else if (first < argc) {
		config->argv = argv + first;
	} else if (is_marked) {
		message(ACTION ": no command was given behind --");
		return -1;
	}
	if (config->message && first < argc) {
		message(ACTION ": -m: not with a command or -");
		return -1;
	}
	if (config->settings.command_option && !config->argv) {
		message(ACTION ": %s is for a command (data gets the limits of its worker)",
			config->settings.command_option);
		return -1;
	}
	if (!config->message && first >= argc && isatty(STDIN_FILENO)) {
		message(ACTION ": no message was given (-m TEXT, -- COMMAND, or data on standard "
			       "input; - reads it from the terminal)");
		return -1;
	}
	return 0;
}

/* All of standard input. A message that is too long is not read to its end. */
static int read_input(struct text *data)
{
	if (standard_input_was_closed()) {
		message(ACTION ": standard input is closed");
		return -1;
	}
	for (;;) {
		text_reserve(data, PIECE_BYTES);
		ssize_t n = read(STDIN_FILENO, data->bytes + data->length, PIECE_BYTES);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			message(ACTION ": standard input: %s", message_errno(errno));
			return -1;
		}
		if (n == 0)
			return 0;
		data->length += (size_t)n;
		if (data->length > BROOD_MESSAGE_LONGEST) {
			message(ACTION ": standard input: longer than a message may be (%u MiB)",
				(unsigned int)(BROOD_MESSAGE_LONGEST >> 20));
			return -1;
		}
	}
}

static int read_data(const struct put_config *config, struct text *data)
{
	if (config->argv)
		return settings_command(&config->settings, config->argv, data);
	if (!config->message) {
		int r = read_input(data);
		if (r == 0 && data->length == 0 && !config->may_be_empty) {
			message(ACTION ": no message was given: standard input is empty (- puts an "
				       "empty message in)");
			return -1;
		}
		return r;
	}
	text_string(data, config->message);
	return 0;
}

/* Ids grow: if one was never given to a message, the highest was not. */
static int fail_after(const struct box *box, const struct brood_message *message)
{
	uint64_t highest = 0;

	for (size_t i = 0; i < message->n_after; i++)
		highest = message->after[i] > highest ? message->after[i] : highest;
	return box_fail(box, highest, "it was never there (--after)", 0);
}

static int put(const struct put_config *config, const struct text *data)
{
	const struct brood_mailbox_options options =
		BROOD_MAILBOX_OPTIONS(.sync = config->settings.sync);
	struct brood_message message = BROOD_MESSAGE(.data = data->bytes, .length = data->length,
		.kind = config->argv ? PAYLOAD_COMMAND : 0);
	struct text line = { 0 };
	struct box box;
	uint64_t id = 0;

	int code = box_open(&box, ACTION, &config->settings.box, &options) < 0 ? EXIT_BROOD : 0;
	if (code == 0) {
		settings_message(&config->settings, &message);
		int r = brood_mailbox_send(box.mailbox, &message, &id, NULL);
		if (r == -EMSGSIZE)
			code = box_fail(&box, 0,
				message.n_after > BROOD_MESSAGE_AFTER_MOST
					? "--after names too many messages"
					: "the message is too long",
				0);
		else if (r == -EINVAL)
			code = fail_after(&box, &message);
		else if (r == -EIO)
			code = box_fail(&box, 0, "it was put in, but may not be on the disk", r);
		else if (r < 0)
			code = box_fail(&box, 0, "nothing was put in", r);
	}
	if (code == 0) {
		text_format(&line, "%llu\n", (unsigned long long)id);
		code = print_text(&line);
		text_done(&line);
	}
	box_close(&box);
	return code;
}

static int put_main(int argc, char **argv)
{
	struct put_config config = { 0 };
	struct text data = { 0 };
	int code = EXIT_BROOD;

	settings_init(&config.settings, ACTION);
	int first = options_parse(&table, argc, argv, &config);
	if (config.settings.box.help)
		code = subcommand_show_help(&mailbox_put_action);
	else if (first >= 0 && check(&config, argc, argv, first) == 0 &&
		 read_data(&config, &data) == 0)
		code = put(&config, &data);
	text_done(&data);
	settings_done(&config.settings);
	return code;
}

static void put_help(struct text *text)
{
	text_string(text,
		"Usage: brood mailbox put [OPTION...] [--] COMMAND [ARGUMENT...]\n"
		"       brood mailbox put [OPTION...] -m TEXT\n"
		"       brood mailbox put [OPTION...] [-] <DATA\n\n"
		"Puts one message in and prints its id. A command is kept with its words, its\n"
		"directory and its environment, for brood mailbox run; data is any bytes.\n\n"
		"Options:\n");
	options_help(&table, text);
	text_string(text, "\nExamples:\n"
			  "  brood mailbox put -b mail --retry 3 -t 10m -- ./send.sh a@b\n"
			  "  id=$(brood mailbox put -b mail -m 'rebuild the index')\n"
			  "  brood mailbox put -b mail --after $id <payload.json\n");
}

const struct subcommand mailbox_put_action = {
	.name = "put",
	.summary = "put in a command, or data",
	.options = &table,
	.main = put_main,
	.help = put_help,
	.operands = "COMMAND",
};
