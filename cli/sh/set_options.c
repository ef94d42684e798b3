/* SPDX-License-Identifier: MIT */
/* The options of `set` and of the command line. */
#include "sh/jobs.h"
#include "sh/shell.h"
#include "sh/undo.h"

#include <string.h>

static const struct {
	const char *name;
	char letter;
} table[OPTION_COUNT] = {
	[OPTION_ALLEXPORT] = { "allexport", 'a' },
	[OPTION_NOTIFY] = { "notify", 'b' },
	[OPTION_NOCLOBBER] = { "noclobber", 'C' },
	[OPTION_ERREXIT] = { "errexit", 'e' },
	[OPTION_NOGLOB] = { "noglob", 'f' },
	[OPTION_HASHALL] = { "hashall", 'h' },
	[OPTION_IGNOREEOF] = { "ignoreeof", 0 },
	[OPTION_MONITOR] = { "monitor", 'm' },
	[OPTION_NOEXEC] = { "noexec", 'n' },
	[OPTION_NOLOG] = { "nolog", 0 },
	[OPTION_PIPEFAIL] = { "pipefail", 0 },
	[OPTION_NOUNSET] = { "nounset", 'u' },
	[OPTION_VERBOSE] = { "verbose", 'v' },
	[OPTION_VI] = { "vi", 0 },
	[OPTION_EMACS] = { "emacs", 0 },
	[OPTION_XTRACE] = { "xtrace", 'x' },
	[OPTION_INTERACTIVE] = { "interactive", 'i' },
	[OPTION_STDIN] = { "stdin", 's' },
};

int option_by_name(const char *name)
{
	for (int i = 0; i < OPTION_COUNT; i++) {
		if (strcmp(table[i].name, name) == 0)
			return i;
	}
	return -1;
}

int option_by_letter(char letter)
{
	for (int i = 0; i < OPTION_COUNT; i++) {
		if (letter && table[i].letter == letter)
			return i;
	}
	return -1;
}

const char *option_name(int option)
{
	return table[option].name;
}

char option_letter(int option)
{
	return table[option].letter;
}

int option_set(struct shell *sh, int option, bool is_on)
{
	undo_save_options(sh);
	if (option == OPTION_MONITOR && jobs_have_groups(sh) != is_on &&
		jobs_set_monitor(sh, is_on) < 0)
		return -1;
	if (is_on && option == OPTION_VI)
		sh->options[OPTION_EMACS] = false;
	if (is_on && option == OPTION_EMACS)
		sh->options[OPTION_VI] = false;
	sh->options[option] = is_on;
	return 0;
}

void options_put_back(struct shell *sh, const bool on[OPTION_COUNT])
{
	for (int i = 0; i < OPTION_COUNT; i++) {
		if (sh->options[i] != on[i])
			(void)option_set(sh, i, on[i]);
	}
}

void options_text(const struct shell *sh, char text[OPTION_COUNT + 1])
{
	size_t n = 0;

	for (int i = 0; i < OPTION_COUNT; i++) {
		if (sh->options[i] && table[i].letter)
			text[n++] = table[i].letter;
	}
	text[n] = '\0';
}
