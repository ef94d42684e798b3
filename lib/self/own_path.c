/* SPDX-License-Identifier: MIT */
/* Our own program's path: texts only, nothing here looks at a file. */

#include "self/own_path.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#define DELETED " (deleted)"

size_t brood__own_path_clean(const char *link, size_t length)
{
	size_t n = strlen(DELETED);
	if (length > n && memcmp(link + length - n, DELETED, n) == 0)
		return length - n;
	return length;
}

static bool begins_with(const char *text, const char *beginning)
{
	return strncmp(text, beginning, strlen(beginning)) == 0;
}

/*
 * The kernel puts the path of a script behind the interpreter, and behind the one argument that its
 * first line may have.
 */
bool brood__own_is_script(const struct brood__own_start *start)
{
	if (!start->exec_path)
		return false;
	size_t at = 0;
	for (int i = 0; i < 3 && at < start->n_arguments; i++) {
		const char *argument = start->arguments + at;
		size_t length = strnlen(argument, start->n_arguments - at);
		if (i > 0 && length == strlen(start->exec_path) &&
			memcmp(argument, start->exec_path, length) == 0)
			return true;
		at += length + 1;
	}
	return false;
}

/* A relative one means something else in another directory; one below /proc or /dev/fd is that of a
 * descriptor. */
static bool is_lasting(const char *path)
{
	return path[0] == '/' && !begins_with(path, "/proc/") && !begins_with(path, "/dev/fd/");
}

static int give(char *ret_path, const char *path, size_t length)
{
	if (length >= PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(ret_path, path, length);
	ret_path[length] = '\0';
	return 0;
}

int brood__own_path(const struct brood__own_start *start, char *ret_path)
{
	const char *link = start->link;
	bool has_path = link && link[0] == '/' && !begins_with(link, "/memfd:");
	if (start->is_secure || (link && !has_path))
		return link ? give(ret_path, start->own_link, strlen(start->own_link)) : -ENOENT;
	if (start->exec_path && is_lasting(start->exec_path) && !brood__own_is_script(start))
		return give(ret_path, start->exec_path, strlen(start->exec_path));
	if (!has_path)
		return -ENOENT;
	return give(ret_path, link, brood__own_path_clean(link, strlen(link)));
}
