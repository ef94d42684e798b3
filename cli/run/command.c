/* SPDX-License-Identifier: MIT */
#include "run/command.h"

#include "common/environment.h"
#include "common/memory.h"
#include "common/message.h"
#include "common/standard_fds.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where execvp(3) looks when there is no PATH. */
#define DEFAULT_PATH "/bin:/usr/bin"

static char *edit_entry(const struct run_edit *edit)
{
	if (edit->kind != RUN_EDIT_KEEP)
		return edit->entry;
	return environment_entry(edit->entry, strlen(edit->entry));
}

static void make_environment(struct run_command *command, const struct run_config *config)
{
	static char *nothing[] = { NULL };
	const char *path = environment_get("PATH");
	size_t n = 0;

	if (config->clear_env)
		command->cmd.env = nothing;
	if (config->n_edits > 0 || config->has_retry || command->made.n_env > 0)
		command->edits = memory_get(
			(config->n_edits + command->made.n_env + 2) * sizeof *command->edits);
	if (config->has_retry)
		command->edits[n++] = command->attempt;
	for (size_t i = 0; i < command->made.n_env; i++)
		command->edits[n++] = command->made.env[i];
	for (size_t i = 0; i < config->n_edits; i++) {
		char *entry = edit_entry(&config->edits[i]);
		if (!entry)
			continue;
		if (config->edits[i].kind != RUN_EDIT_UNSET && strncmp(entry, "PATH=", 5) == 0)
			path = entry + 5;
		command->edits[n++] = entry;
	}
	if (command->edits) {
		command->edits[n] = NULL;
		command->cmd.env_edit = command->edits;
	}
	/* As env does: found where the command itself would find others. */
	command->cmd.search_path = path ? path : DEFAULT_PATH;
}

static int make_input(struct run_command *command, const struct run_config *config)
{
	enum run_stdin kind = config->stdin_kind;

	if (kind == RUN_STDIN_INHERIT && standard_input_was_closed()) {
		message("run: --stdin inherit: standard input is closed");
		return -1;
	}
	/* Nobody will ever type an answer: a program that asks shall not wait for it. */
	if (kind == RUN_STDIN_DEFAULT) {
		const char *ci = environment_get("CI");
		bool is_automatic = config->json || (ci && ci[0] != '\0');
		kind = standard_input_was_closed() || (is_automatic && !isatty(STDIN_FILENO))
			       ? RUN_STDIN_NULL
			       : RUN_STDIN_INHERIT;
	}
	command->cmd.in = kind == RUN_STDIN_NULL   ? brood_null()
			  : kind == RUN_STDIN_FILE ? brood_file(config->stdin_path, O_RDONLY, 0)
						   : brood_inherit();
	command->cmd.in.flags |= kind == RUN_STDIN_FILE ? BROOD_MAY_BLOCK : 0;
	return 0;
}

static void make_tree(struct run_command *command, const struct run_config *config)
{
	uint64_t *flags = &command->options.flags;

	*flags |= BROOD_KILL_TREE;
	command->options.tree = config->tree;
	if (command->shares_group)
		*flags |= BROOD_REPORT_STOPS;
	if (config->orphans == RUN_ORPHANS_WAIT)
		*flags |= BROOD_ORPHANS_WAIT;
	if (config->orphans == RUN_ORPHANS_LEAVE)
		*flags |= BROOD_ORPHANS_LEAVE;
	/* Looking at a tree again and again has its price. */
	if (config->report || config->json || config->status_path || config->status_fd >= 0)
		*flags |= BROOD_MEASURE_TREE;
}

int run_command_make(struct run_command *command, const struct run_config *config)
{
	*command = (struct run_command){
		/* What was opened for a program shall reach it through us, as through env:
		   a jobserver, a lock, a log. */
		.cmd = BROOD_CMD(.argv = config->argv, .dir = config->dir, .label = config->name,
			.flags = BROOD_KEEP_FDS | BROOD_LOOKUP_DOT),
		.options = BROOD_OPTIONS(.timeout = config->timeout,
			.wait_delay = config->wait_delay, .n_stop = 1),
		.stop = { .signal = config->signal, .grace = config->kill_after },
	};
	/* With a terminal the command stays in our group: the shell's job is both of us, in the
	   foreground it gets Ctrl-C and Ctrl-Z, in the background we stop together when it reads.
	 */
	terminal_look(&command->terminal);
	command->shares_group = config->tree != BROOD_TREE_GROUP &&
				(command->terminal.exists || config->foreground);
	command->options.stop = &command->stop;
	if (!command->shares_group)
		command->options.flags |= BROOD_NEW_GROUP;
	make_tree(command, config);
	run_command_number(command, 1);
	if (attributes_make(&config->attributes, &command->made, &command->cmd) < 0)
		return -1;
	make_environment(command, config);
	command->cmd.out = brood_inherit();
	command->cmd.err = brood_inherit();
	return make_input(command, config);
}

void run_command_number(struct run_command *command, unsigned int attempt)
{
	snprintf(command->attempt, sizeof command->attempt, "BROOD_ATTEMPT=%u", attempt);
}

void run_command_done(struct run_command *command)
{
	attributes_done(&command->made);
	free(command->edits);
	command->edits = NULL;
}
