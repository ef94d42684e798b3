/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Which file is our own program now, after it may have been replaced on disk.
 */

#include <stdbool.h>
#include <stddef.h>

/* What is known about the start of this process. */
struct brood__own_start {
	const char *exec_path; /* as it was given to execve (AT_EXECFN); NULL: not known */
	const char *link;      /* what own_link leads to; NULL: no /proc */
	const char *own_link;  /* BROOD__OWN_LINK, or that of a thread */
	const char
		*arguments; /* /proc/self/cmdline: n_arguments bytes, each argument with its NUL */
	size_t n_arguments;
	bool is_secure; /* AT_SECURE: whoever has started us must not choose what we execute */
};

#define BROOD__OWN_LINK "/proc/self/exe"

/* The first thread's files say nothing any more when it has ended before the others. */
#define BROOD__OWN_LINK_OF_THREAD      "/proc/thread-self/exe"
#define BROOD__OWN_ARGUMENTS           "/proc/self/cmdline"
#define BROOD__OWN_ARGUMENTS_OF_THREAD "/proc/thread-self/cmdline"

/* Removes " (deleted)", which the kernel adds. Returns the length that is left. */
size_t brood__own_path_clean(const char *link, size_t length);

/* Whether we came by the #! of a script: it is among the first arguments then. */
bool brood__own_is_script(const struct brood__own_start *start);

/*
 * Decides, from these texts alone, which path to take. Returns 0, with the path in ret_path, which
 * has room for PATH_MAX bytes; -ENOENT: none can be found; -ENAMETOOLONG.
 */
int brood__own_path(const struct brood__own_start *start, char *ret_path);
