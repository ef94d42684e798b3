/* SPDX-License-Identifier: MIT */
#pragma once

#include "filter/keeper.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * One input: what was read of it, cut into chunks of whole lines. How it is read is up to others,
 * which put bytes at source_room() and tell with source_add().
 */

/* What a chunk is asked to be like. */
struct source_limits {
	char eol;
	size_t max_line;
};

/* Lines of an input that follow each other. */
struct chunk {
	const char *bytes;
	size_t length;
	uint64_t offset; /* of its first byte in the input */
	bool is_cut;     /* one line, without its end: it was too long */
};

/* What the lines before have to do with the next ones. */
struct progress {
	uint64_t n_lines; /* in front of the next chunk */
	uint64_t n_selected;
	uint64_t after_left; /* lines of context still to be shown */
	uint64_t behind;     /* the offset behind the last selected line that was shown */
	uint64_t gap;        /* lines not shown since the last one that was: at least so many */
	bool has_shown;      /* a line of this input */
	bool in_time;        /* the last time that was seen is one asked for */
	struct keeper kept;  /* lines that may become context */
};

struct source {
	const char *name;
	int fd;         /* -1: none */
	bool is_done;   /* nothing more of it is wanted */
	bool is_at_end; /* nothing more comes */
	bool is_listed; /* its name was shown, with -l */
	uint64_t n_cut;
	uint64_t offset; /* of bytes[first] in the input */
	char *bytes;
	size_t first; /* bytes[first..last) are not taken yet */
	size_t last;
	size_t size;
	size_t searched; /* no end of a line lies before it, from first on */
	bool has_grown;  /* the pipe behind it was made larger, if it is one */
	bool is_passing; /* until the end of a line that was cut */
	struct progress progress;
};

void source_init(struct source *source, const char *name, bool is_in_time);
void source_done(struct source *source);

/* Makes room for that much behind what is there, and returns it. */
char *source_room(struct source *source, size_t room);
void source_add(struct source *source, size_t length);

/* Takes the next whole lines, at the end of the input also a line without its end. */
bool source_take(
	struct source *source, const struct source_limits *limits, struct chunk *ret_chunk);

/* The lines so far are over, as if they had ended: the next byte begins a line. */
bool source_take_rest(
	struct source *source, const struct source_limits *limits, struct chunk *ret_chunk);
