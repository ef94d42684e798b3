/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * Where shell text comes from, for messages: counted, since functions outlive the file that they
 * were read from.
 */
enum source_kind {
	SOURCE_FILE,    /* name is its path: the line of an error can be read again */
	SOURCE_STDIN,   /* name is "stdin"; lines are not kept */
	SOURCE_STRING,  /* -c: text is kept */
	SOURCE_EVAL,    /* eval, a trap's action, PS1...: text is kept, outer says where */
	SOURCE_TERMINAL /* lines are kept for as long as their command runs */
};

struct source {
	int references;
	enum source_kind kind;
	const char *name; /* as messages say it */
	const char *text; /* NULL: is not kept */
	size_t length;
	uint32_t first_line; /* the number of text's first line */
};

/* Copies name and text (which may be NULL); the caller holds the one reference. */
struct source *source_new(enum source_kind kind, const char *name, const char *text, size_t length);
struct source *source_hold(struct source *source);
void source_drop(struct source *source); /* NULL is fine */

/* A place in a source; line 0: none. Columns count bytes, from 1. */
struct place {
	uint32_t line;
	uint32_t column;
};
