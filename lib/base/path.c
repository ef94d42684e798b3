/* SPDX-License-Identifier: MIT */
/* Lexical work on paths. */

#include "base/path.h"

#include <string.h>

size_t brood__path_clean(char *to, const char *path)
{
	size_t root = path[0] == '/' ? 1 : 0; /* what no ".." takes back */
	size_t length = root;
	size_t floor = root;

	/* What is written never overtakes what is read, so that `to` may be `path`. */
	while (*path) {
		size_t n = strcspn(path, "/");
		bool is_parent = n == 2 && path[0] == '.' && path[1] == '.';
		if (is_parent && length > floor) {
			while (length > floor && to[--length] != '/')
				continue;
		} else if (n > 0 && !(n == 1 && path[0] == '.') && !(is_parent && root)) {
			if (length > root)
				to[length++] = '/';
			memmove(to + length, path, n);
			length += n;
			if (is_parent)
				floor = length;
		}
		path += n;
		path += *path == '/';
	}
	if (root)
		to[0] = '/';
	else if (length == 0)
		to[length++] = '.';
	to[length] = '\0';
	return length;
}
