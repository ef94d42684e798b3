/* SPDX-License-Identifier: MIT */
/* brood mailbox send: messages into a FIFO, each one whole. */
#include "mailbox/fifo_send.h"

#include "common/exit_code.h"
#include "common/message.h"
#include "common/standard_fds.h"
#include "mailbox/fifo_hold.h"
#include "mailbox/values.h"

#include <brood/brood.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#define ACTION "mailbox send"

#define HAS_NEWLINE "it holds a newline, which ends a message"

struct send_config {
	const char *path;
	const char *end;
	brood_duration timeout; /* BROOD_FOREVER: none */
	bool help;
	char **messages; /* NULL: lines of standard input */
};

struct sending {
	const struct send_config *config;
	int fd;
	unsigned long sent;
};

static int take_timeout(void *data, const char *spelled, const char *value)
{
	return value_patience(ACTION, spelled, value, &((struct send_config *)data)->timeout);
}

static const struct option_row rows[] = {
	{ "fifo", 0, OPTION_VALUE, "PATH", "the FIFO", NULL, offsetof(struct send_config, path) },
	{ "end", 'e', OPTION_VALUE, "WORD", "send this line at last: the reader's end word", NULL,
		offsetof(struct send_config, end) },
	{ "timeout", 't', OPTION_VALUE, "TIME",
		"give up when no reader comes, or nothing is read,\nfor that long (off)",
		take_timeout, 0 },
	{ "help", 'h', OPTION_ALONE, NULL, "show this help", NULL,
		offsetof(struct send_config, help) },
};

static const struct option_table table = { ACTION, rows, sizeof rows / sizeof *rows };

/* What is wrong with the next message. */
static void complain(const struct sending *sending, const char *why)
{
	message(ACTION ": %s: message %lu: %s", sending->config->path, sending->sent + 1, why);
}

/* Returns the exit code. */
static int send_one(struct sending *sending, const char *bytes, size_t length)
{
	int r = brood_fifo_send(sending->fd, bytes, length, sending->config->timeout, NULL);

	if (r == 0) {
		sending->sent++;
		return 0;
	}
	const char *why = message_errno(-r);
	if (r == -EPIPE)
		why = "nobody reads any more";
	else if (r == -EILSEQ)
		why = HAS_NEWLINE;
	else if (r == -ETIME)
		why = "nobody has read for that long";
	else if (r == -EIO)
		why = "nobody has read for that long; a part of it was sent";
	complain(sending, why);
	return r == -ETIME || r == -EIO ? EXIT_TIMEOUT : EXIT_BROOD;
}

static int send_words(struct sending *sending)
{
	int code = 0;

	for (char **word = sending->config->messages; *word && code == 0; word++)
		code = send_one(sending, *word, strlen(*word));
	return code;
}

static int send_lines(struct sending *sending)
{
	struct brood_scanner *scanner = NULL;
	const char *line;
	size_t length;
	uint32_t flags;
	int code = 0;
	int r = brood_scanner_new(&scanner, STDIN_FILENO, 0);

	while (code == 0 && r >= 0 &&
		(r = brood_scanner_next(scanner, &line, &length, &flags)) > 0) {
		if (flags & (BROOD_LINE_CUT | BROOD_LINE_CONTINUED)) {
			complain(sending, "it is longer than 1 MiB");
			code = EXIT_BROOD;
			break;
		}
		code = send_one(sending, line, length);
	}
	if (r < 0) {
		message(ACTION ": standard input: %s", message_errno(-r));
		code = EXIT_BROOD;
	}
	brood_scanner_free(scanner);
	return code;
}

/* Those of the command line, before anything is sent. */
static int check_words(struct sending *sending)
{
	char *const *words = sending->config->messages;

	for (; words && words[sending->sent]; sending->sent++) {
		if (strchr(words[sending->sent], '\n')) {
			complain(sending, HAS_NEWLINE);
			return -1;
		}
	}
	sending->sent = 0;
	if (!sending->config->end || !strchr(sending->config->end, '\n'))
		return 0;
	message(ACTION ": --end: " HAS_NEWLINE);
	return -1;
}

static int send_all(const struct send_config *config)
{
	struct sending sending = { .config = config };

	if (check_words(&sending) < 0)
		return EXIT_BROOD;
	sending.fd = brood_fifo_open(config->path, BROOD_FIFO_WRITE, config->timeout, NULL);
	if (sending.fd == -ETIME) {
		message(ACTION ": %s: no reader came", config->path);
		return EXIT_TIMEOUT;
	}
	if (sending.fd < 0) {
		fifo_hold_complain(ACTION, config->path, sending.fd);
		return EXIT_BROOD;
	}
	int code = config->messages ? send_words(&sending) : send_lines(&sending);
	if (code == 0 && config->end)
		code = send_one(&sending, config->end, strlen(config->end));
	close(sending.fd);
	return code;
}

static int send_main(int argc, char **argv)
{
	struct send_config config = { .timeout = BROOD_FOREVER };
	int first = options_parse(&table, argc, argv, &config);

	if (config.help)
		return subcommand_show_help(&mailbox_send_action);
	if (first < 0)
		return EXIT_BROOD;
	if (!config.path) {
		message(ACTION ": --fifo PATH is missing (brood mailbox put is for a mailbox)");
		return EXIT_BROOD;
	}
	if (first < argc)
		config.messages = argv + first;
	if (!config.messages && standard_input_was_closed()) {
		message(ACTION ": standard input is closed");
		return EXIT_BROOD;
	}
	return send_all(&config);
}

static void send_help(struct text *text)
{
	text_string(text,
		"Usage: brood mailbox send --fifo PATH [OPTION...] [MESSAGE...]\n\n"
		"Writes messages into a FIFO, one a line and none into another, however long and\n"
		"however many send at once; without a MESSAGE the lines of standard input, each\n"
		"as it comes. Any program can read them: brood mailbox read, while read -r line.\n\n"
		"Options:\n");
	options_help(&table, text);
	text_string(text,
		"\nTIME: 500ms, 2s, 1m30s, 1h, 2d, 1.5 (seconds).\n\n"
		"Exit codes: 0 all were sent; 124 a time limit passed; 125 brood itself failed,\n"
		"or nobody reads any more.\n\n"
		"Example:\n"
		"  ls *.jpg | brood mailbox send --fifo /run/box --end EOD\n");
}

const struct subcommand mailbox_send_action = {
	.name = "send",
	.summary = "messages into a FIFO alone",
	.options = &table,
	.main = send_main,
	.help = send_help,
};
