/* SPDX-License-Identifier: MIT */
#pragma once

#include "sh/source.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Where commands are read from, line by line: a string, a file, standard input, a terminal. At most
 * what belongs to the commands parsed so far is taken from standard input: from a file by going
 * back, from anything else byte by byte, so that a command finds the rest.
 */
struct shell;
struct input;

/* text lives as long as the input. */
struct input *input_of_string(struct source *source, const char *text, size_t length);
/* What comes now begins at that place of the source. */
void input_begin_at(struct input *input, struct place place);
/* Takes over the descriptor (which is moved to 10 or above, close-on-exec) unless it is 0. */
struct input *input_of_fd(struct source *source, int fd);
/* A terminal: shows PS1 or PS2 before each line. */
struct input *input_of_terminal(struct source *source);
void input_free(struct input *input);

/* Its descriptor, which may be moved. */
int *input_fd(struct input *input);
struct source *input_source(const struct input *input);
struct place input_beginning(const struct input *input);
/* Whether nothing follows the lines that were given, as far as that is known: of strings. */
bool input_is_over(const struct input *input);

/*
 * The next line, with its newline (the last one may have none). Returns its bytes, valid until the
 * next call of this or of `read`, and sets *ret_length (not 0); NULL: the end, or reading failed
 * (*ret_error is its errno, 0 at the end). NUL bytes are left out, with one warning. `set -v` shows
 * it.
 * is_continued: a command has begun (PS2).
 */
const char *input_line(struct shell *sh, struct input *input, bool is_continued, size_t *ret_length,
	int *ret_error);

/* Forgets the rest of the current line, after an error at a prompt. */
void input_forget_line(struct input *input);
