/* SPDX-License-Identifier: MIT */
#include "exec/config.h"

#include "common/duration.h"
#include "common/memory.h"
#include "common/message.h"
#include "common/take.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_WAIT_TIMEOUT  (60 * BROOD_SECOND)
#define DEFAULT_WAIT_INTERVAL BROOD_SECOND
#define DEFAULT_WAIT_ATTEMPT  (5 * BROOD_SECOND)
#define MOST_SUCCESSES        1000

ATTRIBUTES_COME_FIRST(struct exec_config);

/* Makes room for one more of that size. */
static void *grow(void *list, size_t n, size_t size)
{
	return (n & (n - 1)) == 0 ? memory_resize(list, (n ? n * 2 : 1) * size) : list;
}

static void add_edit(struct exec_config *config, enum exec_edit_kind kind, const char *text)
{
	config->edits = grow(config->edits, config->n_edits, sizeof *config->edits);
	config->edits[config->n_edits++] = (struct exec_edit){ kind, text };
}

static int take_env(void *data, const char *spelled, const char *value)
{
	if (value[0] == '=' || value[0] == '\0') {
		message("exec: %s: '%s' has no name (accepted: NAME=value, NAME)", spelled, value);
		return -1;
	}
	add_edit(data, strchr(value, '=') ? EXEC_EDIT_SET : EXEC_EDIT_KEEP, value);
	return 0;
}

static int check_name(const char *spelled, const char *value, size_t length)
{
	if (length > 0 && !memchr(value, '=', length))
		return 0;
	message("exec: %s: '%s' is not the name of a variable", spelled, value);
	return -1;
}

static int take_unset(void *data, const char *spelled, const char *value)
{
	if (check_name(spelled, value, strlen(value)) < 0)
		return -1;
	add_edit(data, EXEC_EDIT_UNSET, value);
	return 0;
}

static int check_path(const char *spelled, const char *value)
{
	if (value[value[0] == '-'] != '\0')
		return 0;
	message("exec: %s: the name is empty", spelled);
	return -1;
}

static int take_env_file(void *data, const char *spelled, const char *value)
{
	if (check_path(spelled, value) < 0)
		return -1;
	add_edit(data, EXEC_EDIT_FILE, value);
	return 0;
}

static int take_secret(void *data, const char *spelled, const char *value)
{
	struct exec_config *config = data;

	if (check_name(spelled, value, strcspn(value, "=")) < 0)
		return -1;
	config->secrets = grow(config->secrets, config->n_secrets, sizeof *config->secrets);
	config->secrets[config->n_secrets++] = value;
	return 0;
}

static int take_wait(void *data, const char *spelled, const char *value)
{
	struct exec_config *config = data;
	struct text problem = { 0 };
	struct wait_spec spec;
	int r = wait_spec_parse(value, &spec, &problem);

	if (r < 0) {
		message("exec: %s: %s", spelled, problem.bytes);
	} else {
		config->waits = grow(config->waits, config->n_waits, sizeof *config->waits);
		config->waits[config->n_waits++] = spec;
	}
	text_done(&problem);
	return r;
}

static int take_wait_timeout(void *data, const char *spelled, const char *value)
{
	struct exec_config *config = data;
	int r = duration_take("exec", spelled, value, &config->wait.timeout);

	if (config->wait.timeout == DURATION_OFF)
		config->wait.timeout = BROOD_FOREVER;
	return r;
}

/* Not zero, which would be a loop that eats the processor. */
static int take_wait_time(const char *spelled, const char *value, brood_duration *ret_time)
{
	int r = duration_take("exec", spelled, value, ret_time);

	if (r == 0 && (*ret_time == DURATION_OFF || *ret_time < BROOD_MILLISECOND)) {
		message("exec: %s: '%s' is too short a time (accepted: 1ms or more)", spelled,
			value);
		return -1;
	}
	return r;
}

static int take_wait_interval(void *data, const char *spelled, const char *value)
{
	return take_wait_time(spelled, value, &((struct exec_config *)data)->wait.interval);
}

static int take_wait_attempt(void *data, const char *spelled, const char *value)
{
	return take_wait_time(spelled, value, &((struct exec_config *)data)->wait.attempt);
}

static int take_wait_successes(void *data, const char *spelled, const char *value)
{
	struct exec_config *config = data;
	char *end = NULL;
	unsigned long number = strtoul(value, &end, 10);

	if (value[0] < '1' || value[0] > '9' || *end != '\0' || number > MOST_SUCCESSES) {
		message("exec: %s: '%s' is not a number of attempts (accepted: 1 to %d)", spelled,
			value, MOST_SUCCESSES);
		return -1;
	}
	config->wait.successes = (unsigned int)number;
	return 0;
}

static int take_render(void *data, const char *spelled, const char *value)
{
	struct exec_config *config = data;
	struct render render;

	if (render_parse(spelled, value, &render) < 0)
		return -1;
	config->renders = grow(config->renders, config->n_renders, sizeof *config->renders);
	config->renders[config->n_renders++] = render;
	return 0;
}

static int take_parts(void *data, const char *spelled, const char *value)
{
	struct exec_config *config = data;

	if (check_path(spelled, value) < 0)
		return -1;
	config->parts = grow(config->parts, config->n_parts, sizeof *config->parts);
	config->parts[config->n_parts++] = value;
	return 0;
}

static int take_parts_timeout(void *data, const char *spelled, const char *value)
{
	struct exec_config *config = data;

	return take_time_limit("exec", spelled, value, &config->parts_timeout);
}

static int take_init_group(void *data, const char *spelled, const char *value)
{
	struct exec_config *config = data;

	(void)value;
	config->init_group = true;
	config->init_option = spelled[0] == '-' ? "--init-group" : "BROOD_EXEC_INIT_GROUP";
	return 0;
}

static int take_rewrite(void *data, const char *spelled, const char *value)
{
	struct exec_config *config = data;

	config->init_option = spelled[0] == '-' ? "--rewrite" : "BROOD_EXEC_REWRITE";
	return init_take_rewrite(&config->ends, spelled, value);
}

static int take_ok(void *data, const char *spelled, const char *value)
{
	struct exec_config *config = data;

	config->init_option = spelled[0] == '-' ? "--ok" : "BROOD_EXEC_OK";
	return init_take_ok(&config->ends, spelled, value);
}

static int take_orphans(void *data, const char *spelled, const char *value)
{
	static const char *const names[] = { "kill", "wait", "leave" };
	struct exec_config *config = data;

	config->init_option = spelled[0] == '-' ? "--orphans" : "BROOD_EXEC_ORPHANS";
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(value, names[i]) == 0) {
			config->orphans = (enum exec_orphans)i;
			return 0;
		}
	message("exec: %s: '%s' is not kill, wait or leave", spelled, value);
	return -1;
}

static int take_color(void *data, const char *spelled, const char *value)
{
	(void)data;
	return take_color_choice("exec", spelled, value);
}

static int take_help(void *data, const char *spelled, const char *value)
{
	(void)spelled;
	(void)value;
	((struct exec_config *)data)->help = true;
	return 1;
}

#define FIELD(name) offsetof(struct exec_config, name)

static const struct option_row rows[] = {
	{ "env", 'e', OPTION_VALUE, "NAME=VALUE", "set a variable; -e NAME alone keeps ours",
		take_env, 0 },
	{ "unset", 0, OPTION_VALUE, "NAME", "take a variable away", take_unset, 0 },
	{ "clear-env", 0, OPTION_ALONE, NULL, "begin with an empty environment", NULL,
		FIELD(clear_env) },
	{ "env-file", 0, OPTION_VALUE, "FILE", "set the variables of a file; -FILE: if it is there",
		take_env_file, 0 },
	{ "secret-files", 0, OPTION_ALONE, NULL,
		"NAME becomes what the file in NAME_FILE holds,\nfor every such variable", NULL,
		FIELD(secret_files) },
	{ "secret", 0, OPTION_VALUE, "NAME[=FILE]",
		"the same for this one, whose file must be there\n(/run/secrets/NAME)", take_secret,
		0 },
	{ "wait", 0, OPTION_VALUE, "WHAT",
		"wait until it is there: tcp:HOST:PORT, unix:PATH,\n"
		"http://HOST[:PORT]/PATH, file:PATH, exec:COMMAND",
		take_wait, 0 },
	{ "wait-timeout", 0, OPTION_VALUE, "TIME", "for that long, else exit code 124 (60s; off)",
		take_wait_timeout, 0 },
	{ "wait-interval", 0, OPTION_VALUE, "TIME", "look again after that long at most (1s)",
		take_wait_interval, 0 },
	{ "wait-attempt", 0, OPTION_VALUE, "TIME", "a look takes that long at most (5s)",
		take_wait_attempt, 0 },
	{ "wait-successes", 0, OPTION_VALUE, "N", "it must be there N times in a row (1)",
		take_wait_successes, 0 },
	{ "render", 0, OPTION_VALUE, "SRC:DST[:MODE[:OWNER]]",
		"make a file of a template: ${NAME}, ${NAME:-word},\n"
		"${NAME:?word}, ${NAME:+word}; OWNER is USER[:GROUP]",
		take_render, 0 },
	{ "render-vars", 0, OPTION_VALUE, "NAME,...",
		"only these variables mean something in templates", NULL, FIELD(render_only) },
	{ "run-parts", 0, OPTION_VALUE, "DIR",
		"run the programs in a folder, one after the other;\n-DIR: if it is there",
		take_parts, 0 },
	{ "run-parts-timeout", 0, OPTION_VALUE, "TIME", "each may take that long (off)",
		take_parts_timeout, 0 },
	{ "chdir", 'C', OPTION_VALUE, "DIR", "run it in that directory", NULL, FIELD(dir) },
	ATTRIBUTES_ROWS,
	{ "keep-fds", 0, OPTION_ALONE, NULL, "keep descriptors above 2 open", NULL,
		FIELD(keeps_fds) },
	{ "keep-signals", 0, OPTION_ALONE, NULL, "keep ignored and blocked signals as they are",
		NULL, FIELD(keeps_signals) },
	{ "init", 0, OPTION_ALONE, NULL,
		"stay as its parent: pass signals on, take care of\nwhat it leaves behind", NULL,
		FIELD(init) },
	{ "init-group", 0, OPTION_ALONE, NULL, "pass signals on to its whole process group",
		take_init_group, 0 },
	{ "rewrite", 0, OPTION_VALUE, "SIGNAL:SIGNAL,...",
		"pass the second one on for the first; 0: none", take_rewrite, 0 },
	{ "ok", 0, OPTION_VALUE, "CODE|SIGNAL,...", "when it ends so, the exit code is 0", take_ok,
		0 },
	{ "orphans", 0, OPTION_VALUE, "kill|wait|leave",
		"what becomes of what it leaves behind (kill)", take_orphans, 0 },
	{ "dry-run", 0, OPTION_ALONE, NULL, "check, and show what would be done", NULL,
		FIELD(dry_run) },
	{ "quiet", 'q', OPTION_ALONE, NULL, "say nothing but what went wrong", NULL, FIELD(quiet) },
	{ "color", 0, OPTION_VALUE, "auto|always|never", "whether the word brood: is bold",
		take_color, 0 },
	{ "verbose", 'v', OPTION_ALONE, NULL, "say what is done", NULL, FIELD(verbose) },
	{ "help", 'h', OPTION_ALONE, NULL, "show this help", take_help, 0 },
};

const struct option_table exec_options = { "exec", rows, sizeof rows / sizeof *rows };

/* NAME=value in front of the command; a path may hold an =. */
static bool is_assignment(const char *word)
{
	size_t length = strcspn(word, "=/");

	return length > 0 && word[length] == '=';
}

static int check(struct exec_config *config)
{
	if (config->init_option && !config->init) {
		message("exec: %s needs --init", config->init_option);
		return -1;
	}
	if (config->dir && config->dir[0] == '\0') {
		message("exec: --chdir: the name is empty");
		return -1;
	}
	config->wait.is_quiet = config->quiet;
	config->wait.is_verbose = config->verbose;
	config->attributes.replaces_us = !config->init;
	return 0;
}

int exec_config_read(struct exec_config *config, int argc, char **argv)
{
	*config = (struct exec_config){
		.attributes.tool = "exec",
		.wait = { .timeout = DEFAULT_WAIT_TIMEOUT,
			.interval = DEFAULT_WAIT_INTERVAL,
			.attempt = DEFAULT_WAIT_ATTEMPT,
			.successes = 1 },
	};

	if (exec_config_read_environment(config) < 0)
		return -1;
	int first = options_parse(&exec_options, argc, argv, config);
	if (config->help)
		return 0;
	if (first < 0)
		return first;
	for (; first < argc && is_assignment(argv[first]); first++)
		add_edit(config, EXEC_EDIT_SET, argv[first]);
	if (first >= argc) {
		message("exec: no program was given (brood exec --help)");
		return -1;
	}
	config->argv = argv + first;
	return check(config);
}

void exec_config_done(struct exec_config *config)
{
	for (size_t i = 0; i < config->n_waits; i++)
		wait_spec_done(&config->waits[i]);
	for (size_t i = 0; i < config->n_renders; i++)
		render_done(&config->renders[i]);
	for (size_t i = 0; i < config->n_words; i++)
		free(config->words[i]);
	free(config->edits);
	free(config->secrets);
	free(config->waits);
	free(config->renders);
	free(config->parts);
	free(config->words);
	*config = (struct exec_config){ 0 };
}
