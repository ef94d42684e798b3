/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * Lines that wait until the output takes them, in bounded memory: when there is no room for another
 * one, the oldest go.
 */

struct backlog {
	char *bytes;
	size_t size;
	size_t first; /* where the oldest line's length stands */
	size_t used;
	uint64_t n_lines;
};

void backlog_init(struct backlog *backlog, size_t size);
void backlog_done(struct backlog *backlog);

/* Adds a line. Returns how many were dropped for it: it itself, if it is too long for all. */
uint64_t backlog_add(struct backlog *backlog, const char *line, size_t length);

/* Takes as many of the oldest lines as fit into the buffer whole. Returns their length in bytes. */
size_t backlog_take(struct backlog *backlog, char *buffer, size_t room);

/* The length of the oldest line, 0: there is none. */
size_t backlog_next(const struct backlog *backlog);
