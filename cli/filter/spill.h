/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * A file in which bytes wait until the output takes them, in their order. When all have been taken
 * it is emptied.
 */

struct spill {
	const char *path; /* borrowed */
	int fd;           /* -1: none */
	off_t read;       /* what lies before was taken */
	off_t end;
};

/* Opens the file, made if need be, which must be empty: what is in it is somebody's. Returns 0;
   -EEXIST: it is not empty; -errno. */
int spill_open(struct spill *spill, const char *path);

/* Returns 0 or -errno; then nothing was added. */
int spill_add(struct spill *spill, const char *bytes, size_t length);

/* Returns how many bytes were taken, 0 if there are none, or -errno. */
ssize_t spill_take(struct spill *spill, char *buffer, size_t room);

bool spill_is_empty(const struct spill *spill);

/* Removes the file if it is empty, and cuts off what was taken if it is not. */
void spill_close(struct spill *spill);
