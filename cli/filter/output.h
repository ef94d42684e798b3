/* SPDX-License-Identifier: MIT */
#pragma once

#include "filter/backlog.h"
#include "filter/config.h"
#include "filter/spill.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Standard output: lines are gathered and go out in large writes. When it does not take them, we
 * wait (BLOCK), or they are kept in memory or in a file and reading goes on; that is why the other
 * two never block.
 */

struct output {
	int fd;
	bool owns_fd;
	bool is_pipe;
	bool is_socket;
	bool never_blocks; /* the descriptor, or the file behind it */
	bool may_grow;     /* the pipe is ours to make larger */
	char eol;
	enum filter_full policy;
	char *bytes;
	size_t first; /* bytes[first..length) are not written yet */
	size_t length;
	size_t size;
	struct backlog backlog;
	struct spill spill;
	int error; /* the first one, negative; nothing is written any more */
	uint64_t n_dropped;
	uint64_t n_unsaid; /* of them */
};

/* Returns 0, or -1 after having said what is wrong. */
int filter_output_open(struct output *output, const struct filter_config *config);

/* Adds whole lines. What fails is told by the next flush. */
void filter_output_lines(struct output *output, const char *bytes, size_t length);

/* Writes what is there; not BLOCK: as much as is taken. Returns 0 or -errno. */
int filter_output_flush(struct output *output);

bool filter_output_is_pending(const struct output *output);

/* Writes all that is left, however long it takes unless a signal came, and closes what is ours.
   Returns 0 or -errno. */
int filter_output_close(struct output *output);
