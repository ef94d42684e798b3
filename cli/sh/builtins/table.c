/* SPDX-License-Identifier: MIT */
#include "sh/builtins/list.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define SAFE BUILTIN_HARMLESS
#define SAYS BUILTIN_DECLARES
#define PATH BUILTIN_ON_PATH

/* Sorted, for `type` and completion. */
const struct builtin builtins[] = {
	{ ".", BUILTIN_SPECIAL, BUILTIN_LENIENT, builtin_dot },
	{ ":", BUILTIN_SPECIAL, SAFE, builtin_colon },
	{ "[", BUILTIN_REGULAR, SAFE | PATH, builtin_test },
	{ "alias", BUILTIN_REGULAR, SAFE, builtin_alias },
	{ "bg", BUILTIN_REGULAR, 0, builtin_bg },
	{ "break", BUILTIN_SPECIAL, SAFE, builtin_break },
	{ "cd", BUILTIN_REGULAR, SAFE, builtin_cd },
	{ "command", BUILTIN_REGULAR, SAFE, builtin_command },
	{ "continue", BUILTIN_SPECIAL, SAFE, builtin_continue },
	{ "echo", BUILTIN_REGULAR, SAFE | PATH, builtin_echo },
	{ "eval", BUILTIN_SPECIAL, BUILTIN_LENIENT, builtin_eval },
	{ "exec", BUILTIN_SPECIAL, 0, builtin_exec },
	{ "exit", BUILTIN_SPECIAL, SAFE, builtin_exit },
	{ "export", BUILTIN_SPECIAL, SAFE | SAYS, builtin_export },
	{ "false", BUILTIN_REGULAR, SAFE, builtin_false },
	{ "fg", BUILTIN_REGULAR, 0, builtin_fg },
	{ "getopts", BUILTIN_REGULAR, SAFE, builtin_getopts },
	{ "hash", BUILTIN_REGULAR, SAFE, builtin_hash },
	{ "jobs", BUILTIN_REGULAR, 0, builtin_jobs },
	{ "kill", BUILTIN_REGULAR, 0, builtin_kill },
	{ "local", BUILTIN_REGULAR, SAFE | SAYS, builtin_local },
	{ "printf", BUILTIN_REGULAR, SAFE | PATH, builtin_printf },
	{ "pwd", BUILTIN_REGULAR, SAFE, builtin_pwd },
	{ "read", BUILTIN_REGULAR, SAFE, builtin_read },
	{ "readonly", BUILTIN_SPECIAL, SAFE | SAYS, builtin_readonly },
	{ "return", BUILTIN_SPECIAL, SAFE, builtin_return },
	{ "set", BUILTIN_SPECIAL, SAFE, builtin_set },
	{ "shift", BUILTIN_SPECIAL, SAFE, builtin_shift },
	{ "source", BUILTIN_SPECIAL, BUILTIN_LENIENT, builtin_dot },
	{ "test", BUILTIN_REGULAR, SAFE | PATH, builtin_test },
	{ "times", BUILTIN_SPECIAL, SAFE, builtin_times },
	{ "trap", BUILTIN_SPECIAL, BUILTIN_LENIENT, builtin_trap },
	{ "true", BUILTIN_REGULAR, SAFE, builtin_true },
	{ "type", BUILTIN_REGULAR, SAFE, builtin_type },
	{ "ulimit", BUILTIN_REGULAR, 0, builtin_ulimit },
	{ "umask", BUILTIN_REGULAR, SAFE, builtin_umask },
	{ "unalias", BUILTIN_REGULAR, SAFE, builtin_unalias },
	{ "unset", BUILTIN_SPECIAL, SAFE, builtin_unset },
	{ "wait", BUILTIN_REGULAR, 0, builtin_wait },
};

const size_t n_builtins = sizeof builtins / sizeof *builtins;

void builtins_begin(struct shell *sh)
{
	for (size_t i = 0; i < n_builtins; i++) {
		const char *name = builtins[i].name;
		symbol_get(&sh->symbols, name, strlen(name))->builtin = &builtins[i];
	}
}

int builtin_option(struct shell *sh, int argc, char **argv, const char *letters,
	struct builtin_options *options)
{
	const char *word = options->next < argc ? argv[options->next] : NULL;

	if (options->within == 0) {
		if (!word || word[0] != '-' || word[1] == '\0')
			return -1;
		if (strcmp(word, "--") == 0) {
			options->next++;
			return -1;
		}
		options->within = 1;
	}
	char letter = word[options->within++];
	const char *known = letter == ':' ? NULL : strchr(letters, letter);
	bool is_last = word[options->within] == '\0';
	if (!known) {
		(void)builtin_usage_at(sh, word, "-%c: no such option", letter);
		return '?';
	}
	if (known[1] != ':') {
		if (is_last) {
			options->next++;
			options->within = 0;
		}
		return letter;
	}
	options->value = is_last ? argv[options->next + 1] : word + options->within;
	options->next += is_last ? 2 : 1;
	options->within = 0;
	if (!options->value || options->next > argc) {
		(void)builtin_usage_at(sh, word, "-%c: a value is missing", letter);
		return '?';
	}
	return letter;
}

int builtin_number(const char *text, long least, long most, long *ret_number)
{
	long number = 0;

	if (*text < '0' || *text > '9')
		return -1;
	for (; *text >= '0' && *text <= '9'; text++) {
		if (number > (LONG_MAX - 9) / 10)
			return -1;
		number = number * 10 + (*text - '0');
	}
	if (*text != '\0' || number < least || number > most)
		return -1;
	*ret_number = number;
	return 0;
}
