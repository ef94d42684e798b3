/* SPDX-License-Identifier: MIT */
/* set -x */
#include "common/message.h"
#include "sh/expand.h"
#include "sh/interp.h"
#include "sh/print.h"

#include <string.h>

static void add_assignment(struct text *text, const char *assignment)
{
	const char *value = strchr(assignment, '=') + 1;

	text_add(text, assignment, (size_t)(value - assignment));
	if (*value)
		print_quoted(text, value);
}

const char *trace_prompt(struct shell *sh)
{
	if (!sh->options[OPTION_XTRACE])
		return NULL;
	const char *value = variable_get(sh, "PS4");
	/* A command in it is not shown, since that would begin with it again. */
	sh->options[OPTION_XTRACE] = false;
	/* The variable may change before it is shown. */
	const char *text = expand_prompt(sh, value ? value : "", false);
	sh->options[OPTION_XTRACE] = true;
	return arena_text(&sh->scratch, text, strlen(text));
}

void trace_command(const char *prompt, int fd, const struct traced *traced)
{
	struct text text = { 0 };

	if (!prompt || traced->n_assignments + traced->argc == 0)
		return;
	text_string(&text, prompt);
	for (size_t i = 0; i < traced->n_assignments; i++) {
		add_assignment(&text, traced->assignments[i]);
		text_string(&text, i + 1 < traced->n_assignments || traced->argc > 0 ? " " : "");
	}
	for (size_t i = 0; i < traced->argc; i++) {
		print_quoted(&text, traced->argv[i]);
		text_string(&text, i + 1 < traced->argc ? " " : "");
	}
	text_string(&text, "\n");
	/* There is nobody to tell if that cannot be written. */
	(void)!write_all(fd, text.bytes, text.length);
	text_done(&text);
}
