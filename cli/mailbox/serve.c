/* SPDX-License-Identifier: MIT */
/* brood mailbox serve: what is written to a FIFO becomes messages. */
#include "common/duration.h"
#include "common/exit_code.h"
#include "common/message.h"
#include "mailbox/actions.h"
#include "mailbox/settings.h"
#include "mailbox/worker_signals.h"

#include <brood/fifo.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ACTION "mailbox serve"

#define LONGEST_LINE ((size_t)1 << 20)

struct serve_config {
	struct settings settings;
	const char *fifo;
	const char *until;
	bool commands;
	bool verbose;
};

#define FIELD(name) offsetof(struct serve_config, name)

static const struct option_row rows[] = {
	BOX_ROW,
	{ "fifo", 0, OPTION_VALUE, "FILE", "the FIFO; it is made if it is not there", NULL,
		FIELD(fifo) },
	{ "until", 0, OPTION_VALUE, "WORD", "end when this line comes", NULL, FIELD(until) },
	{ "commands", 0, OPTION_ALONE, NULL,
		"a line is a command, split into words as a shell\ndoes; nothing is expanded", NULL,
		FIELD(commands) },
	SETTINGS_ROWS,
	{ "verbose", 'v', OPTION_ALONE, NULL, "say what has become of each line", NULL,
		FIELD(verbose) },
	BOX_HELP_ROW,
};

static const struct option_table table = { ACTION, rows, sizeof rows / sizeof *rows };

struct serve {
	const struct serve_config *config;
	struct box box;
	struct brood_scanner *scanner;
	int fd;
	int sync; /* as the user wants it */
	bool is_over;
	int code;
};

static void fail(struct serve *serve, int code)
{
	serve->code = code;
	serve->is_over = true;
}

/* Makes a command of a line. Returns false, and says why, if it is none. */
static bool make_command(
	const struct serve *serve, const char *line, size_t length, struct text *data)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct text copy = { 0 };
	char **argv = NULL;

	text_add(&copy, line, length);
	int n = strlen(copy.bytes) == length ? brood_words(copy.bytes, &argv, &error) : -EILSEQ;
	if (n < 0)
		message("%s: a line was left out: %s: %s", serve->box.name,
			error.subject[0] ? error.subject : message_errno(-n), copy.bytes);
	bool is_made = n > 0 && settings_command(&serve->config->settings, argv, data) == 0;
	free(argv);
	text_done(&copy);
	return is_made;
}

static void put(struct serve *serve, const char *line, size_t length)
{
	struct brood_message letter = BROOD_MESSAGE(.data = line, .length = length);
	struct text data = { 0 };
	uint64_t id = 0;

	if (serve->config->commands) {
		if (!make_command(serve, line, length, &data)) {
			text_done(&data);
			return;
		}
		letter.data = data.bytes;
		letter.length = data.length;
		letter.kind = PAYLOAD_COMMAND;
	}
	settings_message(&serve->config->settings, &letter);
	int r = brood_mailbox_send(serve->box.mailbox, &letter, &id, NULL);
	if (r < 0) {
		message("%s: a line was lost: %.*s", serve->box.name,
			(int)(length > 80 ? 80 : length), line);
		fail(serve, box_fail(&serve->box, 0, "nothing was put in", r));
	} else if (serve->config->verbose) {
		message("%s: message %llu: %.*s", serve->box.name, (unsigned long long)id,
			(int)(length > 80 ? 80 : length), line);
	}
	text_done(&data);
}

/* Takes in all that is there, and then sees to it once that it is on the disk. */
static void take_in(struct serve *serve)
{
	struct brood_error error = BROOD_ERROR_INIT;
	const char *line = NULL;
	size_t length = 0, n = 0;
	int r = 0;

	while (!serve->is_over && (r = brood_fifo_receive(serve->scanner, serve->config->until, 0,
					   &line, &length, &error)) != -ETIME) {
		if (r == 1 && length > 0) {
			put(serve, line, length);
			n++;
		} else if (r == 0) {
			serve->is_over = true;
		} else if (r == -EMSGSIZE) {
			message("%s: a line was left out: longer than %zu bytes", serve->box.name,
				LONGEST_LINE);
		} else if (r < 0) {
			fail(serve, EXIT_BROOD);
			message("%s: %s: %s", serve->box.name, serve->config->fifo,
				message_errno(-r));
		}
	}
	if (n == 0 || serve->sync != BROOD_SYNC_GROUP)
		return;
	r = brood_mailbox_sync(serve->box.mailbox, &error);
	if (r < 0)
		fail(serve, box_fail(&serve->box, 0, "it may not be on the disk", r));
}

static void serve_lines(struct serve *serve)
{
	sigset_t mask;
	struct pollfd news = { .fd = serve->fd, .events = POLLIN };

	worker_signals_install(false, &mask);
	for (;;) {
		take_in(serve);
		if (serve->is_over)
			return;
		if (worker_signals_wish() != WORKER_GO_ON) {
			serve->code = EXIT_SIGNAL + worker_signals_received();
			return;
		}
		(void)ppoll(&news, 1, NULL, &mask);
	}
}

static int open_fifo(struct serve *serve)
{
	struct brood_error error = BROOD_ERROR_INIT;
	const char *path = serve->config->fifo;
	int r = brood_fifo_create(path, 0600, 0, &error);

	serve->fd = -1;
	if (r >= 0)
		r = serve->fd = brood_fifo_open(path, BROOD_FIFO_BOTH, 0, &error);
	if (r >= 0)
		r = brood_scanner_new(&serve->scanner, serve->fd, LONGEST_LINE);
	if (r >= 0)
		return 0;
	message(ACTION ": %s: %s", path,
		r == -EEXIST || r == -EINVAL ? "what is there is no FIFO" : message_errno(-r));
	return -1;
}

static int serve(const struct serve_config *config)
{
	/* Together with what was read in one go. */
	const struct brood_mailbox_options options =
		BROOD_MAILBOX_OPTIONS(.sync = config->settings.sync == BROOD_SYNC_GROUP
						      ? BROOD_SYNC_OFF
						      : config->settings.sync);
	struct serve serve = { .config = config, .fd = -1, .sync = config->settings.sync };

	if (box_open(&serve.box, ACTION, &config->settings.box, &options) < 0 ||
		open_fifo(&serve) < 0)
		serve.code = EXIT_BROOD;
	else
		serve_lines(&serve);
	brood_scanner_free(serve.scanner);
	if (serve.fd >= 0)
		close(serve.fd);
	box_close(&serve.box);
	return serve.code;
}

static int check(const struct serve_config *config, int argc, char **argv, int first)
{
	if (first < argc) {
		message(ACTION ": '%s': nothing may follow", argv[first]);
		return -1;
	}
	if (!config->fifo) {
		message(ACTION ": which FIFO? (--fifo FILE)");
		return -1;
	}
	if (config->settings.command_option && !config->commands) {
		message(ACTION ": %s needs --commands", config->settings.command_option);
		return -1;
	}
	return 0;
}

static int serve_main(int argc, char **argv)
{
	struct serve_config config = { 0 };
	int code = EXIT_BROOD;

	settings_init(&config.settings, ACTION);
	int first = options_parse(&table, argc, argv, &config);
	if (config.settings.box.help)
		code = subcommand_show_help(&mailbox_serve_action);
	else if (first >= 0 && check(&config, argc, argv, first) == 0)
		code = serve(&config);
	settings_done(&config.settings);
	return code;
}

static void serve_help(struct text *text)
{
	text_string(text,
		"Usage: brood mailbox serve [OPTION...] --fifo FILE\n\n"
		"Each line that is written to the FIFO becomes a message: for programs that only\n"
		"know `echo task >FILE`. What was read in one go is on the disk before more is\n"
		"read. Empty lines are left out. TERM, INT and HUP end it.\n\nOptions:\n");
	options_help(&table, text);
	text_string(text,
		"\nExit codes: 0 the line of --until came; 125 brood itself failed; 128+n "
		"signal n.\n\n"
		"Example:\n"
		"  brood mailbox serve -b mail --fifo /run/mail &\n"
		"  echo a@b >/run/mail\n");
}

const struct subcommand mailbox_serve_action = {
	.name = "serve",
	.summary = "make messages of the lines of a FIFO",
	.options = &table,
	.main = serve_main,
	.help = serve_help,
};
