/* SPDX-License-Identifier: MIT */
#include "sh/builtins/list.h"
#include "sh/interp.h"

#include <string.h>

/* The operands with a space between them, in scratch memory. */
static char *join(struct shell *sh, int n, char *const *words)
{
	size_t length = 0;

	for (int i = 0; i < n; i++)
		length += strlen(words[i]) + 1;
	char *text = arena_get(&sh->scratch, length + 1), *to = text;
	for (int i = 0; i < n; i++) {
		to = stpcpy(to, words[i]);
		*to++ = ' ';
	}
	*(to > text ? to - 1 : to) = '\0';
	return text;
}

int builtin_eval(struct shell *sh, int argc, char **argv, enum control *control)
{
	int i = argc > 1 && strcmp(argv[1], "--") == 0 ? 2 : 1;

	if (i >= argc)
		return 0;
	const char *text = i + 1 == argc ? argv[i] : join(sh, argc - i, argv + i);
	struct source *source = source_new_within(
		sh->frame.source, sh->frame.place, "eval", text, strlen(text));
	/* What $LINENO says in it is the line of the eval, and so on. */
	source->first_line = sh->frame.place.line ? sh->frame.place.line : 1;
	*control = run_string(sh, source, 0);
	source_drop(source);
	return sh->status;
}
