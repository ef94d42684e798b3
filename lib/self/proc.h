/* SPDX-License-Identifier: MIT */
#pragma once

/* What /proc says of ourselves. */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Reads a whole file, with a NUL behind it. Returns its length and sets *ret_text, for free(3);
 * -errno. */
ssize_t brood__proc_read(const char *path, char **ret_text);

/* Reads where a link leads, with a NUL behind it. Returns the length or -errno; -ENAMETOOLONG. */
ssize_t brood__proc_link(const char *path, char *to, size_t size);

/* Reads where our own program's link leads, as above, and sets *ret_link to the link itself. */
ssize_t brood__proc_own_link(char *to, size_t size, const char **ret_link);

/* The number behind a word at the beginning of a line ("Umask:", base 8). UINT64_MAX: none. */
uint64_t brood__proc_field(const char *text, const char *word, int base);

/* Field 22 of a stat file: behind the name, which may hold anything. UINT64_MAX: none. */
uint64_t brood__proc_start(const char *text);
