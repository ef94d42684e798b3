/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>

/*
 * Files of variables, a line each:
 *
 *	# a comment
 *	NAME=value            blanks around the value go; " #" begins a comment
 *	export NAME=value     the word export is passed over
 *	NAME='as it is'       may go over several lines
 *	NAME="a\tb"           \n \r \t \" \\ \$ are what they are elsewhere; may do so too
 *	NAME                  keeps the variable that we have ourselves, as docker does
 *
 * Nothing is expanded: $ stands for itself.
 */

struct env_file_error {
	size_t line;
	size_t column; /* in bytes, from 1 */
	const char *what;
};

/* Is handed each entry: "NAME=value" or "NAME". */
typedef void (*env_file_fn)(void *data, const char *entry);

/* Returns 0; -EINVAL, and *error says where and why. Entries before the error were handed over. */
int env_file_parse(const char *bytes, size_t length, env_file_fn take, void *data,
	struct env_file_error *error);
