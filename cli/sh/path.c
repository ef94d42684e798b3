/* SPDX-License-Identifier: MIT */
/* Where programs are: along PATH, remembered in the symbols of their names. */
#include "common/exit_code.h"
#include "common/memory.h"
#include "sh/interp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Returns 0; 126: it is there, but may not be executed; 127: it is not there. */
static int look(const char *path)
{
	struct stat status;

	if (faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) < 0) {
		if (errno != EACCES || stat(path, &status) < 0 || !S_ISREG(status.st_mode))
			return EXIT_NOT_FOUND;
		return EXIT_CANNOT;
	}
	/* Directories can be "executed" as well. */
	return stat(path, &status) == 0 && S_ISREG(status.st_mode) ? 0 : EXIT_NOT_FOUND;
}

/* directory/name; an empty directory is the current one. */
static char *join(struct shell *sh, const char *directory, size_t length, const char *name)
{
	size_t name_length = strlen(name);
	char *path = arena_get(&sh->scratch, length + name_length + 2);

	memcpy(path, directory, length);
	if (length > 0 && path[length - 1] != '/')
		path[length++] = '/';
	memcpy(path + length, name, name_length + 1);
	return path;
}

int command_find_along(
	struct shell *sh, const char *search_path, const char *name, const char **ret_path)
{
	int result = EXIT_NOT_FOUND;

	if (!*name)
		return result;
	for (const char *at = search_path; at;) {
		const char *colon = strchrnul(at, ':');
		struct arena_mark mark = arena_mark(&sh->scratch);
		char *path = join(sh, at, (size_t)(colon - at), name);
		int r = look(path);
		if (r == 0) {
			*ret_path = path;
			return 0;
		}
		if (r == EXIT_CANNOT)
			result = r;
		arena_release(&sh->scratch, mark);
		at = *colon ? colon + 1 : NULL;
	}
	return result;
}

/* What is found through a relative element is another file after a `cd`. */
static void remember(struct shell *sh, const char *name, const char **path)
{
	if ((*path)[0] != '/')
		return;
	struct symbol *symbol = symbol_get(&sh->symbols, name, strlen(name));
	free(symbol->path);
	symbol->path = memory_copy(*path, strlen(*path));
	symbol->path_hits = 1;
	*path = symbol->path;
}

int command_find(struct shell *sh, const char *name, unsigned command_flags, const char **ret_path)
{
	if (strchr(name, '/')) {
		*ret_path = name;
		return 0;
	}
	if (command_flags & COMMAND_DEFAULT_PATH)
		return command_find_along(sh, COMMAND_STANDARD_PATH, name, ret_path);
	struct symbol *symbol = symbol_find(&sh->symbols, name, strlen(name));
	if (symbol && symbol->path) {
		symbol->path_hits++;
		*ret_path = symbol->path;
		return 0;
	}
	const char *search_path = variable_get(sh, "PATH");
	int r = command_find_along(sh, search_path ? search_path : "", name, ret_path);
	if (r == 0)
		remember(sh, name, ret_path);
	return r;
}

void command_forget(struct shell *sh)
{
	const char *search_path = variable_get(sh, "PATH");
	size_t position = 0;
	struct symbol *symbol;

	sh->has_no_path = !search_path || !*search_path;
	while ((symbol = symbols_next(&sh->symbols, &position)) != NULL) {
		free(symbol->path);
		symbol->path = NULL;
		symbol->path_hits = 0;
	}
}
