/* SPDX-License-Identifier: MIT */
/* brood mailbox read: makes and holds the FIFO; the tasks in it are the affair of fifo_tasks. */
#include "mailbox/fifo_read.h"

#include "common/exit_code.h"
#include "common/message.h"
#include "common/take.h"
#include "mailbox/fifo_hold.h"
#include "mailbox/fifo_tasks.h"
#include "mailbox/values.h"
#include "mailbox/worker_signals.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/types.h>

#define ACTION "mailbox read"

#define DEFAULT_MODE 0600
#define MOST_SLOTS   1000

struct read_config {
	struct fifo_tasks tasks;
	mode_t mode;
	bool create; /* as it is anyway */
	bool no_create;
	bool help;
};

static int take_mode(void *data, const char *spelled, const char *value)
{
	char *end = NULL;

	errno = 0;
	unsigned long mode = strtoul(value, &end, 8);
	if (value[0] < '0' || value[0] > '7' || *end != '\0' || errno != 0 || mode > 0777) {
		message(ACTION ": %s: '%s' is not a mode from 0 to 0777", spelled, value);
		return -1;
	}
	((struct read_config *)data)->mode = (mode_t)mode;
	return 0;
}

static int take_timeout(void *data, const char *spelled, const char *value)
{
	return take_time_limit(ACTION, spelled, value, &((struct read_config *)data)->tasks.idle);
}

static int take_count(void *data, const char *spelled, const char *value)
{
	struct fifo_tasks *tasks = &((struct read_config *)data)->tasks;

	return value_number(ACTION, spelled, value, 1, LONG_MAX, &tasks->count);
}

static int take_jobs(void *data, const char *spelled, const char *value)
{
	struct fifo_tasks *tasks = &((struct read_config *)data)->tasks;

	return value_number(ACTION, spelled, value, 1, MOST_SLOTS, &tasks->slots);
}

static const struct option_row rows[] = {
	{ "fifo", 0, OPTION_VALUE, "PATH",
		"the FIFO; it is made if it is not there, and then\n"
		"removed at the end",
		NULL, offsetof(struct read_config, tasks.path) },
	{ "until", 'u', OPTION_VALUE, "WORD", "end when this line comes", NULL,
		offsetof(struct read_config, tasks.until) },
	{ "count", 'n', OPTION_VALUE, "N", "end after N tasks", take_count, 0 },
	{ "timeout", 't', OPTION_VALUE, "TIME", "end when no task has come for that long",
		take_timeout, 0 },
	{ "jobs", 'j', OPTION_VALUE, "N", "run up to N commands at once (1)", take_jobs, 0 },
	{ "keep-going", 'k', OPTION_ALONE, NULL, "go on when a command has failed", NULL,
		offsetof(struct read_config, tasks.keep_going) },
	{ "mode", 'm', OPTION_VALUE, "MODE", "permissions of a FIFO that is made (0600)", take_mode,
		0 },
	{ "create", 0, OPTION_ALONE, NULL, "make the FIFO if it is not there (so it is anyway)",
		NULL, offsetof(struct read_config, create) },
	{ "no-create", 0, OPTION_ALONE, NULL, "it must be there", NULL,
		offsetof(struct read_config, no_create) },
	{ "verbose", 'v', OPTION_ALONE, NULL, "say which task is begun, and how it ended", NULL,
		offsetof(struct read_config, tasks.verbose) },
	{ "help", 'h', OPTION_ALONE, NULL, "show this help", NULL,
		offsetof(struct read_config, help) },
};

static const struct option_table table = { ACTION, rows, sizeof rows / sizeof *rows };

static int read_tasks(struct read_config *config)
{
	struct fifo_hold hold = { .action = ACTION, .path = config->tasks.path };

	if (fifo_hold(&hold, config->mode, config->no_create) < 0)
		return EXIT_BROOD;
	int code = fifo_tasks_run(&config->tasks, &hold);
	fifo_hold_done(&hold, true);
	return worker_signals_end(code);
}

static int read_main(int argc, char **argv)
{
	struct read_config config = { .tasks.slots = 1, .mode = DEFAULT_MODE };
	int first = options_parse(&table, argc, argv, &config);

	if (config.help)
		return subcommand_show_help(&mailbox_read_action);
	if (first < 0)
		return EXIT_BROOD;
	if (!config.tasks.path) {
		message(ACTION ": --fifo PATH is missing (brood mailbox take reads a mailbox)");
		return EXIT_BROOD;
	}
	if (config.create && config.no_create) {
		message(ACTION ": --create and --no-create exclude each other");
		return EXIT_BROOD;
	}
	if (first < argc)
		config.tasks.argv = argv + first;
	else if (config.tasks.slots > 1 || config.tasks.keep_going) {
		message(ACTION ": %s is for a command", config.tasks.slots > 1 ? "-j" : "-k");
		return EXIT_BROOD;
	}
	return read_tasks(&config);
}

static void read_help(struct text *text)
{
	text_string(text,
		"Usage: brood mailbox read --fifo PATH [OPTION...]\n"
		"       brood mailbox read --fifo PATH [OPTION...] [--] COMMAND [ARGUMENT...]\n\n"
		"Reads tasks, one a line, that any program writes into a FIFO (echo task >PATH).\n"
		"It holds the FIFO open: writers come and go, and it goes on until the end word.\n"
		"Without a command each task is printed as it comes. A command runs once for\n"
		"each task, which it gets on standard input, and in its words in place of {}; no\n"
		"shell looks at it. One that fails ends the reading. What lies in the FIFO when\n"
		"its last reader ends is lost: brood mailbox serve keeps it.\n\nOptions:\n");
	options_help(&table, text);
	text_string(text,
		"\nTIME: 500ms, 2s, 1m30s, 1h, 2d, 1.5 (seconds).\n\n"
		"Exit codes: 0 the end word or the last of N tasks came; that of the first\n"
		"command that failed; 124 no task came in time; 125 brood itself failed, or a\n"
		"task was too long; 126, 127 the command cannot be executed, was not found;\n"
		"128+n signal n.\n\n"
		"Example:\n"
		"  brood mailbox read --fifo /run/box --until EOD -- convert {} {}.png\n");
}

const struct subcommand mailbox_read_action = {
	.name = "read",
	.summary = "tasks out of a FIFO alone, as any program writes them",
	.options = &table,
	.main = read_main,
	.help = read_help,
	.operands = "COMMAND",
};
