/* SPDX-License-Identifier: MIT */
#include "common/subcommand.h"

#include "common/exit_code.h"
#include "common/message.h"
#include "common/print.h"

#include <string.h>

const struct subcommand *subcommand_find(
	const struct subcommand *const *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i]->name, name) == 0)
			return list[i];
	return NULL;
}

const struct subcommand *subcommand_near(
	const struct subcommand *const *list, size_t n, const char *name)
{
	const struct subcommand *nearest = NULL;

	for (size_t i = 0; i < n; i++)
		if (text_is_near(name, list[i]->name) &&
			(!nearest || text_distance(name, list[i]->name) <
					     text_distance(name, nearest->name)))
			nearest = list[i];
	return nearest;
}

int subcommand_no_action(const struct subcommand *tool, const char *name)
{
	const struct subcommand *near = subcommand_near(tool->actions, tool->n_actions, name);

	if (near)
		message("%s: %s is no action; did you mean brood %s %s?", tool->name, name,
			tool->name, near->name);
	else
		message("%s: %s is no action (brood %s --help lists them)", tool->name, name,
			tool->name);
	return EXIT_BROOD;
}

int subcommand_act(
	const struct subcommand *tool, int argc, char **argv, void *config, const bool *has_help)
{
	int first = options_parse(tool->options, argc, argv, config);

	if (*has_help)
		return subcommand_show_help(tool);
	if (first < 0)
		return EXIT_BROOD;
	if (first >= argc) {
		message("%s: no action was named (brood %s --help lists them)", tool->name,
			tool->name);
		return EXIT_BROOD;
	}
	const struct subcommand *action = subcommand_find(
		tool->actions, tool->n_actions, argv[first]);
	return action ? action->main(argc - first, argv + first)
		      : subcommand_no_action(tool, argv[first]);
}

void subcommand_list_actions(const struct subcommand *tool, struct text *text)
{
	for (size_t i = 0; i < tool->n_actions; i++)
		text_format(
			text, "  %-10s %s\n", tool->actions[i]->name, tool->actions[i]->summary);
}

int subcommand_show_help(const struct subcommand *subcommand)
{
	struct text text = { 0 };

	subcommand->help(&text);
	int code = print_text(&text);
	text_done(&text);
	return code;
}
