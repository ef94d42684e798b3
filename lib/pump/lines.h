/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Output line by line: bytes are read into one buffer, lines are handed out from where they lie.
 */

#include <brood/io.h>
#include <stddef.h>

struct brood__lines {
	brood_line_fn function;
	void *data;
	size_t longest;
	char *buffer;
	size_t capacity;
	size_t start;   /* where the unfinished line begins */
	size_t scanned; /* up to where there is no newline */
	size_t end;     /* of what was read */
	bool continued; /* a piece of the unfinished line was handed out */
};

void brood__lines_init(
	struct brood__lines *lines, brood_line_fn function, void *data, size_t longest);

/* Where the next bytes may be read to. Returns 0 or -ENOMEM. */
int brood__lines_space(struct brood__lines *lines, char **ret_at, size_t *ret_size);

/* Hands out the lines that n more bytes complete. Returns what the function does, 0: go on. */
int brood__lines_advance(struct brood__lines *lines, size_t n);

/* Hands out what stands behind the last newline. */
int brood__lines_finish(struct brood__lines *lines);

void brood__lines_done(struct brood__lines *lines);
