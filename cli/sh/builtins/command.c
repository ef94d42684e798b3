/* SPDX-License-Identifier: MIT */
/* command and type */
#include "common/exit_code.h"
#include "sh/alias.h"
#include "sh/builtins/list.h"
#include "sh/interp.h"
#include "sh/parser.h"
#include "sh/print.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- what a name means ---- */

static void write_alias(struct shell *sh, const struct symbol *symbol, bool is_brief)
{
	struct text text = { 0 };

	if (is_brief) {
		text_string(&text, "alias ");
		text_format(&text, "%s=", symbol->name);
		print_always_quoted(&text, symbol->alias);
	} else {
		text_format(&text, "%s is an alias for %s", symbol->name, symbol->alias);
	}
	text_string(&text, "\n");
	output_bytes(sh, text.bytes, text.length);
	text_done(&text);
}

static bool is_executable(const char *path)
{
	struct stat status;

	return access(path, X_OK) == 0 && stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/* Returns whether there is such a program. */
static bool write_path(
	struct shell *sh, const char *name, unsigned command_flags, bool is_brief, bool is_builtin)
{
	const char *path = NULL;

	if (strchr(name, '/')) {
		if (!is_executable(name))
			return false;
		path = name;
	} else if (command_find(sh, name, command_flags, &path) != 0) {
		return false;
	}
	const char *directory = path[0] == '/' || !sh->directory ? "" : sh->directory;
	const char *slash = *directory ? "/" : "";
	if (is_brief)
		output_format(sh, "%s%s%s\n", directory, slash, path);
	else
		output_format(sh,
			is_builtin ? "%s is a shell builtin (%s%s%s)\n" : "%s is %s%s%s\n", name,
			directory, slash, path);
	return true;
}

static bool write_word(struct shell *sh, const char *name, bool is_brief, const char *what)
{
	if (is_brief)
		output_format(sh, "%s\n", name);
	else
		output_format(sh, "%s is %s\n", name, what);
	return true;
}

/* Writes what the name means, or (is_brief) the name or path itself. Returns whether it means
   anything. */
static bool describe(struct shell *sh, const char *name, unsigned command_flags, bool is_brief)
{
	const struct symbol *symbol = symbol_find(&sh->symbols, name, strlen(name));
	const struct builtin *builtin = symbol ? symbol->builtin : NULL;

	if (is_reserved_word(name, strlen(name)))
		return write_word(sh, name, is_brief, "a shell keyword");
	if (symbol && symbol->alias) {
		write_alias(sh, symbol, is_brief);
		return true;
	}
	if (builtin && builtin->kind == BUILTIN_SPECIAL)
		return write_word(sh, name, is_brief, "a special shell builtin");
	if (symbol && symbol->function)
		return write_word(sh, name, is_brief, "a shell function");
	if (builtin && builtin->flags & BUILTIN_ON_PATH &&
		write_path(sh, name, command_flags, is_brief, builtin != NULL))
		return true;
	if (builtin)
		return write_word(sh, name, is_brief, "a shell builtin");
	return write_path(sh, name, command_flags, is_brief, builtin != NULL);
}

/* ---- the built-ins ---- */

/* `command NAME` itself is taken apart in simple.c; what comes here asks about names, or has none.
 */
int builtin_command(struct shell *sh, int argc, char **argv, enum control *control)
{
	struct builtin_options options = { .next = 1 };
	unsigned flags = 0;
	bool is_brief = false, is_long = false;
	int letter, status = 0;

	while ((letter = builtin_option(sh, argc, argv, "pvV", &options)) != -1) {
		if (letter == '?')
			return 2;
		flags |= letter == 'p' ? COMMAND_DEFAULT_PATH : 0;
		is_brief |= letter == 'v';
		is_long |= letter == 'V';
	}
	if (!is_brief && !is_long) {
		if (options.next >= argc)
			return 0;
		*control = run_words(sh, argv + options.next, (size_t)(argc - options.next),
			flags | COMMAND_NO_FUNCTIONS | COMMAND_PLAIN, 0);
		return sh->status;
	}
	for (int i = options.next; i < argc; i++) {
		if (describe(sh, argv[i], flags, !is_long))
			continue;
		status = EXIT_NOT_FOUND;
		if (is_long)
			(void)builtin_error_at(sh, argv[i], "%s: not found", argv[i]);
	}
	return status;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): all built-ins look alike */
int builtin_type(struct shell *sh, int argc, char **argv, enum control *control)
{
	struct builtin_options options = { .next = 1 };
	int status = 0;

	(void)control;
	if (builtin_option(sh, argc, argv, "", &options) == '?')
		return 2;
	for (int i = options.next; i < argc; i++) {
		if (!describe(sh, argv[i], 0, false)) {
			(void)builtin_error_at(sh, argv[i], "%s: not found", argv[i]);
			status = EXIT_NOT_FOUND;
		}
	}
	return status;
}
