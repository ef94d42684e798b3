/* SPDX-License-Identifier: MIT */
#pragma once

/* How /bin/sh runs a script that execve does not know. */

#include <stddef.h>
#include <stdint.h>

/* execvp's rule: sh, the script, then the arguments behind argv[0], of which there are n with that
 * one. to has room for n + 2. */
static inline void brood__shell_argv(char **to, const char *path, char *const *argv, size_t n)
{
	static char shell[] = "sh";
	to[0] = shell;
	to[1] = (char *)(uintptr_t)path;
	for (size_t i = 1; i < n; i++)
		to[i + 1] = argv[i];
	to[n + 1] = NULL;
}
