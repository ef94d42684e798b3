/* SPDX-License-Identifier: MIT */
/* brood mailbox log: what a job has written. */
#include "common/duration.h"
#include "common/exit_code.h"
#include "common/message.h"
#include "mailbox/actions.h"
#include "mailbox/box.h"
#include "mailbox/show.h"
#include "mailbox/values.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#define ACTION "mailbox log"

/* There is no output. */
#define EXIT_NOTHING 1

#define PIECE_BYTES 65536

/* Where the file cannot be watched. */
#define LOOK_AGAIN_MS 100

struct log_config {
	struct box_options box;
	bool follow;
	struct id_list ids;
};

static const struct option_row rows[] = {
	BOX_ROW,
	{ "follow", 'f', OPTION_ALONE, NULL, "show what comes until the message is done or dead",
		NULL, offsetof(struct log_config, follow) },
	BOX_HELP_ROW,
};

static const struct option_table table = { ACTION, rows, sizeof rows / sizeof *rows };

struct log {
	struct box *box;
	uint64_t id;
	int fd;    /* of the output; -1: there is none yet */
	int watch; /* inotify; -1: none */
	bool is_watched;
	bool was_there; /* an output */
};

static void close_output(struct log *log)
{
	if (log->fd >= 0)
		close(log->fd);
	if (log->watch >= 0)
		close(log->watch);
	log->fd = log->watch = -1;
	log->is_watched = false;
}

/* Opens the output, if it is there. A try that has written nothing leaves none, and one that counts
   as the first begins it anew. Returns 0 or our exit code. */
static int open_output(struct log *log)
{
	struct stat stat;

	if (log->fd >= 0 && fstat(log->fd, &stat) == 0) {
		if (stat.st_size < lseek(log->fd, 0, SEEK_CUR))
			(void)lseek(log->fd, 0, SEEK_SET);
		if (stat.st_nlink > 0)
			return 0;
		close_output(log);
	}
	int fd = box_open_output(log->box, log->id, O_RDONLY);
	if (fd < 0)
		return fd == -ENOENT
			       ? 0
			       : box_fail(log->box, log->id, "its output cannot be opened", fd);
	log->fd = fd;
	log->was_there = true;
	return 0;
}

/* Shows what is there. Returns 0 or our exit code. */
static int show_more(struct log *log)
{
	char bytes[PIECE_BYTES];
	ssize_t n = 0;
	int code = open_output(log);

	while (code == 0 && log->fd >= 0 && (n = read(log->fd, bytes, sizeof bytes)) > 0) {
		int r = write_all(STDOUT_FILENO, bytes, (size_t)n);
		if (r < 0) {
			message("standard output: %s", message_errno(-r));
			code = EXIT_BROOD;
		}
	}
	return n < 0 ? box_fail(log->box, log->id, "its output cannot be read", -errno) : code;
}

/* Whether something may still come. -1: it has been said why that cannot be told. */
static int goes_on(struct log *log)
{
	struct brood_message message = BROOD_MESSAGE_INIT;
	int r = brood_mailbox_look(log->box->mailbox, log->id, &message, NULL);

	if (r < 0 && r != -ENOENT) {
		box_fail(log->box, log->id, "it cannot be read", r);
		return -1;
	}
	return r == 0 && message.state != BROOD_MESSAGE_DONE &&
	       message.state != BROOD_MESSAGE_DEAD && message.state != BROOD_MESSAGE_REMOVED;
}

static void watch(struct log *log)
{
	struct text path = { 0 };

	if (log->watch < 0)
		log->watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (log->watch < 0)
		return;
	text_format(&path, "%s/out/%llu", log->box->path, (unsigned long long)log->id);
	/* Only to be woken: what is read is what was opened. */
	if (inotify_add_watch(log->watch, path.bytes, IN_MODIFY | IN_DONT_FOLLOW) < 0) {
		close(log->watch);
		log->watch = -1;
	}
	text_done(&path);
}

static void wait_for_more(struct log *log)
{
	char events[4096];
	struct pollfd news[2] = {
		{ .fd = log->watch, .events = POLLIN },
		{ .fd = brood_mailbox_pollfd(log->box->mailbox), .events = POLLIN },
	};

	(void)poll(news, 2, log->watch < 0 || news[1].fd < 0 ? LOOK_AGAIN_MS : -1);
	if (log->watch >= 0)
		while (read(log->watch, events, sizeof events) > 0)
			;
}

static int follow(struct log *log)
{
	for (;;) {
		/* What comes behind this look is not waited for. */
		int more = goes_on(log);
		int code = more < 0 ? EXIT_BROOD : show_more(log);
		if (code != 0 || !more)
			return code;
		if (log->fd >= 0 && !log->is_watched) {
			/* Something may have come before the watch: once more. */
			watch(log);
			log->is_watched = true;
			continue;
		}
		wait_for_more(log);
	}
}

static int show_log(struct box *box, const struct log_config *config)
{
	struct log log = { .box = box, .id = config->ids.ids[0], .fd = -1, .watch = -1 };
	struct brood_message found = BROOD_MESSAGE_INIT;
	int code = config->follow ? follow(&log) : show_more(&log);

	if (code == 0 && !log.was_there) {
		bool is_there = brood_mailbox_look(box->mailbox, log.id, &found, NULL) == 0;
		message("%s: message %llu: %s", box->name, (unsigned long long)log.id,
			is_there ? "nothing has been written"
				 : "there is no such message, and no output");
		code = EXIT_NOTHING;
	}
	close_output(&log);
	return code;
}

static int log_main(int argc, char **argv)
{
	const struct brood_mailbox_options options =
		BROOD_MAILBOX_OPTIONS(.flags = BROOD_MAILBOX_READ_ONLY);
	struct log_config config = { 0 };
	int first = options_parse(&table, argc, argv, &config);
	int code = EXIT_BROOD;
	struct box box;

	if (config.box.help)
		return subcommand_show_help(&mailbox_log_action);
	bool is_right = first >= 0;
	for (int i = first; is_right && i < argc; i++)
		is_right = value_ids(ACTION, NULL, argv[i], &config.ids) == 0;
	if (is_right && config.ids.n != 1) {
		message(ACTION ": %s",
			config.ids.n == 0 ? "of which message? (ID)" : "of one message at a time");
		is_right = false;
	}
	if (is_right) {
		if (box_open(&box, ACTION, &config.box, &options) == 0)
			code = show_log(&box, &config);
		box_close(&box);
	}
	id_list_done(&config.ids);
	return code;
}

static void log_help(struct text *text)
{
	text_string(text,
		"Usage: brood mailbox log [OPTION...] ID\n\n"
		"Shows what the tries of a message have written under brood mailbox run, standard\n"
		"output and standard error as they came.\n\nOptions:\n");
	options_help(&table, text);
	text_string(text, "\nExit codes: 0; 1 there is no output; 125 brood itself failed.\n");
}

const struct subcommand mailbox_log_action = {
	.name = "log",
	.summary = "show what a job has written",
	.options = &table,
	.main = log_main,
	.help = log_help,
	.operands = "ID",
};
