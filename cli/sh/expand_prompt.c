/* SPDX-License-Identifier: MIT */
/* Text that is a word only when it is used. */

#include "sh/expand.h"

#include "sh/parser.h"
#include "sh/shell.h"

#include <string.h>

int expand_text(struct shell *sh, const char *text, const char **ret_text, size_t *ret_length)
{
	struct word *word = parse_double_quoted(sh, &sh->scratch, text, strlen(text));

	if (word == NULL)
		return -1;
	return expand_string(sh, word, ret_text, ret_length);
}

/* ! becomes the command's number, which is 1 as long as there is no history; !! becomes !. */
static const char *expand_marks(struct shell *sh, const char *text, size_t length)
{
	char *copy = arena_text(&sh->scratch, text, length), *to = copy;

	for (size_t i = 0; i < length; i++) {
		bool is_mark = text[i] == '!';
		*to++ = is_mark && text[i + 1] != '!' ? '1' : text[i];
		if (is_mark && text[i + 1] == '!')
			i++;
	}
	*to = '\0';
	return copy;
}

const char *expand_prompt(struct shell *sh, const char *text, bool is_primary)
{
	int status = sh->status, substituted = sh->substituted;
	size_t length = strlen(text);
	const char *expanded;

	if (strpbrk(text, "$`\\") == NULL || expand_text(sh, text, &expanded, &length) < 0)
		expanded = text;
	sh->status = status;
	sh->substituted = substituted;
	if (!is_primary || strchr(expanded, '!') == NULL)
		return expanded;
	return expand_marks(sh, expanded, strlen(expanded));
}
