/* SPDX-License-Identifier: MIT */
#include "sh/sh_config.h"

#include "common/message.h"

#include <string.h>

#define WRONG 2 /* exit code: the command line */

static const struct option_row rows[] = {
	{ "help", 0, OPTION_ALONE, NULL, "show this help", NULL, 0 },
	{ "version", 0, OPTION_ALONE, NULL, "show the version", NULL, 0 },
	{ "print", 0, OPTION_ALONE, NULL, "show the script as formatted shell, and run nothing",
		NULL, 0 },
	{ "posix", 0, OPTION_ALONE, NULL, "accepted: it is always so", NULL, 0 },
	{ NULL, 'c', OPTION_ALONE, NULL, "run the first operand; $0, $1, ... follow it", NULL, 0 },
	{ NULL, 's', OPTION_ALONE, NULL, "read commands from standard input", NULL, 0 },
	{ NULL, 'i', OPTION_ALONE, NULL, "interactive: prompts, job control, errors do not end it",
		NULL, 0 },
	{ NULL, 'l', OPTION_ALONE, NULL, "a login shell: reads /etc/profile and ~/.profile", NULL,
		0 },
	{ NULL, 'o', OPTION_VALUE, "OPTION", "set an option by its name, as `set -o` does", NULL,
		0 },
	{ NULL, 'a', OPTION_ALONE, NULL, "export what is assigned", NULL, 0 },
	{ NULL, 'b', OPTION_ALONE, NULL, "accepted: jobs are told of at the prompt anyway", NULL,
		0 },
	{ NULL, 'C', OPTION_ALONE, NULL, "> does not write over files that exist", NULL, 0 },
	{ NULL, 'e', OPTION_ALONE, NULL, "end when a command fails", NULL, 0 },
	{ NULL, 'f', OPTION_ALONE, NULL, "no pathname expansion", NULL, 0 },
	{ NULL, 'h', OPTION_ALONE, NULL, "look up the programs of functions when they are defined",
		NULL, 0 },
	{ NULL, 'm', OPTION_ALONE, NULL, "job control: jobs get process groups", NULL, 0 },
	{ NULL, 'n', OPTION_ALONE, NULL, "read commands, but run none", NULL, 0 },
	{ NULL, 'u', OPTION_ALONE, NULL, "unset variables are errors", NULL, 0 },
	{ NULL, 'v', OPTION_ALONE, NULL, "show what is read", NULL, 0 },
	{ NULL, 'x', OPTION_ALONE, NULL, "show what is run", NULL, 0 },
};

const struct option_table sh_options = { "sh", rows, sizeof rows / sizeof *rows };

static int set_option(struct sh_config *config, int option, bool is_on)
{
	if (option < 0)
		return -1;
	config->options[option] = is_on ? SH_ON : SH_OFF;
	return 0;
}

static int take_long(struct sh_config *config, const char *word)
{
	if (strcmp(word, "--help") == 0)
		config->help = true;
	else if (strcmp(word, "--version") == 0)
		config->version = true;
	else if (strcmp(word, "--print") == 0)
		config->print = true;
	else if (strcmp(word, "--posix") != 0) {
		message("%s: no such option (brood sh --help lists them)", word);
		return WRONG;
	}
	return 0;
}

/* One letter; *value is the word behind, for -o, and NULL afterwards if it was used. */
static int take_letter(struct sh_config *config, char letter, bool is_on, const char **value)
{
	if (letter == 'c' && is_on) {
		config->takes_string = true;
		return 0;
	}
	if (letter == 'l' && is_on) {
		config->is_login = true;
		return 0;
	}
	if (letter == 'o') {
		if (!*value) {
			message("-o: the name of an option is missing");
			return WRONG;
		}
		if (set_option(config, option_by_name(*value), is_on) < 0) {
			message("-o %s: no such option", *value);
			return WRONG;
		}
		*value = NULL;
		return 0;
	}
	if (set_option(config, option_by_letter(letter), is_on) < 0) {
		message("%c%c: no such option (brood sh --help lists them)", is_on ? '-' : '+',
			letter);
		return WRONG;
	}
	return 0;
}

static int take_word(struct sh_config *config, const char *word, char **argv, int *i)
{
	bool is_on = word[0] == '-';

	for (const char *letter = word + 1; *letter; letter++) {
		const char *value = argv[*i + 1];
		bool has_value = value != NULL;
		int r = take_letter(config, *letter, is_on, &value);
		if (r != 0)
			return r;
		if (has_value && !value)
			++*i;
	}
	return 0;
}

/* What stands behind the options. */
static int take_operands(struct sh_config *config, int argc, char **argv, int i)
{
	if (config->takes_string) {
		if (i >= argc) {
			message("-c: a string to run is missing");
			return WRONG;
		}
		config->string = argv[i++];
		if (i < argc)
			config->name = argv[i++];
	} else if (i < argc && config->options[OPTION_STDIN] != SH_ON) {
		config->file = argv[i++];
		config->name = config->file;
	}
	config->arguments = argv + i;
	config->n_arguments = argc - i;
	return 0;
}

int sh_config_read(struct sh_config *config, int argc, char **argv)
{
	int i = 1;

	memset(config, 0, sizeof *config);
	config->is_login = argc > 0 && argv[0][0] == '-';
	for (; i < argc; i++) {
		const char *word = argv[i];
		if (strcmp(word, "--") == 0 || strcmp(word, "-") == 0) {
			i++;
			break;
		}
		if ((word[0] != '-' && word[0] != '+') || word[1] == '\0')
			break;
		int r = strncmp(word, "--", 2) == 0 ? take_long(config, word)
						    : take_word(config, word, argv, &i);
		if (r != 0)
			return r;
		if (config->help || config->version)
			return 0;
	}
	return take_operands(config, argc, argv, i);
}
