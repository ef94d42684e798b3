/* SPDX-License-Identifier: MIT */
#include "sh/builtins/list.h"
#include "sh/parser.h"
#include "sh/undo.h"

#include <stdio.h>
#include <string.h>

/* The state of one call. */
struct getopts {
	struct shell *sh;
	const char *letters;
	bool is_silent; /* letters began with a colon */
	char **words;   /* NULL: the positional parameters */
	long n;
	long index; /* OPTIND: of the word that is looked at, from 1 */
};

static const char *word_of(const struct getopts *state, long index)
{
	if (index < 1 || index > state->n)
		return NULL;
	return state->words ? state->words[index - 1] : parameters_get(state->sh, (uint32_t)index);
}

static int put(struct getopts *state, const char *name, char letter, const char *value)
{
	struct shell *sh = state->sh;
	char text[2] = { letter, '\0' }, number[24];
	uint32_t part = sh->optind_part;
	int status = 0;

	(void)snprintf(number, sizeof number, "%ld", state->index);
	status |= variable_put(sh, "OPTIND", number);
	/* Setting OPTIND means to begin anew, unless we do it. */
	sh->optind_part = part;
	if (value) {
		status |= variable_put(sh, "OPTARG", value);
	} else {
		struct symbol *symbol = symbol_find(&sh->symbols, "OPTARG", 6);
		if (symbol && variable_is_set(&symbol->variable))
			status |= variable_unset(sh, symbol, (struct place){ 0 });
	}
	status |= variable_put(sh, name, text);
	return status < 0 ? 2 : 0;
}

/* An option that is none, or that lacks its value. */
static int refuse(struct getopts *state, const char *name, char letter, bool is_value)
{
	char text[2] = { letter, '\0' };

	if (state->is_silent)
		return put(state, name, is_value ? ':' : '?', text);
	(void)builtin_error(
		state->sh, "-%c: %s", letter, is_value ? "a value is missing" : "no such option");
	return put(state, name, '?', NULL);
}

static int end(struct getopts *state, const char *name)
{
	state->sh->optind_part = 0;
	/* OPTIND may be of an earlier list. */
	if (state->index > state->n)
		state->index = state->n + 1;
	int status = put(state, name, '?', NULL);
	return status ? status : 1;
}

static int step(struct getopts *state, const char *name)
{
	struct shell *sh = state->sh;
	const char *word = word_of(state, state->index);

	if (sh->optind_part == 0 || !word || sh->optind_part >= strlen(word)) {
		sh->optind_part = 0;
		if (!word || word[0] != '-' || word[1] == '\0')
			return end(state, name);
		if (strcmp(word, "--") == 0) {
			state->index++;
			return end(state, name);
		}
		sh->optind_part = 1;
	}
	char letter = word[sh->optind_part++];
	const char *known = letter == ':' ? NULL : strchr(state->letters, letter);
	bool is_last = word[sh->optind_part] == '\0';
	if (!known || known[1] != ':') {
		if (is_last) {
			state->index++;
			sh->optind_part = 0;
		}
		return known ? put(state, name, letter, NULL) : refuse(state, name, letter, false);
	}
	const char *value = is_last ? word_of(state, state->index + 1) : word + sh->optind_part;
	state->index += is_last ? 2 : 1;
	sh->optind_part = 0;
	if (!value) {
		state->index--;
		return refuse(state, name, letter, true);
	}
	return put(state, name, letter, value);
}

int builtin_getopts(struct shell *sh, int argc, char **argv, enum control *control)
{
	int first = argc > 1 && strcmp(argv[1], "--") == 0 ? 2 : 1;
	long index = 1;

	(void)control;
	if (argc - first < 2)
		return builtin_usage(sh, "letters and the name of a variable are needed");
	const char *letters = argv[first], *name = argv[first + 1];
	if (!is_name(name, strlen(name)))
		return builtin_usage_at(sh, name, "%s: is no name of a variable", name);
	const char *known = variable_get(sh, "OPTIND");
	if (known)
		(void)builtin_number(known, 1, INT32_MAX, &index);
	struct getopts state = {
		.sh = sh,
		.letters = letters + (*letters == ':'),
		.is_silent = *letters == ':',
		.words = argc - first > 2 ? argv + first + 2 : NULL,
		.n = argc - first > 2 ? argc - first - 2 : (long)parameters_count(sh),
		.index = index,
	};
	return step(&state, name);
}
