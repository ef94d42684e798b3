/* SPDX-License-Identifier: MIT */
#pragma once

#include "pipe/config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Which processes there are and what joins them, out of the configuration. Decides only.
 *
 * The nodes are first all stages, in the order in which they are shown and in which the rightmost
 * one is found: a stage, its branches, the next stage. Behind them stand the relays, which carry
 * bytes where a plain pipe cannot do what was asked for.
 */

#define PIPE_NONE SIZE_MAX /* no pipe, no node */

#define PIPE_NUMBER_SIZE 48

struct pipe_node {
	const struct pipe_stage *stage; /* NULL: a relay */
	char number[PIPE_NUMBER_SIZE];  /* "1", "2"; of a branch "1a", "1b.2"; of a relay "1+" */
	size_t source;                  /* the node whose output it reads, PIPE_NONE: none */
	size_t in;                      /* the pipe that it reads, PIPE_NONE: none */
	size_t *outs;                   /* the pipes that it writes; PIPE_NONE: our own output */
	size_t n_outs;                  /* a stage has one, or none if its output is a file */
	uint64_t rate, memory;          /* of a relay */
};

struct pipe_link {
	uint64_t size; /* 0: as it comes */
	size_t writer, reader;
};

struct pipe_plan {
	struct pipe_node *nodes;
	size_t n_nodes;
	size_t n_stages; /* of them, the first ones */
	size_t last;     /* the last stage of the trunk */
	struct pipe_link *links;
	size_t n_links;
};

/* Returns 0, or -EINVAL and *problem, whose text names the stage. config is borrowed. */
int pipe_plan_make(
	struct pipe_plan *plan, const struct pipe_config *config, struct pipe_problem *problem);

void pipe_plan_done(struct pipe_plan *plan);

/* The stage whose output a node reads, through relays or not; PIPE_NONE: none. */
size_t pipe_plan_producer(const struct pipe_plan *plan, size_t node);

/* Whether nobody of ours reads what a stage writes. */
bool pipe_plan_is_end(const struct pipe_plan *plan, size_t stage);

/* Whether what a stage writes goes, through a relay or not, to our own output. */
bool pipe_plan_leaves(const struct pipe_plan *plan, size_t stage);
