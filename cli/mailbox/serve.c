/* SPDX-License-Identifier: MIT */
/* brood mailbox serve: what is written to a FIFO becomes messages. */
#include "common/duration.h"
#include "common/exit_code.h"
#include "common/message.h"
#include "mailbox/actions.h"
#include "mailbox/fifo_hold.h"
#include "mailbox/settings.h"
#include "mailbox/worker_signals.h"

#include <brood/fifo.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define ACTION "mailbox serve"

#define FIFO_MODE 0600

#define LONGEST_LINE ((size_t)1 << 20)

/* Of a line, in what we say about it. */
#define SHOWN_BYTES 80

/* Lines of so many bytes are brought to the disk together. */
#define BATCH_BYTES ((size_t)64 << 10)

/* Asked to end, it takes in what lies there: more than a FIFO holds, if somebody goes on writing.
 */
#define LAST_BYTES ((size_t)2 << 20)

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
	struct fifo_hold hold;
	struct brood_scanner *scanner;
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
		message(ACTION ": %s: a line was left out: %s: %s", serve->config->fifo,
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
		message(ACTION ": %s: a line was lost: %.*s", serve->config->fifo,
			(int)(length > SHOWN_BYTES ? SHOWN_BYTES : length), line);
		fail(serve, box_fail(&serve->box, 0, "nothing was put in", r));
	} else if (serve->config->verbose) {
		message("%s: message %llu: %.*s", serve->box.name, (unsigned long long)id,
			(int)(length > SHOWN_BYTES ? SHOWN_BYTES : length), line);
	}
	text_done(&data);
}

/* The next line that is there. Returns how much was read, 0: nothing is there, or it is over. */
static size_t take_line(struct serve *serve)
{
	const char *line = NULL;
	size_t length = 0;
	int r = brood_fifo_receive(serve->scanner, serve->config->until, 0, &line, &length, NULL);

	switch (r) {
	case 1:
		if (length > 0)
			put(serve, line, length);
		return length + 1;
	case -EMSGSIZE:
		message(ACTION ": %s: a line was left out: longer than %zu bytes",
			serve->config->fifo, LONGEST_LINE);
		return LONGEST_LINE;
	case 0:
		serve->is_over = true;
		return 0;
	case -ETIME:
		return 0;
	default:
		message(ACTION ": %s: %s", serve->config->fifo, message_errno(-r));
		fail(serve, EXIT_BROOD);
		return 0;
	}
}

/* Takes in what is there, up to so many bytes, and then sees to it once that it is on the disk.
   Returns how much that was; less than `most`: nothing more is there. */
static size_t take_in(struct serve *serve, size_t most)
{
	size_t bytes = 0, n = 1;

	while (!serve->is_over && bytes < most && n > 0) {
		n = take_line(serve);
		bytes += n;
	}
	if (bytes == 0 || serve->sync != BROOD_SYNC_GROUP)
		return bytes;
	int r = brood_mailbox_sync(serve->box.mailbox, NULL);
	if (r < 0)
		fail(serve, box_fail(&serve->box, 0, "it may not be on the disk", r));
	return bytes;
}

static void serve_lines(struct serve *serve)
{
	sigset_t mask;

	worker_signals_install(false, &mask);
	while (!serve->is_over) {
		struct pollfd news = { .fd = serve->hold.fd, .events = POLLIN };
		bool is_more = take_in(serve, BATCH_BYTES) >= BATCH_BYTES;
		if (!serve->is_over)
			(void)worker_signals_poll(&news, 1, is_more ? 0 : BROOD_FOREVER, &mask);
		if (worker_signals_wish() == WORKER_GO_ON || serve->is_over)
			continue;
		serve->code = EXIT_SIGNAL + worker_signals_received();
		(void)take_in(serve, LAST_BYTES);
		break;
	}
	/* The FIFO stays, and somebody else may hold it. */
	fifo_hold_tell_lost(&serve->hold, serve->scanner, 0, false, "line");
}

static int serve(const struct serve_config *config)
{
	/* Together with what was read in one go. */
	const struct brood_mailbox_options options =
		BROOD_MAILBOX_OPTIONS(.sync = config->settings.sync == BROOD_SYNC_GROUP
						      ? BROOD_SYNC_OFF
						      : config->settings.sync);
	struct serve serve = { .config = config,
		.hold = { .action = ACTION, .path = config->fifo, .fd = -1 },
		.sync = config->settings.sync };

	if (fifo_hold(&serve.hold, FIFO_MODE, false) < 0 ||
		box_open(&serve.box, ACTION, &config->settings.box, &options) < 0) {
		serve.code = EXIT_BROOD;
	} else {
		int r = brood_scanner_new(&serve.scanner, serve.hold.fd, LONGEST_LINE);
		if (r < 0)
			serve.code = box_fail(&serve.box, 0, "no lines can be read", r);
		else
			serve_lines(&serve);
	}
	brood_scanner_free(serve.scanner);
	/* It stays for the next one; but not if there was nobody to serve. */
	fifo_hold_done(&serve.hold, !serve.box.mailbox);
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
		"know `echo task >FILE`. Lines that lie there together are on the disk before\n"
		"more are taken in. Empty lines are left out. TERM, INT and HUP end it.\n\n"
		"Options:\n");
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
