/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/options.h"
#include "common/text.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * One tool of the program, `brood NAME ...`; main.c holds the list. Or one action of a tool,
 * `brood TOOL NAME ...`, with options of its own.
 */

struct subcommand {
	const char *name;
	const char *summary; /* one line for brood --help, of an action for brood TOOL --help */
	/* Of an action: what stands before the action's name in messages is in options->tool. */
	const struct option_table *options;
	/* argv[0] is the tool's or the action's name. Returns the exit code. */
	int (*main)(int argc, char **argv);
	/* Adds what `brood NAME --help` shows. */
	void (*help)(struct text *text);
	/* `brood NAME ACTION ...`; NULL: the tool has none. Actions have no actions. */
	const struct subcommand *const *actions;
	size_t n_actions;
	/* What shells complete behind the options: COMMAND (and its arguments), PIPELINE (commands
	   between lone |), FILE, ID (of messages); NULL: nothing. */
	const char *operands;
};

/* The one of that name in a list; NULL: there is none. */
const struct subcommand *subcommand_find(
	const struct subcommand *const *list, size_t n, const char *name);

/* The one that was probably meant; NULL: none looks like it. */
const struct subcommand *subcommand_near(
	const struct subcommand *const *list, size_t n, const char *name);

/* Says that the tool has no action of that name, and which may be meant. Returns the exit code. */
int subcommand_no_action(const struct subcommand *tool, const char *name);

/* What a tool with actions does: takes the tool's own options into config, and hands the rest to
   the action. has_help: where config says that help is wanted. Returns the exit code. */
int subcommand_act(
	const struct subcommand *tool, int argc, char **argv, void *config, const bool *has_help);

/* Adds the names and the summaries of the actions, one a line. */
void subcommand_list_actions(const struct subcommand *tool, struct text *text);

/* Shows the help. Returns the exit code. */
int subcommand_show_help(const struct subcommand *subcommand);
