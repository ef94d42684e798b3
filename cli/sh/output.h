/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/text.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * What built-ins write to standard output: gathered, and written by output_flush() with as few
 * calls as possible. In a command substitution without a process it stays in memory.
 */
struct shell;

/* A command substitution that is collected in this process. */
struct capture {
	struct text text;
	/* The pipe that stands at descriptor 1 since something in it needed a real one: what is
	   read from it goes to the text. -1: nothing did yet. */
	int read_fd;
	struct capture *outer; /* of the substitution around it */
};

struct output {
	struct text text;
	int fd;                  /* 1; 2 for what goes to standard error */
	int error;               /* errno of the first write that failed since output_begin() */
	bool has_no_reader;      /* a subshell without a process would have died of SIGPIPE */
	struct capture *capture; /* not NULL: descriptor 1 is this, unless capture->read_fd >= 0 */
};

void output_bytes(struct shell *sh, const char *bytes, size_t length);
void output_string(struct shell *sh, const char *string);
void output_character(struct shell *sh, char character);
void output_format(struct shell *sh, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Writes what is gathered to where descriptor 1 leads now. Returns 0, or -1 after having said, in
   the name of the built-in that runs, that it could not: the built-in's status is 1 then at least.
   EPIPE without SIGPIPE (ignored) is an error like any other; with SIGPIPE it ends the process, or
   a subshell that has none of its own (has_no_reader). */
int output_flush(struct shell *sh);
