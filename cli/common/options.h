/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/text.h"

#include <stddef.h>

/*
 * Command lines in GNU style from one table, a row per option. The same table makes the help text
 * and the "did you mean". Long options are written out (a prefix is an error), values follow
 * behind = or as the next word, short options may be clustered, and parsing stops at -- or at the
 * first word that is no option.
 */

enum option_value {
	OPTION_ALONE, /* takes no value */
	OPTION_VALUE, /* takes a value */
	OPTION_MAYBE  /* takes a value behind = only */
};

struct option_row {
	const char *name; /* without the dashes; NULL: none, but a letter */
	char letter;      /* 0: none */
	enum option_value takes;
	const char *value_name; /* for the help text */
	const char *help;       /* several lines are separated by \n */
	/* value is NULL if none was given; spelled is the option as it was written. Returns 0; a
	   positive number: the rest of the command line does not matter; or a negative number
	   after having said what is wrong. NULL: the config's field at offset is set, a bool if
	   the option takes no value, else a const char *. */
	int (*take)(void *config, const char *spelled, const char *value);
	size_t offset;
};

struct option_table {
	const char *tool; /* stands in messages; NULL: none */
	const struct option_row *rows;
	size_t n_rows;
};

/* Takes all options of argv[1..]. Returns the index of the first operand, argc if the rest does not
   matter; a negative number after having said what is wrong. */
int options_parse(const struct option_table *table, int argc, char **argv, void *config);

/* Takes the one option argv[i], a word that begins with -, for tools whose options may stand behind
   operands. Returns how many words were used, OPTIONS_STOP if the rest does not matter, or a
   negative number after having said what is wrong. */
#define OPTIONS_STOP 3
int options_take(const struct option_table *table, int argc, char **argv, int i, void *config);

/* Adds the rows, one option a line. */
void options_help(const struct option_table *table, struct text *text);
