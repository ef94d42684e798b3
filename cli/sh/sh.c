/* SPDX-License-Identifier: MIT */
/* `brood sh`, and sh(1) through a link: the shell begins and ends. */
#include "sh/sh.h"

#include "common/exit_code.h"
#include "common/message.h"
#include "common/print.h"
#include "sh/expand.h"
#include "sh/input.h"
#include "sh/interp.h"
#include "sh/jobs.h"
#include "sh/parser.h"
#include "sh/print.h"
#include "sh/reader.h"
#include "sh/redirect.h"
#include "sh/sh_config.h"
#include "sh/traps.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* ---- files that are read first ---- */

static enum control run_file(struct shell *sh, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return CONTROL_NONE;
	struct source *source = source_new(SOURCE_FILE, path, NULL, 0);
	struct input *input = input_of_fd(source, fd_move_high(fd));
	sh->dots++;
	enum control control = run_input(sh, input, 0);
	sh->dots--;
	input_free(input);
	source_drop(source);
	return control;
}

static enum control run_profile(struct shell *sh)
{
	const char *home = variable_get(sh, "HOME");
	enum control control = run_file(sh, "/etc/profile");

	home = home ? variable_get(sh, "HOME") : NULL;
	if (!home || control == CONTROL_EXIT)
		return control;
	struct text path = { 0 };
	text_format(&path, "%s/.profile", home);
	control = run_file(sh, path.bytes);
	text_done(&path);
	return control;
}

/* Of an interactive shell, unless it has more rights than its user. */
static enum control run_env(struct shell *sh)
{
	const char *value = variable_get(sh, "ENV");
	const char *path;
	size_t length;

	if (!value || !*value || getuid() != geteuid() || getgid() != getegid())
		return CONTROL_NONE;
	if (expand_text(sh, value, &path, &length) < 0 || length == 0)
		return CONTROL_NONE;
	return run_file(sh, path);
}

/* ---- where commands come from ---- */

/* Returns a descriptor, or -errno: what stands there, else (without a slash) along PATH. */
static int open_script(struct shell *sh, const char *name)
{
	int fd = fd_open_text(name);
	const char *path, *search_path = variable_get(sh, "PATH");

	if (fd == -ENOENT && !strchr(name, '/') && search_path) {
		if (command_find_along(sh, search_path, name, &path) != 0)
			return -ENOENT;
		fd = fd_open_text(path);
	}
	return fd;
}

struct beginning {
	struct source *source;
	struct input *input;
};

/* Returns 0; or an exit status after having said what is wrong. */
static int open_input(struct shell *sh, const struct sh_config *config, struct beginning *beginning)
{
	if (config->takes_string) {
		size_t length = strlen(config->string);
		beginning->source = source_new(SOURCE_STRING, sh->name, config->string, length);
		beginning->input = input_of_string(
			beginning->source, beginning->source->text, length);
	} else if (config->file) {
		int fd = open_script(sh, config->file);
		if (fd < 0) {
			message("%s: %s", config->file, message_errno(-fd));
			return fd == -ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT;
		}
		beginning->source = source_new(SOURCE_FILE, config->file, NULL, 0);
		beginning->input = input_of_fd(beginning->source, fd);
	} else if (sh->is_interactive) {
		beginning->source = source_new(SOURCE_TERMINAL, sh->name, NULL, 0);
		beginning->input = input_of_terminal(beginning->source);
	} else {
		beginning->source = source_new(SOURCE_STDIN, "stdin", NULL, 0);
		beginning->input = input_of_fd(beginning->source, STDIN_FILENO);
	}
	return 0;
}

/* ---- what is done with it ---- */

/* An interactive shell goes on after errors; nothing but `exit` or the end of its input ends it. */
static void run_interactive(struct shell *sh, struct input *input)
{
	for (;;) {
		enum control control = run_input(sh, input, 0);
		if (control == CONTROL_NONE || control == CONTROL_EXIT)
			return;
		input_forget_line(input);
	}
}

/* --print */
static int print_script(struct shell *sh, struct input *input)
{
	struct parser *parser = parser_new(sh, input);
	struct program *program;
	struct text text = { 0 };
	enum parsed parsed;

	while ((parsed = parser_next(parser, &program)) == PARSED) {
		if (program->body)
			print_node(&text, program->body);
		program_drop(program);
	}
	parser_free(parser);
	int code = print_text(&text);
	text_done(&text);
	return parsed == PARSED_END ? code : 2;
}

static void run_commands(struct shell *sh, const struct sh_config *config, struct input *input)
{
	enum control control = CONTROL_NONE;

	if (config->is_login)
		control = run_profile(sh);
	if (sh->is_interactive && control != CONTROL_EXIT)
		control = run_env(sh);
	sh->input = input;
	if (control == CONTROL_EXIT)
		sh->input = NULL; /* of which nothing is wanted */
	else if (sh->is_interactive && !config->takes_string)
		run_interactive(sh, input);
	else
		(void)run_input(sh, input, config->takes_string ? RUN_LAST : 0);
	traps_run_exit(sh);
	(void)output_flush(sh);
	reader_settle(sh);
}

/* ---- the beginning ---- */

static void set_options(struct shell *sh, const struct sh_config *config)
{
	for (int i = 0; i < OPTION_COUNT; i++) {
		if (config->options[i] != SH_UNSAID && i != OPTION_MONITOR)
			sh->options[i] = config->options[i] == SH_ON;
	}
	sh->options[OPTION_INTERACTIVE] = sh->is_interactive;
	bool has_monitor = config->options[OPTION_MONITOR] == SH_ON ||
			   (sh->is_interactive && config->options[OPTION_MONITOR] == SH_UNSAID);
	if (has_monitor)
		(void)option_set(sh, OPTION_MONITOR, true);
}

static bool is_interactive(const struct sh_config *config)
{
	if (config->options[OPTION_INTERACTIVE] != SH_UNSAID)
		return config->options[OPTION_INTERACTIVE] == SH_ON;
	return !config->takes_string && !config->file && isatty(STDIN_FILENO) &&
	       isatty(STDERR_FILENO);
}

static int run(struct sh_config *config, const char *own_name)
{
	struct shell *sh = shell_new();
	struct beginning beginning = { 0 };
	int code;

	sh->name = config->name ? config->name : own_name;
	sh->is_interactive = is_interactive(config) && !config->print;
	run_begin(sh);
	variables_begin(sh, environ);
	parameters_set(sh, config->arguments, (uint32_t)config->n_arguments);
	code = open_input(sh, config, &beginning);
	if (code == 0 && config->print) {
		code = print_script(sh, beginning.input);
	} else if (code == 0) {
		if (!config->takes_string && !config->file)
			sh->options[OPTION_STDIN] = true;
		traps_begin(sh);
		set_options(sh, config);
		run_commands(sh, config, beginning.input);
		code = sh->status & 0xff;
	}
	if (beginning.input)
		input_free(beginning.input);
	source_drop(beginning.source);
	traps_free(sh);
	jobs_free(sh);
	reader_free(sh);
	shell_free(sh);
	return code;
}

static void sh_help(struct text *text)
{
	text_string(text,
		"Usage: brood sh [OPTION...] [FILE [ARGUMENT...]]\n"
		"       brood sh [OPTION...] -c STRING [NAME [ARGUMENT...]]\n"
		"       brood sh [OPTION...] -s [ARGUMENT...]\n\n"
		"A POSIX shell (POSIX.1-2024). + in front of a letter unsets an option.\n\n"
		"Options:\n");
	options_help(&sh_options, text);
	text_string(text,
		"\nCalled through a link named sh, it is sh(1).\n\n"
		"Exit codes: that of the last command; 2 a syntax error or a wrong option;\n"
		"126 a command cannot be executed; 127 it was not found; 128+n signal n\n"
		"killed it.\n");
}

int sh_main(int argc, char **argv)
{
	struct sh_config config;
	struct text text = { 0 };

	message_set_name("sh");
	int code = sh_config_read(&config, argc, argv);
	if (code != 0)
		return code;
	if (config.help || config.version) {
		if (config.help)
			sh_help(&text);
		else
			text_string(&text, "brood sh " BROOD_VERSION "\n");
		code = print_text(&text);
		text_done(&text);
		return code;
	}
	return run(&config, argc > 0 ? argv[0] : "sh");
}

const struct subcommand sh_subcommand = {
	.name = "sh",
	.summary = "a POSIX shell",
	.options = &sh_options,
	.main = sh_main,
	.help = sh_help,
	.operands = "FILE",
};
