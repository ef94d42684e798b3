/* SPDX-License-Identifier: MIT */
#include "common/memory.h"
#include "common/message.h"
#include "sh/builtins/list.h"
#include "sh/undo.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static char *join(struct shell *sh, const char *front, size_t n, const char *back)
{
	size_t length = strlen(back);
	bool needs_slash = n > 0 && front[n - 1] != '/';
	char *path = arena_get(&sh->scratch, n + length + 2);

	memcpy(path, front, n);
	if (needs_slash)
		path[n++] = '/';
	memcpy(path + n, back, length + 1);
	return path;
}

/* What CDPATH makes of it; NULL: nothing. An empty element is the working directory, which is not
   told of. */
static char *search(struct shell *sh, const char *operand, bool *ret_is_told)
{
	const char *at = variable_get(sh, "CDPATH");

	while (at) {
		size_t n = strcspn(at, ":");
		char *path = n == 0 ? join(sh, "./", 2, operand) : join(sh, at, n, operand);
		*ret_is_told = n > 0;
		if (is_directory(path))
			return path;
		at = at[n] == ':' ? at + n + 1 : NULL;
	}
	return NULL;
}

static bool is_relative_to_here(const char *operand)
{
	size_t n = strcspn(operand, "/");

	return (n == 1 && operand[0] == '.') || (n == 2 && operand[0] == '.' && operand[1] == '.');
}

/* Takes . and .. and double slashes out of an absolute path, in place. Before a .. there must be a
   directory. Returns 0; -1 with errno. */
static int clean(char *path)
{
	char *to = path;

	for (char *at = path; *at;) {
		at += strspn(at, "/");
		size_t n = strcspn(at, "/");
		if (n == 0 || (n == 1 && at[0] == '.')) {
			at += n;
			continue;
		}
		if (n == 2 && at[0] == '.' && at[1] == '.') {
			char *rest = at + n, kept = *to;
			*to = '\0';
			if (to > path && !is_directory(path)) {
				errno = ENOENT;
				return -1;
			}
			*to = kept;
			while (to > path && *--to != '/')
				;
			at = rest;
			continue;
		}
		*to++ = '/';
		memmove(to, at, n);
		to += n;
		at += n;
	}
	if (to == path)
		*to++ = '/';
	*to = '\0';
	return 0;
}

/* Changes to it logically. Returns the new PWD, in scratch memory; NULL with errno. */
static const char *change_logically(struct shell *sh, const char *path)
{
	char *whole = path[0] == '/' ? join(sh, "", 0, path)
				     : join(sh, sh->directory, strlen(sh->directory), path);
	/* Two slashes at the beginning, and no more, may mean something else. */
	bool has_two = whole[0] == '/' && whole[1] == '/' && whole[2] != '/';

	if (clean(whole) < 0)
		return NULL;
	if (has_two)
		whole = join(sh, "/", 1, whole);
	if (chdir(whole) == 0)
		return whole;
	/* Too long as a whole it may be reached from here. */
	if (errno != ENAMETOOLONG || path[0] == '/' || chdir(path) < 0)
		return NULL;
	return whole;
}

static int tell(struct shell *sh, const char *directory)
{
	output_string(sh, directory);
	output_character(sh, '\n');
	return 0;
}

static void remember(struct shell *sh, const char *directory)
{
	const char *old = variable_get(sh, "PWD");

	/* A read-only one stays as it is, and says so. */
	if (old)
		(void)variable_put(sh, "OLDPWD", old);
	(void)variable_put(sh, "PWD", directory ? directory : "");
	char *copy = directory ? memory_copy(directory, strlen(directory)) : NULL;
	free(sh->directory);
	sh->directory = copy;
}

static int go(
	struct shell *sh, const char *operand, const char *path, bool is_physical, bool is_strict)
{
	const char *directory = NULL;

	undo_save_directory(sh);
	if (!is_physical && sh->directory) {
		directory = change_logically(sh, path);
		if (!directory)
			return builtin_error_at(
				sh, operand, "%s: %s", operand, message_errno(errno));
		remember(sh, directory);
		return 0;
	}
	if (chdir(path) < 0)
		return builtin_error_at(sh, operand, "%s: %s", operand, message_errno(errno));
	char *here = getcwd(NULL, 0);
	remember(sh, here);
	if (!here && is_strict) {
		(void)builtin_error_at(sh, operand, "%s: where that is cannot be found out: %s",
			operand, message_errno(errno));
		return 1;
	}
	free(here);
	return 0;
}

/* Where to; NULL after having said what is wrong. */
static const char *destination(struct shell *sh, const char *operand)
{
	const char *name = operand ? "OLDPWD" : "HOME";

	if (operand && strcmp(operand, "-") != 0)
		return operand;
	const char *value = variable_get(sh, name);
	if (!value || !*value) {
		(void)builtin_error_at(sh, operand, "%s is not set", name);
		return NULL;
	}
	return value;
}

int builtin_cd(struct shell *sh, int argc, char **argv, enum control *control)
{
	struct builtin_options options = { .next = 1 };
	bool is_physical = false, is_strict = false;
	int letter;

	(void)control;
	while ((letter = builtin_option(sh, argc, argv, "LPe", &options)) != -1) {
		if (letter == '?')
			return 2;
		if (letter == 'e')
			is_strict = true;
		else
			is_physical = letter == 'P';
	}
	if (argc - options.next > 1)
		return builtin_usage_at(sh, argv[argc - 1], "too many operands");
	const char *operand = options.next < argc ? argv[options.next] : NULL;
	if (operand && *operand == '\0')
		return builtin_error_at(sh, operand, "\"\" is no directory");
	const char *path = destination(sh, operand);
	if (!path)
		return 1;
	bool is_told = operand && strcmp(operand, "-") == 0;
	if (operand && !is_told && path[0] != '/' && !is_relative_to_here(path)) {
		const char *found = search(sh, path, &is_told);
		is_told = found && is_told;
		path = found ? found : path;
	}
	int status = go(sh, path, path, is_physical, is_strict && is_physical);
	if (status == 0 && is_told && sh->directory)
		return tell(sh, sh->directory);
	return status;
}

int builtin_pwd(struct shell *sh, int argc, char **argv, enum control *control)
{
	struct builtin_options options = { .next = 1 };
	bool is_physical = false;
	struct stat here, there;
	int letter;

	(void)control;
	while ((letter = builtin_option(sh, argc, argv, "LP", &options)) != -1) {
		if (letter == '?')
			return 2;
		is_physical = letter == 'P';
	}
	const char *known = variable_get(sh, "PWD");
	bool is_right = !is_physical && sh->directory && known &&
			strcmp(known, sh->directory) == 0 && stat(known, &there) == 0 &&
			stat(".", &here) == 0 && here.st_dev == there.st_dev &&
			here.st_ino == there.st_ino;
	if (!is_physical && !is_right && sh->directory && stat(sh->directory, &there) == 0 &&
		stat(".", &here) == 0)
		is_right = here.st_dev == there.st_dev && here.st_ino == there.st_ino;
	if (is_right)
		return tell(sh, sh->directory);
	char *path = getcwd(NULL, 0);
	if (!path)
		return builtin_error(
			sh, "where we are cannot be found out: %s", message_errno(errno));
	tell(sh, path);
	free(path);
	return 0;
}
