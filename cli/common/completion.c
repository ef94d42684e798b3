/* SPDX-License-Identifier: MIT */
#include "common/completion_parts.h"

#include <stdio.h>
#include <string.h>

/* Room for TOOL_ACTION. */
#define PLACE_SIZE 64

bool completion_next_kind(const char **names, struct completion_kind *kind)
{
	if (!*names || **names == '\0')
		return false;
	kind->word = *names;
	kind->length = strcspn(*names, "|");
	*names += kind->length + ((*names)[kind->length] == '|');
	return true;
}

bool completion_is_kind(const struct completion_kind *kind, const char *name)
{
	size_t length = strlen(name);

	if (strncmp(kind->word, name, length) != 0)
		return false;
	return kind->length == length || kind->word[length] == ',' || kind->word[length] == '[';
}

bool completion_is_literal(const struct completion_kind *kind)
{
	return kind->word[0] >= 'a' && kind->word[0] <= 'z';
}

int completion_literal_length(const struct completion_kind *kind)
{
	size_t length = strcspn(kind->word, "=:,|");

	if (length >= kind->length)
		return (int)kind->length;
	return (int)(kind->word[length] == '=' ? length + 1 : length);
}

bool completion_has_kind(const char *names, const char *name)
{
	struct completion_kind kind;

	while (completion_next_kind(&names, &kind))
		if (completion_is_kind(&kind, name))
			return true;
	return false;
}

void completion_add_help(
	struct text *text, const char *help, const char *quote, const char *escaped)
{
	for (; *help; help++) {
		if (*help == '\'')
			text_string(text, quote);
		else if (*help == '\n')
			text_string(text, " ");
		else if (strchr(escaped, *help))
			text_format(text, "\\%c", *help);
		else
			text_add(text, help, 1);
	}
}

void completion_each_place(
	struct text *text, const struct completion *completion, completion_place_fn add)
{
	for (size_t i = 0; i < completion->n_tools; i++) {
		const struct subcommand *tool = completion->tools[i];
		add(text, tool->name, tool);
		for (size_t k = 0; k < tool->n_actions; k++) {
			char place[PLACE_SIZE];
			snprintf(place, sizeof place, "%s_%s", tool->name, tool->actions[k]->name);
			add(text, place, tool->actions[k]);
		}
	}
}

bool completion_has_commands(const struct subcommand *subcommand)
{
	const char *operands = subcommand->operands;

	return operands && (strcmp(operands, "COMMAND") == 0 || strcmp(operands, "PIPELINE") == 0);
}

int completion_add(struct text *text, const struct completion *completion, const char *shell)
{
	static const struct {
		const char *name;
		void (*add)(struct text *, const struct completion *);
	} shells[] = {
		{ "bash", completion_add_bash },
		{ "fish", completion_add_fish },
		{ "zsh", completion_add_zsh },
	};

	for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
		if (strcmp(shell, shells[i].name) == 0) {
			shells[i].add(text, completion);
			return 0;
		}
	return -1;
}
