/* SPDX-License-Identifier: MIT */
#pragma once

#include "run/config.h"
#include "run/stamp.h"
#include "run/tail.h"

#include <brood/brood.h>
#include <stdint.h>

/*
 * The way of the command's output when it goes through us: lines are stamped and prefixed, and
 * written to the terminal, to a file, or kept for the case that it fails.
 *
 *	output_open(&output, &config)
 *	output_connect(&output, &cmd)
 *	output_begin(&output)
 *	... the job runs ...
 *	output_finish(&output, delay)
 *	... and maybe another one ...
 *	output_close(&output)
 *
 * Everything that came in one piece goes out in one piece at once: nothing waits for a full buffer,
 * and a busy output is written in large blocks.
 */

/* One place where output goes. */
struct output_target {
	int fd;
	const char *name;    /* for messages; NULL: no such target */
	int error;           /* errno of what failed, 0: nothing */
	struct text pending; /* could not be written in time */
	uint64_t lost;       /* bytes that were too many even for that */
};

/* Standard output or standard error of the command. */
struct output_stream {
	struct output *output;
	struct output_target terminal;
	bool in_line;      /* its last line has no newline yet */
	struct text carry; /* the open line, for a file that both streams go to */
};

struct output {
	struct output_stream streams[2];
	struct output_target file;
	bool is_separate; /* standard error comes by itself */
	bool is_decorated;
	struct stamp stamp;
	struct text prefix;
	bool keeps_tail;
	struct tail tail;
	struct text mark;     /* what stands before each line now */
	struct text rendered; /* one chunk with its marks */
	int64_t last;         /* CLOCK_MONOTONIC, in nanoseconds, when something was there */
};

/* Whether the configuration needs any of this. */
bool output_is_needed(const struct run_config *config);

/* Returns 0, or -1 after having said what is wrong. */
int output_open(struct output *output, const struct run_config *config);

void output_connect(struct output *output, struct brood_cmd *cmd);

/* A job is about to start. */
void output_begin(struct output *output);

/* How long nothing has come; the time that we needed to write it does not count. */
brood_duration output_silence(const struct output *output);

/* The silence begins anew. */
void output_touch(struct output *output);

/* Writes out what is left, for at most that long once we are in a hurry. Returns 0, or the errno
   of what could not be written (which has been said, but for EPIPE). */
int output_finish(struct output *output, brood_duration delay);

/* No job comes any more. Returns as output_finish(): some file systems tell only now. */
int output_close(struct output *output);

/* Shows the kept lines on standard error. */
void output_show_tail(struct output *output);

void output_done(struct output *output);
