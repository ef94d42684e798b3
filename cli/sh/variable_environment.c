/* SPDX-License-Identifier: MIT */
/* The environment that the shell was given, and the one that commands get. */
#include "common/memory.h"
#include "sh/parser.h"
#include "sh/shell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the beginning ---- */

/* Names of variables become variables; the rest is kept for commands. */
static void import(struct shell *sh, char **environment)
{
	size_t n = 0;

	while (environment[n])
		n++;
	sh->passed_on = memory_get((n + 1) * sizeof *sh->passed_on);
	for (size_t i = 0; i < n; i++) {
		const char *entry = environment[i];
		size_t length = assignment_name(entry, strlen(entry));
		if (length == 0) {
			sh->passed_on[sh->n_passed_on++] = memory_copy(entry, strlen(entry));
			continue;
		}
		struct symbol *symbol = symbol_get(&sh->symbols, entry, length);
		const char *value = entry + length + 1;
		/* No attribute is there yet that could refuse it. */
		(void)variable_set(sh, symbol, value, strlen(value), (struct place){ 0 });
		variable_mark(sh, symbol, VARIABLE_EXPORTED);
	}
}

/* Whether a path is absolute, without . and .., and leads to the working directory. */
static bool is_directory(const char *path)
{
	struct stat here, there;

	if (!path || path[0] != '/')
		return false;
	for (const char *at = path; (at = strstr(at, "/.")) != NULL; at++) {
		const char *end = at[2] == '.' ? at + 3 : at + 2;
		if (*end == '/' || *end == '\0')
			return false;
	}
	return stat(path, &there) == 0 && stat(".", &here) == 0 && here.st_dev == there.st_dev &&
	       here.st_ino == there.st_ino;
}

static void begin_directory(struct shell *sh)
{
	const char *given = variable_get(sh, "PWD");

	if (is_directory(given)) {
		sh->directory = memory_copy(given, strlen(given));
		return;
	}
	sh->directory = getcwd(NULL, 0);
	if (sh->directory)
		(void)variable_put(sh, "PWD", sh->directory);
	else if (given)
		(void)variable_unset(sh, symbol_find(&sh->symbols, "PWD", 3), (struct place){ 0 });
}

static void put_default(struct shell *sh, const char *name, const char *value)
{
	if (!variable_get(sh, name))
		(void)variable_put(sh, name, value);
}

/* A variable that the environment has no say in. */
static void put_own(struct shell *sh, const char *name, const char *value)
{
	struct symbol *symbol = symbol_get(&sh->symbols, name, strlen(name));

	symbol->variable.flags &= (uint8_t)~VARIABLE_EXPORTED;
	(void)variable_put(sh, name, value);
}

void variables_begin(struct shell *sh, char **environment)
{
	char parent[24];

	import(sh, environment);
	variable_hooks_begin(sh);
	put_own(sh, "IFS", " \t\n");
	put_own(sh, "OPTIND", "1");
	(void)snprintf(parent, sizeof parent, "%d", (int)getppid());
	put_own(sh, "PPID", parent);
	put_default(sh, "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	put_default(sh, "PS1", geteuid() == 0 ? "# " : "$ ");
	put_default(sh, "PS2", "> ");
	put_default(sh, "PS4", "+ ");
	begin_directory(sh);
	sh->environment_is_right = false;
}

/* ---- what commands get ---- */

static char *entry_of(struct shell *sh, struct symbol *symbol)
{
	size_t length;
	const char *value = variable_value(sh, symbol, &length);
	char *entry = arena_get(&sh->environment_arena, symbol->length + length + 2);

	memcpy(entry, symbol->name, symbol->length);
	entry[symbol->length] = '=';
	memcpy(entry + symbol->length + 1, value, length + 1);
	return entry;
}

static bool is_seen(const struct symbol *symbol)
{
	return symbol->variable.flags & VARIABLE_EXPORTED && variable_is_set(&symbol->variable);
}

char **variables_environment(struct shell *sh)
{
	struct symbol *symbol;
	size_t n = sh->n_passed_on, position = 0, size = n + 64;

	if (sh->environment_is_right)
		return sh->environment;
	arena_done(&sh->environment_arena);
	char **entries = memory_resize(sh->environment, size * sizeof *entries);
	if (n > 0)
		memcpy(entries, sh->passed_on, n * sizeof *entries);
	while ((symbol = symbols_next(&sh->symbols, &position)) != NULL) {
		if (!is_seen(symbol))
			continue;
		if (n + 2 > size) {
			size *= 2;
			entries = memory_resize(entries, size * sizeof *entries);
		}
		entries[n++] = entry_of(sh, symbol);
	}
	entries[n] = NULL;
	sh->environment = entries;
	sh->n_environment = n;
	sh->environment_is_right = true;
	return entries;
}

char **variables_environment_with(struct shell *sh, char *const *entries, size_t n)
{
	char **all = variables_environment(sh);
	size_t n_all = sh->n_environment;
	char **with = arena_get(&sh->scratch, (n_all + n + 1) * sizeof *with);

	memcpy(with, all, n_all * sizeof *with);
	for (size_t i = 0; i < n; i++) {
		size_t length = (size_t)(strchr(entries[i], '=') - entries[i]) + 1;
		size_t at = 0;
		while (at < n_all && strncmp(with[at], entries[i], length) != 0)
			at++;
		with[at] = entries[i];
		n_all += at == n_all;
	}
	with[n_all] = NULL;
	return with;
}
