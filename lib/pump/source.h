/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Input for a child: from memory, or from a function by way of a buffer.
 */

#include <brood/io.h>
#include <stdbool.h>
#include <stddef.h>

struct brood__source {
	brood_source_fn function; /* NULL: from memory only */
	void *data;
	char *buffer;        /* of the function's bytes */
	const char *pending; /* what is to be written next */
	size_t n_pending;
	bool at_end;
};

/* Borrows the bytes. */
void brood__source_init_memory(struct brood__source *source, const void *bytes, size_t length);

void brood__source_init_function(
	struct brood__source *source, brood_source_fn function, void *data);

/* Makes sure that something is pending, or that the end is known. Returns 0 or -errno. */
int brood__source_fill(struct brood__source *source);

void brood__source_done(struct brood__source *source);
