/* SPDX-License-Identifier: MIT */
#include "pipe/config.h"

#include "common/duration.h"
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

static int take_timeout(void *data, const char *spelled, const char *value)
{
	struct pipe_config *config = data;

	return take_time_limit("pipe", spelled, value, &config->timeout);
}

static int take_kill_after(void *data, const char *spelled, const char *value)
{
	struct pipe_config *config = data;

	return take_grace("pipe", spelled, value, &config->kill_after);
}

static int take_signal(void *data, const char *spelled, const char *value)
{
	struct pipe_config *config = data;

	return take_signal_number("pipe", spelled, value, &config->signal);
}

static int take_env(void *data, const char *spelled, const char *value)
{
	struct pipe_config *config = data;

	if (value[0] == '=' || value[0] == '\0') {
		message("pipe: %s: '%s' has no name (accepted: NAME=value, NAME)", spelled, value);
		return -1;
	}
	/* A name alone keeps ours, which all stages get in any case. */
	if (!strchr(value, '='))
		return 0;
	config->env = memory_resize(config->env, (config->n_env + 1) * sizeof *config->env);
	config->env[config->n_env++] = value;
	return 0;
}

static int take_rate(void *data, const char *spelled, const char *value)
{
	struct pipe_config *config = data;
	int r = size_parse(value, &config->rate);

	if (r == 0 && config->rate > 0)
		return 0;
	message("pipe: %s: '%s' is %s per second (accepted: " SIZE_FORMS ")", spelled, value,
		r == -ERANGE ? "too much" : "not a size");
	return -1;
}

static int take_status_fd(void *data, const char *spelled, const char *value)
{
	struct pipe_config *config = data;

	return take_descriptor("pipe", spelled, value, &config->status_fd);
}

static int take_color(void *data, const char *spelled, const char *value)
{
	(void)data;
	return take_color_choice("pipe", spelled, value);
}

static int take_help(void *data, const char *spelled, const char *value)
{
	(void)spelled;
	(void)value;
	((struct pipe_config *)data)->help = true;
	return 1;
}

/* where: "stage 2", "--tee 1, stage 2". */
static int complain(struct pipe_problem *problem, const char *where)
{
	if (problem->column > 0)
		message("pipe: %s, column %zu: %s", where, problem->column, problem->text.bytes);
	else
		message("pipe: %s: %s", where, problem->text.bytes);
	text_done(&problem->text);
	return -1;
}

static int complain_about_stage(const struct pipe_config *config, struct pipe_problem *problem)
{
	struct text where = { 0 };

	text_format(&where, "stage %zu", config->trunk.n + 1);
	int r = complain(problem, where.bytes);
	text_done(&where);
	return r;
}

static int add_stage(struct pipe_config *config, const char *text)
{
	struct pipe_problem problem = { 0 };
	struct pipe_stage stage;

	if (pipe_stage_read(text, &stage, &problem) < 0)
		return complain_about_stage(config, &problem);
	*pipe_line_add(&config->trunk) = stage;
	return 0;
}

static int take_stage(void *data, const char *spelled, const char *value)
{
	(void)spelled;
	return add_stage(data, value);
}

static int take_tee(void *data, const char *spelled, const char *value)
{
	struct pipe_config *config = data;
	struct pipe_problem problem = { 0 };
	struct pipe_tee tee = { 0 };
	size_t bad = 0;

	if (config->trunk.n == 0) {
		message("pipe: %s %s: there is no stage in front of it (give that with -c STAGE)",
			spelled, value);
		return -1;
	}
	tee.after = config->trunk.n - 1;
	if (pipe_line_read(value, &tee.line, &bad, &problem) < 0) {
		struct text where = { 0 };
		text_format(&where, "--tee %zu, stage %zu", config->n_tees + 1, bad + 1);
		complain(&problem, where.bytes);
		text_done(&where);
		return -1;
	}
	config->tees = memory_resize(config->tees, (config->n_tees + 1) * sizeof *config->tees);
	config->tees[config->n_tees++] = tee;
	return 0;
}

#define FIELD(name) offsetof(struct pipe_config, name)

static const struct option_row rows[] = {
	{ "command", 'c', OPTION_VALUE, "STAGE", "one more stage; --tee may stand behind it",
		take_stage, 0 },
	{ "tee", 0, OPTION_VALUE, "STAGES",
		"what the stage in front writes goes to these too;\n| separates them", take_tee,
		0 },
	{ "rate", 0, OPTION_VALUE, "SIZE", "so many bytes per second behind the first stage",
		take_rate, 0 },
	{ "timeout", 't', OPTION_VALUE, "TIME", "stop all after that long; exit code 124",
		take_timeout, 0 },
	{ "kill-after", 'k', OPTION_VALUE, "TIME",
		"KILL them that long after the first signal (5s;\n0 or off: never)",
		take_kill_after, 0 },
	{ "signal", 's', OPTION_VALUE, "SIGNAL", "the first signal (TERM)", take_signal, 0 },
	{ "strict", 0, OPTION_ALONE, NULL, "a stage that SIGPIPE kills has failed as well", NULL,
		FIELD(strict) },
	{ "last", 0, OPTION_ALONE, NULL, "the last stage alone decides", NULL, FIELD(last) },
	{ "keep-going", 0, OPTION_ALONE, NULL,
		"when a stage fails, let the others end by\nthemselves", NULL, FIELD(keep_going) },
	{ "chdir", 'C', OPTION_VALUE, "DIR", "run them in that directory", NULL, FIELD(dir) },
	{ "env", 'e', OPTION_VALUE, "NAME=VALUE", "set a variable for all of them", take_env, 0 },
	{ "stats", 0, OPTION_ALONE, NULL, "show a live table: who works, who waits, for whom", NULL,
		FIELD(stats) },
	{ "json", 0, OPTION_ALONE, NULL,
		"write a record of all stages to standard error:\none line, brood.pipe/1", NULL,
		FIELD(json) },
	{ "status-fd", 0, OPTION_VALUE, "N", "write the record to that descriptor", take_status_fd,
		0 },
	{ "status", 0, OPTION_VALUE, "FILE", "write the record to a file", NULL,
		FIELD(status_path) },
	{ "color", 0, OPTION_VALUE, "auto|always|never", "whether the word brood: is bold",
		take_color, 0 },
	{ "quiet", 'q', OPTION_ALONE, NULL, "do not say which stage has failed", NULL,
		FIELD(quiet) },
	{ "verbose", 'v', OPTION_ALONE, NULL, "show at the end how each stage ended", NULL,
		FIELD(verbose) },
	{ "help", 'h', OPTION_ALONE, NULL, "show this help", take_help, 0 },
};

const struct option_table pipe_options = { "pipe", rows, sizeof rows / sizeof *rows };

static bool is_bar(const char *word)
{
	return strcmp(word, "|") == 0;
}

static int read_argv_form(struct pipe_config *config, int argc, char **argv)
{
	int begin = 0;

	for (int i = 0; i <= argc; i++) {
		if (i < argc && !is_bar(argv[i]))
			continue;
		struct pipe_problem problem = { 0 };
		struct pipe_stage stage;
		if (pipe_stage_read_words(argv + begin, (size_t)(i - begin), &stage, &problem) < 0)
			return complain_about_stage(config, &problem);
		*pipe_line_add(&config->trunk) = stage;
		begin = i + 1;
	}
	return 0;
}

static int read_words_form(struct pipe_config *config, int argc, char **argv)
{
	config->is_words = true;
	for (int i = 0; i < argc; i++) {
		int r = 0;
		if (strncmp(argv[i], "--tee=", strlen("--tee=")) == 0) {
			r = take_tee(config, "--tee", argv[i] + strlen("--tee="));
		} else if (strcmp(argv[i], "--tee") == 0) {
			if (i + 1 == argc) {
				message("pipe: --tee needs a value: STAGES");
				return -1;
			}
			r = take_tee(config, "--tee", argv[++i]);
		} else if (argv[i][0] == '-') {
			message("pipe: stage %zu: %s: options stand in front of the stages",
				config->trunk.n + 1, argv[i]);
			r = -1;
		} else {
			r = add_stage(config, argv[i]);
		}
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_operands(struct pipe_config *config, int argc, char **argv)
{
	if (argc == 0)
		return 0;
	for (int i = 0; i < argc; i++)
		if (is_bar(argv[i]))
			return read_argv_form(config, argc, argv);
	return read_words_form(config, argc, argv);
}

static int check(struct pipe_config *config)
{
	if (config->trunk.n == 0) {
		message("pipe: no stage was given (brood pipe --help)");
		return -1;
	}
	if (config->strict && config->last) {
		message("pipe: --strict and --last: which of them?");
		return -1;
	}
	config->mode = config->strict ? PIPE_MODE_STRICT
		       : config->last ? PIPE_MODE_LAST
				      : PIPE_MODE_RIGHTMOST;
	return 0;
}

int pipe_config_read(struct pipe_config *config, int argc, char **argv)
{
	*config = (struct pipe_config){
		.kill_after = DEFAULT_KILL_AFTER,
		.signal = SIGTERM,
		.status_fd = -1,
	};

	int first = options_parse(&pipe_options, argc, argv, config);
	if (config->help)
		return 0;
	if (first < 0 || read_operands(config, argc - first, argv + first) < 0)
		return -1;
	return check(config);
}

void pipe_config_done(struct pipe_config *config)
{
	for (size_t i = 0; i < config->n_tees; i++)
		pipe_line_done(&config->tees[i].line);
	free(config->tees);
	pipe_line_done(&config->trunk);
	free(config->env);
	*config = (struct pipe_config){ 0 };
}
