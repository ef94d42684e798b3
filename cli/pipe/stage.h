/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/text.h"

#include <brood/base.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * One stage as the user has written it, as a text,
 *
 *	[ok=0,1 name=errors] grep -F ERROR 2>/dev/null
 *
 * or as a list of words, the first of which may be the options in their brackets. A text is split
 * into words as a shell does it, with quotes and backslashes, but nothing is expanded: $ * ? ~ { }
 * # ! stand for themselves. What would make a shell do more than run one command with its
 * redirections ( | & ; ( ) ` and newlines) is refused unless it is quoted.
 */

enum pipe_err {
	PIPE_ERR_INHERIT, /* where ours goes */
	PIPE_ERR_JOIN,    /* where the stage's output goes */
	PIPE_ERR_DROP,
	PIPE_ERR_FILE
};

struct pipe_stage {
	char **argv; /* ends with NULL */
	size_t n_argv;
	char *name; /* NULL: none was given */
	uint8_t *ok_codes;
	size_t n_ok_codes;      /* 0: 0 alone is fine */
	brood_duration timeout; /* 0: none */
	uint64_t buffer;        /* of the pipe behind it; 0: as it comes */
	uint64_t memory;        /* of the buffer behind it; 0: none */
	enum pipe_err err;
	char *err_path;
	bool err_is_appended;
	char *in_path; /* NULL: not redirected */
	char *out_path;
	bool out_is_appended;
	char *dir;  /* NULL: ours */
	char **env; /* "NAME=value"; ends with NULL; NULL: no changes */
	size_t n_env;
	unsigned int retry; /* how often it may be tried again */
};

void pipe_stage_done(struct pipe_stage *stage);

/* What is wrong, and in which byte of the text it begins, from 1. */
struct pipe_problem {
	size_t column; /* 0: in none */
	struct text text;
};

/* Says so; for the parts of this parser. Returns -EINVAL. */
int pipe_problem_set(struct pipe_problem *problem, size_t column, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Reads one stage. Returns 0; -EINVAL: *problem says why, and *stage is empty. */
int pipe_stage_read(const char *text, struct pipe_stage *stage, struct pipe_problem *problem);

/* Reads one stage out of its words, which are borrowed during the call only; n may be 0. */
int pipe_stage_read_words(
	char *const *words, size_t n, struct pipe_stage *stage, struct pipe_problem *problem);

/* Several stages, one behind the other. */
struct pipe_line {
	struct pipe_stage *stages;
	size_t n;
};

/* Adds an empty stage. */
struct pipe_stage *pipe_line_add(struct pipe_line *line);

void pipe_line_done(struct pipe_line *line);

/* Reads stages that are separated by |. Returns 0; -EINVAL: *problem says why, *line is empty, and
 * ret_stage is which one it was, from 0. */
int pipe_line_read(
	const char *text, struct pipe_line *line, size_t *ret_stage, struct pipe_problem *problem);

/*
 * The parts of it: a text while it is read.
 */
struct pipe_reader {
	const char *text;
	const char *at;
	struct pipe_problem *problem;
	bool is_list;    /* an unquoted | separates stages */
	bool has_joined; /* this stage has had its 2>&1 */
};

/* The byte in which the reader is, or the one at a place, from 1. */
size_t pipe_reader_column(const struct pipe_reader *reader, const char *at);

/* Each adds what one quoting stands for and goes behind it. Returns 0 or -EINVAL. */
int pipe_read_quoted(struct pipe_reader *reader, struct text *word);

/* Reads the options, from [ to ]. Returns 0 or -EINVAL. */
int pipe_read_options(struct pipe_reader *reader, struct pipe_stage *stage);

/* Whether options begin there: a program may be called [ as well. */
bool pipe_begins_options(const char *text);
