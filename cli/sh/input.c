/* SPDX-License-Identifier: MIT */
#include "sh/input.h"

#include "common/memory.h"
#include "common/message.h"
#include "common/text.h"
#include "sh/expand.h"
#include "sh/jobs.h"
#include "sh/reader.h"
#include "sh/redirect.h"
#include "sh/shell.h"
#include "sh/traps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of files; standard input is read by reader.c. */
#define BLOCK 16384

struct input {
	struct source *source;
	struct place beginning;
	const char *string; /* not NULL: what is left of it */
	size_t string_length;
	bool has_prompt;
	bool is_continued; /* the line that is being read: PS2 */
	int fd;            /* 0: standard input, as `read` reads it */
	/* Of other descriptors: */
	char *block;
	size_t size, used, length;
	/* A line that could not be given as it lies in a block. */
	struct text line;
	uint32_t n_lines; /* that were given */
	bool has_warned;  /* of NUL bytes */
};

static struct input *make_input(struct source *source, int fd)
{
	struct input *input = memory_get(sizeof *input);

	*input = (struct input){
		.source = source_hold(source),
		.beginning = { source->first_line, 1 },
		.fd = fd,
	};
	return input;
}

void input_begin_at(struct input *input, struct place place)
{
	input->beginning = place;
	input->n_lines = 0;
}

struct input *input_of_string(struct source *source, const char *text, size_t length)
{
	struct input *input = make_input(source, -1);

	input->string = text;
	input->string_length = length;
	return input;
}

struct input *input_of_fd(struct source *source, int fd)
{
	if (fd > 0) {
		int moved = fd_move_high(fd);
		/* -1 fails when it is read. */
		fd = moved < 0 ? -1 : moved;
	}
	return make_input(source, fd);
}

struct input *input_of_terminal(struct source *source)
{
	struct input *input = make_input(source, STDIN_FILENO);

	input->has_prompt = true;
	return input;
}

void input_free(struct input *input)
{
	if (input == NULL)
		return;
	source_drop(input->source);
	free(input->block);
	text_done(&input->line);
	if (input->fd > 2)
		close(input->fd);
	free(input);
}

int *input_fd(struct input *input)
{
	return &input->fd;
}

struct source *input_source(const struct input *input)
{
	return input->source;
}

struct place input_beginning(const struct input *input)
{
	return input->beginning;
}

bool input_is_over(const struct input *input)
{
	if (input->string == NULL)
		return false;
	for (size_t i = 0; i < input->string_length; i++) {
		if (strchr(" \t\n", input->string[i]) == NULL || input->string[i] == '\0')
			return false;
	}
	return true;
}

void input_forget_line(struct input *input)
{
	input->line.length = 0;
}

/* ---- a string ---- */

static const char *string_line(struct input *input, size_t *ret_length)
{
	const char *line = input->string;
	size_t length = input->string_length;

	if (length == 0)
		return NULL;
	const char *newline = memchr(line, '\n', length);
	if (newline != NULL)
		length = (size_t)(newline - line) + 1;
	input->string += length;
	input->string_length -= length;
	*ret_length = length;
	return line;
}

/* ---- a file ---- */

/* Returns 1 if there is more in the block now; 0 at the end; -1 with errno. */
static int fill_block(struct input *input)
{
	ssize_t n;

	if (input->block == NULL) {
		input->block = memory_get(BLOCK);
		input->size = BLOCK;
	}
	do {
		n = read(input->fd, input->block, input->size);
	} while (n < 0 && errno == EINTR);
	input->used = 0;
	input->length = n > 0 ? (size_t)n : 0;
	return n > 0 ? 1 : n == 0 ? 0 : -1;
}

/* What is in the block up to and with the next newline; 0: nothing is. */
static size_t block_run(struct input *input, const char **ret_bytes)
{
	size_t length = input->length - input->used;

	if (length == 0)
		return 0;
	const char *from = input->block + input->used;
	const char *newline = memchr(from, '\n', length);
	if (newline != NULL)
		length = (size_t)(newline - from) + 1;
	input->used += length;
	*ret_bytes = from;
	return length;
}

/* ---- lines of both kinds ---- */

static size_t take_run(struct shell *sh, struct input *input, const char **ret_bytes)
{
	return input->fd == STDIN_FILENO ? reader_run(sh, '\n', ret_bytes)
					 : block_run(input, ret_bytes);
}

static void show_prompt(struct shell *sh, bool is_continued);

/* At a prompt, signals are seen to while nothing has been typed. Returns 0, or -1 with EINTR: what
   was typed of the command is forgotten, or traps are due. */
static int wait_for_typing(struct shell *sh, const struct input *input)
{
	int signal;

	while ((signal = traps_wait_readable(sh, STDIN_FILENO, input->is_continued,
			sh->options[OPTION_NOTIFY] && !input->is_continued)) != 0) {
		if (signal != SIGCHLD || traps_get(sh, SIGCHLD)) {
			errno = EINTR;
			return -1;
		}
		if (jobs_notify(sh, true))
			show_prompt(sh, false);
	}
	return 0;
}

/* Makes take_run() give something. Returns 1; 0 at the end; -1 with errno. A first byte that comes
   alone is added to the line. */
static int fill(struct shell *sh, struct input *input)
{
	if (input->fd != STDIN_FILENO)
		return fill_block(input);
	int byte;
	do {
		if (input->has_prompt && wait_for_typing(sh, input) < 0)
			return -1;
		byte = reader_byte(sh, '\n');
	} while (byte == -2 && errno == EINTR);
	if (byte < 0)
		return byte == -1 ? 0 : -1;
	text_add(&input->line, &(char){ (char)byte }, 1);
	return 1;
}

static bool is_line(const char *bytes, size_t length)
{
	return length > 0 && bytes[length - 1] == '\n';
}

/* Gathers a line; gives it where it lies if it is in one piece. NULL: see *ret_error. */
static const char *gather(struct shell *sh, struct input *input, size_t *ret_length, int *ret_error)
{
	struct text *line = &input->line;

	line->length = 0;
	for (;;) {
		const char *bytes = NULL;
		size_t length = take_run(sh, input, &bytes);
		if (line->length == 0 && is_line(bytes, length)) {
			*ret_length = length;
			return bytes;
		}
		if (length > 0)
			text_add(line, bytes, length);
		if (is_line(line->bytes, line->length))
			break;
		int r = fill(sh, input);
		if (r < 0) {
			*ret_error = errno;
			return NULL;
		}
		if (r == 0 && line->length == 0)
			return NULL;
		if (r == 0 || is_line(line->bytes, line->length))
			break;
	}
	*ret_length = line->length;
	return line->bytes;
}

/* ---- what is done with a line ---- */

static void show_prompt(struct shell *sh, bool is_continued)
{
	const char *value = variable_get(sh, is_continued ? "PS2" : "PS1");

	if (value == NULL)
		return;
	struct arena_mark mark = arena_mark(&sh->scratch);
	const char *prompt = expand_prompt(sh, value, !is_continued);
	(void)!write_all(STDERR_FILENO, prompt, strlen(prompt));
	arena_release(&sh->scratch, mark);
}

/* Leaves NUL bytes out: nothing in a shell can hold them. */
static const char *without_nul(
	struct shell *sh, struct input *input, const char *line, size_t *length)
{
	const char *first = memchr(line, '\0', *length);

	if (first == NULL)
		return line;
	struct place place = { input->beginning.line + input->n_lines,
		(uint32_t)(first - line) + 1 };
	if (!input->has_warned)
		shell_error_at(sh, input->source, place, "NUL bytes in shell text are left out");
	input->has_warned = true;
	if (line != input->line.bytes) {
		input->line.length = 0;
		text_add(&input->line, line, *length);
	}
	char *bytes = input->line.bytes;
	size_t kept = 0;
	for (size_t i = 0; i < *length; i++) {
		if (bytes[i] != '\0')
			bytes[kept++] = bytes[i];
	}
	*length = kept;
	return bytes;
}

const char *input_line(struct shell *sh, struct input *input, bool is_continued, size_t *ret_length,
	int *ret_error)
{
	const char *line;

	*ret_error = 0;
	if (input->string != NULL)
		return string_line(input, ret_length);
	input->is_continued = is_continued;
	if (input->has_prompt) {
		(void)output_flush(sh);
		show_prompt(sh, is_continued);
	}
	do {
		line = gather(sh, input, ret_length, ret_error);
		if (line == NULL)
			return NULL;
		line = without_nul(sh, input, line, ret_length);
		input->n_lines += is_line(line, *ret_length);
	} while (*ret_length == 0);
	if (sh->options[OPTION_VERBOSE])
		(void)!write_all(STDERR_FILENO, line, *ret_length);
	return line;
}
