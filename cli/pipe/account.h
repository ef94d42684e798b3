/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/text.h"
#include "pipe/verdict.h"

#include <brood/brood.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/*
 * What is told when all is over: a table for people, a line of JSON for programs, sentences.
 */

/* What one node came to. */
struct pipe_account {
	struct pipe_end end;
	pid_t pid;             /* 0: it never ran */
	unsigned int attempts; /* how often it was started */
	int64_t wall;          /* nanoseconds, of the last attempt */
	int64_t user, system;
	uint32_t left_killed; /* processes that it left behind */
};

struct pipe_summary {
	const struct pipe_plan *plan;
	const struct pipe_account *accounts; /* one for each node */
	int code;                            /* what we exit with */
	bool timed_out;                      /* the limit of all */
	bool was_asked;                      /* a signal to us has stopped it */
	struct timespec start;
	int64_t wall;
};

/* What it is called: name=, or its words. */
void pipe_add_name(struct text *text, const struct pipe_node *node);

/* The same in short: name=, or the program without its path. */
const char *pipe_short_name(const struct pipe_node *node);

/* "exit 0", "SIGPIPE, excused", "time limit, SIGKILL", "not started". */
void pipe_add_end(struct text *text, const struct pipe_node *node, const struct pipe_end *end);

/* A line for each stage, and for a relay that failed, under a line of headings. */
void pipe_add_table(struct text *text, const struct pipe_summary *summary);

/* One line, brood.pipe/1. */
void pipe_add_record(struct text *text, const struct pipe_summary *summary);
