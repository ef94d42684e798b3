/* SPDX-License-Identifier: MIT */
/* The way of one `brood exec`: the steps of the plan, one after the other; the last one does not
   come back. */
#include "exec/exec.h"

#include "common/duration.h"
#include "common/environment.h"
#include "common/exit_code.h"
#include "common/memory.h"
#include "common/message.h"
#include "common/print.h"
#include "common/program.h"
#include "exec/config.h"
#include "exec/describe.h"
#include "exec/environment.h"
#include "exec/init.h"
#include "exec/interrupt.h"
#include "exec/parts.h"
#include "exec/plan.h"
#include "exec/secrets.h"
#include "exec/variables.h"

#include <brood/brood.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where execvp(3) looks when there is no PATH. */
#define DEFAULT_PATH "/bin:/usr/bin"

/* The first descriptor that a service manager hands over (sd_listen_fds(3)). */
#define FIRST_LISTEN_FD 3
#define MOST_LISTEN_FDS 1024

struct making {
	const struct exec_config *config;
	struct variables variables;
	struct attributes_made made;
	bool is_made;
	struct brood_signals signals;
	struct brood_fd_map *listen; /* owned */
	struct brood_cmd cmd;
	struct text shown; /* --dry-run: what would be done */
};

#define LABEL DESCRIBE_LABEL

/* "-NAME": nothing is done where there is nothing of that name. */
static bool lacks(const char **path)
{
	struct stat info;

	if ((*path)[0] != '-')
		return false;
	(*path)++;
	return stat(*path, &info) < 0 && errno == ENOENT;
}

/* Names alone: what a variable holds is nobody's business. */
static void show_environment(struct making *making)
{
	static const char *const labels[] = { "env", "unset", "env", "env-file" };
	const struct exec_config *config = making->config;

	if (config->clear_env)
		text_format(&making->shown, LABEL "yes\n", "clear-env");
	for (size_t i = 0; i < config->n_edits; i++) {
		const struct exec_edit *edit = &config->edits[i];
		const char *text = edit->text;
		bool is_file = edit->kind == EXEC_EDIT_FILE;
		if (is_file && lacks(&text))
			continue;
		int length = (int)(is_file ? strlen(text) : strcspn(text, "="));
		text_format(&making->shown, LABEL "%.*s\n", labels[edit->kind], length, text);
	}
}

static int make_environment(struct making *making)
{
	if (exec_environment_make(making->config, &making->variables) < 0)
		return EXIT_BROOD;
	if (making->config->dry_run)
		show_environment(making);
	return 0;
}

static int take_secrets(struct making *making)
{
	const struct exec_config *config = making->config;
	struct text *shown = config->dry_run ? &making->shown : NULL;

	for (size_t i = 0; i < config->n_secrets; i++)
		if (secrets_take(&making->variables, config->secrets[i], config->verbose, shown) <
			0)
			return EXIT_BROOD;
	if (config->secret_files &&
		secrets_take_all(&making->variables, config->verbose, shown) < 0)
		return EXIT_BROOD;
	return 0;
}

static int wait_for_all(struct making *making)
{
	const struct exec_config *config = making->config;
	char limit[DURATION_TEXT_SIZE];

	if (!config->dry_run)
		return wait_for(config->waits, config->n_waits, &config->wait,
			variables_list(&making->variables));
	for (size_t i = 0; i < config->n_waits; i++)
		if (config->wait.timeout == BROOD_FOREVER)
			text_format(&making->shown, LABEL "%s\n", "wait", config->waits[i].text);
		else
			text_format(&making->shown, LABEL "%s (up to %s)\n", "wait",
				config->waits[i].text, duration_text(config->wait.timeout, limit));
	return 0;
}

static int render_all(struct making *making)
{
	const struct exec_config *config = making->config;

	for (size_t i = 0; i < config->n_renders; i++) {
		const struct render *render = &config->renders[i];
		if (render_file(render, &making->variables, config->render_only, config->dry_run) <
			0)
			return EXIT_BROOD;
		if (config->dry_run)
			text_format(&making->shown, LABEL "%s to %s\n", "render", render->source,
				render->target);
		else if (config->verbose)
			message("exec: render: %s to %s", render->source, render->target);
	}
	return 0;
}

static int show_parts(struct making *making, const char *folder)
{
	struct text names = { 0 };
	int n = parts_list(folder, making->config->quiet, &names);

	if (n < 0)
		message("%s: %s (--run-parts)", folder, message_errno(-n));
	const char *name = names.bytes;
	for (int i = 0; i < n; i++, name += strlen(name) + 1)
		text_format(&making->shown, LABEL "%s/%s\n", "run", folder, name);
	text_done(&names);
	return n < 0 ? EXIT_BROOD : 0;
}

static int run_parts(struct making *making)
{
	const struct exec_config *config = making->config;
	const struct parts_settings settings = { config->parts_timeout, config->quiet,
		config->verbose };
	int code = 0;

	for (size_t i = 0; i < config->n_parts && code == 0; i++) {
		const char *folder = config->parts[i];
		if (lacks(&folder))
			continue;
		code = config->dry_run
			       ? show_parts(making, folder)
			       : parts_run(folder, &settings, variables_list(&making->variables));
	}
	return code;
}

static int make_attributes(struct making *making)
{
	if (making->is_made)
		return 0;
	making->is_made = true;
	return attributes_make(&making->config->attributes, &making->made, &making->cmd) < 0
		       ? EXIT_BROOD
		       : 0;
}

/* Sockets that are meant for this very process, which will be the program. */
static void keep_listen_fds(struct making *making)
{
	const char *pid = environment_get("LISTEN_PID"), *number = environment_get("LISTEN_FDS");
	size_t n = 0;

	if (!pid || !number || strtol(pid, NULL, 10) != getpid() || making->config->init)
		return;
	long count = strtol(number, NULL, 10);
	if (count > MOST_LISTEN_FDS)
		count = MOST_LISTEN_FDS;
	making->listen = memory_get(MOST_LISTEN_FDS * sizeof *making->listen);
	for (int fd = FIRST_LISTEN_FD; fd - FIRST_LISTEN_FD < count; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			making->listen[n++] = (struct brood_fd_map){ fd, fd };
	making->cmd.fds = making->listen;
	making->cmd.n_fds = n;
}

static void make_command(struct making *making)
{
	const struct exec_config *config = making->config;
	struct brood_cmd *cmd = &making->cmd;
	const char *path = variables_get(&making->variables, "PATH", strlen("PATH"));

	cmd->argv = config->argv;
	cmd->dir = config->dir;
	cmd->env = variables_list(&making->variables);
	cmd->search_path = path ? path : DEFAULT_PATH;
	cmd->in = brood_inherit();
	cmd->flags = BROOD_LOOKUP_DOT | (config->keeps_fds ? BROOD_KEEP_FDS : 0);
	if (!config->keeps_fds)
		keep_listen_fds(making);
	if (!config->keeps_signals) {
		making->signals = (struct brood_signals){ .size = sizeof making->signals };
		sigfillset(&making->signals.reset);
		making->signals.has_mask = 1;
		cmd->signals = &making->signals;
	}
}

static int explain(const struct making *making, int code, const struct brood_error *error)
{
	const struct program program = {
		.argv = making->cmd.argv,
		.dir = making->cmd.dir,
		.search_path = making->cmd.search_path,
		.env = making->cmd.env,
	};
	char text[512];

	if (!attributes_explain(&making->config->attributes, code, error) &&
		!program_explain(&program, code, error))
		message("exec: %s", brood_explain(code, NULL, error, text, sizeof text));
	return exit_code_of(code, NULL, error);
}

/* As the program will be found, from the directory that it will have. */
static int look_for_program(const struct brood_cmd *cmd, struct brood_error *error)
{
	const char *name = cmd->argv[0];
	struct text below = { 0 };
	struct stat info;
	char *path = NULL;

	if (cmd->dir && (stat(cmd->dir, &info) < 0 || !S_ISDIR(info.st_mode))) {
		error->step = BROOD_STEP_CHDIR;
		return access(cmd->dir, F_OK) < 0 ? -errno : -ENOTDIR;
	}
	if (cmd->dir && name[0] != '/' && strchr(name, '/')) {
		text_format(&below, "%s/%s", cmd->dir, name);
		name = below.bytes;
	}
	int r = brood_lookup(name, cmd->search_path, &path, error);
	free(path);
	text_done(&below);
	return r == BROOD_EDOT ? 0 : r;
}

static int show_program(struct making *making)
{
	const struct brood_cmd *cmd = &making->cmd;
	struct brood_error error = BROOD_ERROR_INIT;
	size_t size = brood_cmd_text(cmd, NULL, 0) + 1;
	char *words = memory_get(size);
	/* What lies in another root cannot be looked for from here. */
	bool is_elsewhere = making->config->attributes.root != NULL;
	int r = is_elsewhere ? 0 : look_for_program(cmd, &error);

	describe(cmd, &making->shown);
	brood_cmd_text(cmd, words, size);
	text_format(&making->shown, LABEL "%s\n", making->config->init ? "init" : "exec", words);
	free(words);
	return r < 0 ? explain(making, r, &error) : 0;
}

static int become(struct making *making)
{
	struct brood_error error = BROOD_ERROR_INIT;

	exec_environment_add_user(&making->made, &making->variables);
	make_command(making);
	if (making->config->dry_run)
		return show_program(making);
	int number = interrupt_end();
	if (number > 0) {
		message("exec: ended by %s", brood_signal_name(number));
		return EXIT_SIGNAL + number;
	}
	if (making->config->verbose)
		message("exec: program: %s", making->cmd.argv[0]);
	int r = making->config->init ? init_run(making->config, &making->cmd, &error)
				     : brood_exec(&making->cmd, &error);
	return r < 0 ? explain(making, r, &error) : r;
}

static int take_step(struct making *making, enum exec_step step)
{
	switch (step) {
	case EXEC_ENVIRONMENT:
		return make_environment(making);
	case EXEC_SECRETS:
		return take_secrets(making);
	case EXEC_WAIT:
		return wait_for_all(making);
	case EXEC_RENDER:
		return render_all(making);
	case EXEC_PARTS:
		return run_parts(making);
	case EXEC_ATTRIBUTES:
		return make_attributes(making);
	case EXEC_PROGRAM:
		return become(making);
	case EXEC_N_STEPS:
		break;
	}
	return EXIT_BROOD;
}

static int exec_execute(const struct exec_config *config)
{
	struct making making = { .config = config, .cmd = BROOD_CMD_INIT };
	enum exec_step steps[EXEC_N_STEPS];
	size_t n = exec_plan(config, steps);
	/* A user may be made by a program that is run first; else what is wrong is said at once. */
	int code = config->n_parts == 0 ? make_attributes(&making) : 0;

	for (size_t i = 0; i < n && code == 0; i++)
		code = take_step(&making, steps[i]);
	if (making.shown.length > 0) {
		int shown = print_text(&making.shown);
		code = code == 0 ? shown : code;
	}
	(void)interrupt_end();
	if (making.is_made)
		attributes_done(&making.made);
	variables_done(&making.variables);
	text_done(&making.shown);
	free(making.listen);
	return code;
}

static int exec_main(int argc, char **argv)
{
	struct exec_config config;
	int code = EXIT_BROOD;

	if (exec_config_read(&config, argc, argv) == 0)
		code = config.help ? subcommand_show_help(&exec_subcommand) : exec_execute(&config);
	exec_config_done(&config);
	return code;
}

static void exec_help(struct text *text)
{
	text_string(text,
		"Usage: brood exec [OPTION...] [--] [NAME=VALUE...] PROGRAM [ARGUMENT...]\n\n"
		"Sets things up, and then becomes the program: same process, nothing of brood is\n"
		"left. In this order, whatever the order of the options: environment, secrets,\n"
		"wait, templates, programs of folders, limits, user, rights. If one of them\n"
		"fails, the program is not started.\n\n"
		"Options:\n");
	options_help(&exec_options, text);
	text_string(text,
		"\nEach long option can be given as a variable, too: BROOD_EXEC_WAIT=tcp:db:5432.\n"
		"TIME: 500ms, 2s, 1m30s, 1h, 2d, 1.5 (seconds); off: none.\n\n"
		"Exit codes: the program's own; 124 a time limit passed; 125 a step or brood\n"
		"itself failed; 126 the program cannot be executed; 127 it was not found; 128+n\n"
		"signal n ended it.\n\n"
		"Examples:\n"
		"  brood exec --wait tcp:db:5432 --secret-files --user app --nnp -- ./server\n"
		"  brood exec --render /etc/app.tpl:/run/app.conf --run-parts /etc/app.d -- app\n"
		"  brood exec --init -- sh -c 'worker & exec server'\n");
}

const struct subcommand exec_subcommand = {
	.name = "exec",
	.summary = "set things up, then be the program: entry point",
	.options = &exec_options,
	.main = exec_main,
	.help = exec_help,
	.operands = "COMMAND",
};
