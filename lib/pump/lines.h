/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Output line by line: bytes are read into one buffer, lines are handed out from where they lie.
 * They are either pushed to a function (_advance, _finish) or pulled (_come, _end, _take), never
 * both.
 */

#include <brood/io.h>
#include <stdbool.h>
#include <stddef.h>

struct brood__lines {
	brood_line_fn function;
	void *data;
	size_t longest;
	char *buffer;
	size_t capacity;
	size_t start;   /* where the unfinished line begins */
	size_t scanned; /* up to where there is no newline; pulled: the first newline, or end */
	size_t end;     /* of what was read */
	bool continued; /* a piece of the unfinished line was handed out */
	bool at_end;    /* pulled: nothing more comes */
};

void brood__lines_init(
	struct brood__lines *lines, brood_line_fn function, void *data, size_t longest);

/* Where the next bytes may be read to. Returns 0 or -ENOMEM. */
int brood__lines_space(struct brood__lines *lines, char **ret_at, size_t *ret_size);

/* Hands out the lines that n more bytes complete. Returns what the function does, 0: go on. */
int brood__lines_advance(struct brood__lines *lines, size_t n);

/* The same for bytes from elsewhere, which are copied; or -ENOMEM. */
int brood__lines_add(struct brood__lines *lines, const char *bytes, size_t n);

/* Hands out what stands behind the last newline. */
int brood__lines_finish(struct brood__lines *lines);

/* Pulled: says that n bytes were read to the space. */
void brood__lines_come(struct brood__lines *lines, size_t n);

/* Pulled: nothing more comes, so that the unfinished line can be taken too. */
void brood__lines_end(struct brood__lines *lines);

/* Whether there is a line, or a piece of one, to be taken. */
bool brood__lines_has(const struct brood__lines *lines);

/* Takes it; valid until the next call of brood__lines_space(). Returns whether there was one. */
bool brood__lines_take(
	struct brood__lines *lines, const char **ret_line, size_t *ret_length, uint32_t *ret_flags);

/* Pulled, when nothing can be taken: drops the unfinished line. Returns whether there was one. */
bool brood__lines_drop(struct brood__lines *lines);

void brood__lines_done(struct brood__lines *lines);
