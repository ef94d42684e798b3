/* SPDX-License-Identifier: MIT */
#include "run/config.h"

#include "common/duration.h"
#include "common/env_file.h"
#include "common/file.h"
#include "common/memory.h"
#include "common/message.h"
#include "common/size.h"
#include "common/take.h"

#include <brood/brood.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_KILL_AFTER (5 * BROOD_SECOND)
#define DEFAULT_WAIT_DELAY (500 * BROOD_MILLISECOND)
#define DEFAULT_BACKOFF    (200 * BROOD_MILLISECOND)
#define LONGEST_BACKOFF    (10 * BROOD_SECOND)
#define DEFAULT_STAMP      "%Y-%m-%d %H:%M:%S.%3N"
/* The largest process id there can be. */
#define MOST_TASKS       4194304
#define LARGEST_ENV_FILE ((size_t)64 << 20)

static int take_timeout(void *data, const char *spelled, const char *value)
{
	struct run_config *config = data;

	return take_time_limit("run", spelled, value, &config->timeout);
}

static int take_kill_after(void *data, const char *spelled, const char *value)
{
	struct run_config *config = data;

	return take_grace("run", spelled, value, &config->kill_after);
}

static int take_wait_delay(void *data, const char *spelled, const char *value)
{
	struct run_config *config = data;
	int r = duration_take("run", spelled, value, &config->wait_delay);

	if (config->wait_delay == DURATION_OFF)
		config->wait_delay = BROOD_FOREVER;
	else if (config->wait_delay == 0)
		config->wait_delay = -1;
	return r;
}

static int take_wait(void *data, const char *spelled, const char *value)
{
	struct run_config *config = data;
	int r = duration_take("run", spelled, value, &config->wait);

	if (config->wait == DURATION_OFF)
		config->wait = BROOD_FOREVER;
	config->has_wait = true;
	return r;
}

static int take_memory(void *data, const char *spelled, const char *value)
{
	struct run_config *config = data;
	int r = size_parse(value, &config->control.memory);

	config->control.memory_text = value;
	if (r == 0 && config->control.memory > 0)
		return 0;
	message("run: %s: '%s' is %s (accepted: " SIZE_FORMS ")", spelled, value,
		r == -ERANGE ? "too much" : "no size");
	return -1;
}

static int take_tasks(void *data, const char *spelled, const char *value)
{
	struct run_config *config = data;
	char *end = NULL;
	unsigned long number = strtoul(value, &end, 10);

	if (value[0] < '0' || value[0] > '9' || *end != '\0' || number == 0 ||
		number > MOST_TASKS) {
		message("run: %s: '%s' is not a number of tasks (accepted: 1 to %d)", spelled,
			value, MOST_TASKS);
		return -1;
	}
	config->control.tasks = number;
	return 0;
}

static int take_signal(void *data, const char *spelled, const char *value)
{
	struct run_config *config = data;

	return take_signal_number("run", spelled, value, &config->signal);
}

static int take_idle(void *data, const char *spelled, const char *value)
{
	struct run_config *config = data;

	return take_time_limit("run", spelled, value, &config->idle);
}

/* One word of a list that ends with NULL. Returns its index, or -1 after having said what is
   wrong. */
static int take_choice(const char *spelled, const char *value, const char *const *names)
{
	struct text text = { 0 };

	for (int i = 0; names[i]; i++)
		if (strcmp(value, names[i]) == 0)
			return i;
	for (int i = 0; names[i]; i++)
		text_format(&text, "%s%s", i == 0 ? "" : names[i + 1] ? ", " : " or ", names[i]);
	message("run: %s: '%s' is not %s", spelled, value, text.bytes);
	text_done(&text);
	return -1;
}

static int take_tree(void *data, const char *spelled, const char *value)
{
	/* In the order of BROOD_TREE_... */
	static const char *const names[] = { "auto", "group", "guard", "cgroup", "pidns", NULL };
	int choice = take_choice(spelled, value, names);

	((struct run_config *)data)->tree = choice;
	return choice < 0 ? -1 : 0;
}

static int take_orphans(void *data, const char *spelled, const char *value)
{
	static const char *const names[] = { "kill", "wait", "leave", NULL };
	int choice = take_choice(spelled, value, names);

	if (choice >= 0)
		((struct run_config *)data)->orphans = (enum run_orphans)choice;
	return choice < 0 ? -1 : 0;
}

static int take_retry(void *data, const char *spelled, const char *value)
{
	struct run_config *config = data;
	char *end = NULL;
	unsigned long number = strtoul(value, &end, 10);

	if (value[0] < '0' || value[0] > '9' || *end != '\0' || number > RETRY_MOST) {
		message("run: %s: '%s' is not a number of attempts (accepted: 0 to %d)", spelled,
			value, RETRY_MOST);
		return -1;
	}
	config->retry.count = (unsigned int)number;
	config->has_retry = true;
	return 0;
}

static int take_backoff(void *data, const char *spelled, const char *value)
{
	struct run_config *config = data;
	int r = retry_parse_backoff(&config->retry, value);

	config->retry_option = "--backoff";
	if (r == 0)
		return 0;
	message("run: %s: '%s' is %s (accepted: " RETRY_BACKOFF_FORMS ")", spelled, value,
		r == -ERANGE ? "too long a time" : "not a time or a range of times");
	return -1;
}

static int take_retry_on(void *data, const char *spelled, const char *value)
{
	struct run_config *config = data;
	char word[RETRY_WORD_SIZE];

	config->retry_option = "--retry-on";
	if (retry_parse_conditions(&config->retry, value, word) == 0)
		return 0;
	message("run: %s: '%s' is no reason to try again (accepted: " RETRY_CONDITION_FORMS ")",
		spelled, word);
	return -1;
}

static void add_edit(struct run_config *config, enum run_edit_kind kind, const char *entry)
{
	if ((config->n_edits & (config->n_edits - 1)) == 0)
		config->edits = memory_resize(config->edits,
			(config->n_edits ? config->n_edits * 2 : 1) * sizeof *config->edits);
	config->edits[config->n_edits++] = (struct run_edit){ kind,
		memory_copy(entry, strlen(entry)) };
}

static int take_env(void *data, const char *spelled, const char *value)
{
	if (value[0] == '=' || value[0] == '\0') {
		message("run: %s: '%s' has no name (accepted: NAME=value, NAME)", spelled, value);
		return -1;
	}
	add_edit(data, strchr(value, '=') ? RUN_EDIT_SET : RUN_EDIT_KEEP, value);
	return 0;
}

static int take_unset(void *data, const char *spelled, const char *value)
{
	if (value[0] == '\0' || strchr(value, '=')) {
		message("run: %s: '%s' is not the name of a variable", spelled, value);
		return -1;
	}
	add_edit(data, RUN_EDIT_UNSET, value);
	return 0;
}

static void take_env_entry(void *data, const char *entry)
{
	add_edit(data, strchr(entry, '=') ? RUN_EDIT_SET : RUN_EDIT_KEEP, entry);
}

static int take_env_file(void *data, const char *spelled, const char *value)
{
	struct env_file_error error;
	struct text text = { 0 };
	int r = file_read(value, &text, LARGEST_ENV_FILE);

	if (r < 0)
		message("%s: %s (%s)", value, message_errno(-r), spelled);
	else if ((r = env_file_parse(text.bytes, text.length, take_env_entry, data, &error)) < 0)
		message("%s:%zu:%zu: %s (%s)", value, error.line, error.column, error.what,
			spelled);
	text_done(&text);
	return r;
}

static int take_stdin(void *data, const char *spelled, const char *value)
{
	struct run_config *config = data;

	(void)spelled;
	config->stdin_kind = strcmp(value, "null") == 0      ? RUN_STDIN_NULL
			     : strcmp(value, "inherit") == 0 ? RUN_STDIN_INHERIT
							     : RUN_STDIN_FILE;
	config->stdin_path = value;
	return 0;
}

static int take_stamp(void *data, const char *spelled, const char *value)
{
	(void)spelled;
	((struct run_config *)data)->stamp = value ? value : DEFAULT_STAMP;
	return 0;
}

static int take_prefix(void *data, const char *spelled, const char *value)
{
	struct run_config *config = data;

	(void)spelled;
	config->has_prefix = true;
	config->prefix = value;
	return 0;
}

static int take_status_fd(void *data, const char *spelled, const char *value)
{
	struct run_config *config = data;

	return take_descriptor("run", spelled, value, &config->status_fd);
}

static int take_color(void *data, const char *spelled, const char *value)
{
	(void)data;
	return take_color_choice("run", spelled, value);
}

static int take_help(void *data, const char *spelled, const char *value)
{
	(void)spelled;
	(void)value;
	((struct run_config *)data)->help = true;
	return 1;
}

#define FIELD(name) offsetof(struct run_config, name)

static const struct option_row rows[] = {
	{ "timeout", 't', OPTION_VALUE, "TIME", "stop it after that long; exit code 124",
		take_timeout, 0 },
	{ "kill-after", 'k', OPTION_VALUE, "TIME",
		"KILL it that long after the first signal (5s;\n0 or off: never)", take_kill_after,
		0 },
	{ "signal", 's', OPTION_VALUE, "SIGNAL", "the first signal (TERM)", take_signal, 0 },
	{ "idle", 0, OPTION_VALUE, "TIME", "stop it when it has written nothing for that long",
		take_idle, 0 },
	{ "preserve-status", 0, OPTION_ALONE, NULL,
		"answer with its own exit code although a limit\npassed", NULL,
		FIELD(preserve_status) },
	{ "reraise", 0, OPTION_ALONE, NULL, "die of the signal that it dies of", NULL,
		FIELD(reraise) },
	{ "foreground", 0, OPTION_ALONE, NULL,
		"keep it in our process group, so that it can use\nthe terminal", NULL,
		FIELD(foreground) },
	{ "orphans", 0, OPTION_VALUE, "kill|wait|leave",
		"what becomes of what it leaves behind (kill)", take_orphans, 0 },
	{ "tree", 0, OPTION_VALUE, "auto|group|guard|cgroup|pidns",
		"by what means none can escape (auto)", take_tree, 0 },
	{ "retry", 0, OPTION_VALUE, "N", "try again up to N times if it fails", take_retry, 0 },
	{ "backoff", 0, OPTION_VALUE, "FROM[..TO]",
		"wait that long before the next attempt, and twice\nas long each time (200ms..10s)",
		take_backoff, 0 },
	{ "retry-on", 0, OPTION_VALUE, "LIST",
		"for these reasons only: exit codes, signals,\ntimeout, idle, spawn", take_retry_on,
		0 },
	{ "wait-delay", 0, OPTION_VALUE, "TIME",
		"how long others may hold its output open after its\nend (500ms; off: without limit)",
		take_wait_delay, 0 },
	{ "lock", 0, OPTION_VALUE, "FILE", "one at a time: lock the file until all has ended", NULL,
		FIELD(lock) },
	{ "wait", 0, OPTION_VALUE, "TIME",
		"how long to wait for the lock, else exit code 124\n(off; 0: not at all, 125)",
		take_wait, 0 },
	ATTRIBUTES_ROWS,
	{ "mem", 0, OPTION_VALUE, "SIZE", "what all of it together may have in memory: 512M",
		take_memory, 0 },
	{ "tasks", 0, OPTION_VALUE, "N", "how many processes and threads it may be", take_tasks,
		0 },
	{ "chdir", 'C', OPTION_VALUE, "DIR", "run it in that directory", NULL, FIELD(dir) },
	{ "env", 'e', OPTION_VALUE, "NAME=VALUE", "set a variable; -e NAME alone keeps ours",
		take_env, 0 },
	{ "unset", 0, OPTION_VALUE, "NAME", "take a variable away", take_unset, 0 },
	{ "clear-env", 0, OPTION_ALONE, NULL, "begin with an empty environment", NULL,
		FIELD(clear_env) },
	{ "env-file", 0, OPTION_VALUE, "FILE", "set the variables of a file", take_env_file, 0 },
	{ "stdin", 0, OPTION_VALUE, "null|inherit|FILE",
		"its input (inherit; null when ours is no terminal\n"
		"and CI or --json is set)",
		take_stdin, 0 },
	{ "output", 'o', OPTION_VALUE, "FILE", "write its output and its errors to a file", NULL,
		FIELD(output) },
	{ "tee", 0, OPTION_ALONE, NULL, "with -o: show them as well", NULL, FIELD(tee) },
	{ "ts", 0, OPTION_MAYBE, "FORMAT",
		"put the time before each line; strftime(3), and %3N\nfor milliseconds", take_stamp,
		0 },
	{ "prefix", 0, OPTION_MAYBE, "TEXT", "put a text before each line (its name)", take_prefix,
		0 },
	{ "quiet", 'q', OPTION_ALONE, NULL, "show nothing if it ends well, else its last 40 lines",
		NULL, FIELD(quiet) },
	{ "report", 0, OPTION_ALONE, NULL, "say at its end what it has used", NULL, FIELD(report) },
	{ "json", 0, OPTION_ALONE, NULL,
		"write a record of its end to standard error: one\nline, brood.result/1", NULL,
		FIELD(json) },
	{ "status-fd", 0, OPTION_VALUE, "N", "write the record to that descriptor", take_status_fd,
		0 },
	{ "status", 0, OPTION_VALUE, "FILE", "write the record to a file", NULL,
		FIELD(status_path) },
	{ "color", 0, OPTION_VALUE, "auto|always|never", "whether the word brood: is bold",
		take_color, 0 },
	{ "verbose", 'v', OPTION_ALONE, NULL, "say what is run, and how it ended", NULL,
		FIELD(verbose) },
	{ "help", 'h', OPTION_ALONE, NULL, "show this help", take_help, 0 },
};

const struct option_table run_options = { "run", rows, sizeof rows / sizeof *rows };

/* NAME=value in front of the command; a path may hold an =. */
static bool is_assignment(const char *word)
{
	size_t length = strcspn(word, "=/");

	return length > 0 && word[length] == '=';
}

static int check(const struct run_config *config)
{
	if (config->tee && !config->output) {
		message("run: --tee needs -o FILE");
		return -1;
	}
	const char *grouped = config->control.memory > 0  ? "--mem"
			      : config->control.tasks > 0 ? "--tasks"
							  : NULL;
	if (grouped && config->attributes.cgroup) {
		message("run: %s: not with --cgroup, which is another control group", grouped);
		return -1;
	}
	if (grouped && config->tree == BROOD_TREE_CGROUP) {
		message("run: %s: not with --tree cgroup, which is another control group", grouped);
		return -1;
	}
	if (config->has_wait && !config->lock) {
		message("run: --wait needs --lock FILE");
		return -1;
	}
	if (config->lock && config->lock[0] == '\0') {
		message("run: --lock: the name of the file is empty");
		return -1;
	}
	if (config->retry_option && !config->has_retry) {
		message("run: %s needs --retry N", config->retry_option);
		return -1;
	}
	if (config->foreground && config->tree == BROOD_TREE_GROUP) {
		message("run: --foreground: not with --tree group, which is a group of its own");
		return -1;
	}
	return 0;
}

int run_config_read(struct run_config *config, int argc, char **argv)
{
	*config = (struct run_config){
		.attributes.tool = "run",
		.kill_after = DEFAULT_KILL_AFTER,
		.wait_delay = DEFAULT_WAIT_DELAY,
		.signal = SIGTERM,
		.wait = BROOD_FOREVER,
		.tree = BROOD_TREE_AUTO,
		.retry = { .from = DEFAULT_BACKOFF, .to = LONGEST_BACKOFF },
		.status_fd = -1,
	};

	int first = options_parse(&run_options, argc, argv, config);
	if (config->help)
		return 0;
	if (first < 0)
		return first;
	for (; first < argc && is_assignment(argv[first]); first++)
		add_edit(config, RUN_EDIT_SET, argv[first]);
	if (first >= argc) {
		message("run: no command was given (brood run --help)");
		return -1;
	}
	config->argv = argv + first;
	config->name = text_base_name(argv[first]);
	return check(config);
}

void run_config_done(struct run_config *config)
{
	for (size_t i = 0; i < config->n_edits; i++)
		free(config->edits[i].entry);
	free(config->edits);
	*config = (struct run_config){ 0 };
}
