/* SPDX-License-Identifier: MIT */
/* brood mailbox run: a worker. */
#include "common/duration.h"
#include "common/exit_code.h"
#include "common/message.h"
#include "common/take.h"
#include "mailbox/actions.h"
#include "mailbox/values.h"
#include "mailbox/worker.h"
#include "mailbox/worker_signals.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#define ACTION "mailbox run"

#define DEFAULT_KILL_AFTER (5 * BROOD_SECOND)
#define DEFAULT_KEEP       1000
#define MOST_KEEP          1000000000

/* With --once and --until-empty: a message is dead now. */
#define EXIT_DEAD 1

struct run_options {
	struct box_options box;
	long jobs;
	bool once;
	bool until_empty;
	brood_duration idle;
	brood_duration timeout;
	brood_duration kill_after;
	brood_duration back_off;
	long keep;
	int sync; /* BROOD_SYNC_... */
	const char *name;
	bool verbose;
	char **argv;
};

static int take_jobs(void *data, const char *spelled, const char *value)
{
	return value_number(
		ACTION, spelled, value, 1, WORKER_MOST_SLOTS, &((struct run_options *)data)->jobs);
}

static int take_keep(void *data, const char *spelled, const char *value)
{
	return value_number(
		ACTION, spelled, value, 0, MOST_KEEP, &((struct run_options *)data)->keep);
}

static int take_idle(void *data, const char *spelled, const char *value)
{
	return value_patience(ACTION, spelled, value, &((struct run_options *)data)->idle);
}

static int take_timeout(void *data, const char *spelled, const char *value)
{
	return take_time_limit(ACTION, spelled, value, &((struct run_options *)data)->timeout);
}

static int take_kill_after(void *data, const char *spelled, const char *value)
{
	return take_grace(ACTION, spelled, value, &((struct run_options *)data)->kill_after);
}

static int take_back_off(void *data, const char *spelled, const char *value)
{
	struct run_options *config = data;
	int r = duration_take(ACTION, spelled, value, &config->back_off);

	if (config->back_off <= 0)
		config->back_off = -1;
	return r;
}

static int take_sync(void *data, const char *spelled, const char *value)
{
	return value_sync(ACTION, spelled, value, &((struct run_options *)data)->sync);
}

#define FIELD(name) offsetof(struct run_options, name)

static const struct option_row rows[] = {
	BOX_ROW,
	{ "jobs", 'j', OPTION_VALUE, "N", "that many at once (1)", take_jobs, 0 },
	{ "once", 0, OPTION_ALONE, NULL,
		"end when nothing is ready; does not wait for what is\ndelayed", NULL,
		FIELD(once) },
	{ "until-empty", 0, OPTION_ALONE, NULL,
		"end when nothing is left that could become ready:\nwaits for delays, and for other workers",
		NULL, FIELD(until_empty) },
	{ "idle-exit", 0, OPTION_VALUE, "TIME", "end when nothing came for that long", take_idle,
		0 },
	{ "timeout", 't', OPTION_VALUE, "TIME",
		"stop a try after that long, if the message has no\nlimit of its own", take_timeout,
		0 },
	{ "kill-after", 'k', OPTION_VALUE, "TIME",
		"KILL it that long after TERM (5s; 0 or off: never)", take_kill_after, 0 },
	{ "backoff", 0, OPTION_VALUE, "TIME",
		"before the second try; twice as long each time, up\nto 1h (1s)", take_back_off,
		0 },
	{ "keep", 0, OPTION_VALUE, "N", "outputs of messages that are done (1000)", take_keep, 0 },
	{ "sync", 0, OPTION_VALUE, "group|always|off",
		"whether it is on the disk that a message is done\nbefore the next is begun (off: after a crash of the\nmachine it may be run again)",
		take_sync, 0 },
	{ "name", 0, OPTION_VALUE, "NAME", "of the worker, for brood mailbox ls", NULL,
		FIELD(name) },
	{ "verbose", 'v', OPTION_ALONE, NULL, "say what is begun, and how it ended", NULL,
		FIELD(verbose) },
	BOX_HELP_ROW,
};

static const struct option_table table = { ACTION, rows, sizeof rows / sizeof *rows };

/* What lies in the box is run as us: nobody else may have put it there. */
static bool is_safe(const struct box *box)
{
	struct stat stat;

	if (lstat(box->path, &stat) < 0 || !S_ISDIR(stat.st_mode)) {
		message("%s: %s: this is no folder, but something that leads to one", box->name,
			box->path);
		return false;
	}
	if (stat.st_uid != geteuid()) {
		message("%s: %s belongs to user %u: what is in it would be run as user %u",
			box->name, box->path, (unsigned int)stat.st_uid, (unsigned int)geteuid());
		return false;
	}
	if (stat.st_mode & S_IWOTH) {
		message("%s: %s may be written by everybody: what is in it would be run as user %u",
			box->name, box->path, (unsigned int)geteuid());
		return false;
	}
	return true;
}

static int exit_code(const struct run_options *config, const struct worker_result *result)
{
	int number = worker_signals_received();

	switch (result->end) {
	case WORKER_ENDED_FAILURE:
		return EXIT_BROOD;
	case WORKER_ENDED_SIGNAL:
		/* What was there has been finished: that is how it is meant to end. */
		if (worker_signals_wish() == WORKER_FINISH && result->n_back == 0)
			return 0;
		return EXIT_SIGNAL + number;
	case WORKER_ENDED_MOST:
	case WORKER_ENDED_IDLE:
	case WORKER_ENDED_EMPTY:
		break;
	}
	return (config->once || config->until_empty) && result->n_dead > 0 ? EXIT_DEAD : 0;
}

static int work(struct box *box, const struct run_options *config)
{
	sigset_t mask;
	const struct worker_config worker = {
		.work = { .handler = config->argv,
			.timeout = config->timeout,
			.kill_after = config->kill_after,
			.is_verbose = config->verbose,
			.mask = &mask },
		.slots = (size_t)config->jobs,
		.idle = config->idle,
		.once = config->once,
		.until_empty = config->until_empty,
		.is_gentle = true,
		.keep = (size_t)config->keep,
	};
	struct worker_result result;

	if (!is_safe(box))
		return EXIT_BROOD;
	worker_signals_install(true, &mask);
	worker_run(box, &worker, &result);
	if (result.end == WORKER_ENDED_SIGNAL && result.n_back > 0)
		message("%s: %llu message%s given back", box->name,
			(unsigned long long)result.n_back, result.n_back == 1 ? " was" : "s were");
	return exit_code(config, &result);
}

static int run_main(int argc, char **argv)
{
	struct run_options config = { .jobs = 1,
		.idle = BROOD_FOREVER,
		.kill_after = DEFAULT_KILL_AFTER,
		.keep = DEFAULT_KEEP,
		.sync = BROOD_SYNC_OFF,
		.name = "run" };
	struct box box;
	int first = options_parse(&table, argc, argv, &config);

	if (config.box.help)
		return subcommand_show_help(&mailbox_run_action);
	if (first < 0)
		return EXIT_BROOD;
	if (first < argc)
		config.argv = argv + first;
	const struct brood_mailbox_options options = BROOD_MAILBOX_OPTIONS(.worker = config.name,
		.back_off = config.back_off, .sync = config.sync);
	int code = box_open(&box, ACTION, &config.box, &options) < 0 ? EXIT_BROOD
								     : work(&box, &config);
	box_close(&box);
	return worker_signals_end(code);
}

static void run_help(struct text *text)
{
	text_string(text,
		"Usage: brood mailbox run [OPTION...] [[--] COMMAND [ARGUMENT...]]\n\n"
		"A worker: runs the commands of a mailbox; messages that are data go to COMMAND's\n"
		"standard input, where a {} in its words stands for their text. Any number of\n"
		"workers may run. Exit code 0: the message is done; 75: again later; anything\n"
		"else is a failed try. What a job writes is shown by brood mailbox log ID.\n\n"
		"Options:\n");
	options_help(&table, text);
	text_string(text,
		"\nCtrl-C: it takes no more and finishes what it has; once more, or TERM: that is\n"
		"stopped and given back. If the worker is killed, its jobs are killed with it,\n"
		"and the messages are there for the next one.\n\n"
		"Data that comes to a worker without COMMAND is given back, and ends the worker.\n\n"
		"Exit codes: 0; with --once and --until-empty 1 if a message is dead now; 125\n"
		"brood itself failed; 128+n signal n made it give messages back.\n\n"
		"Examples:\n"
		"  brood mailbox run -b mail -j 4\n"
		"  brood mailbox run -b mail --once -- ./handle {}\n");
}

const struct subcommand mailbox_run_action = {
	.name = "run",
	.summary = "a worker: run what is put in, several at once",
	.options = &table,
	.main = run_main,
	.help = run_help,
	.operands = "COMMAND",
};
