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
	SOURCE_STDIN,   /* name is "stdin"; programs keep their lines */
	SOURCE_STRING,  /* -c: text is kept */
	SOURCE_EVAL,    /* eval, a trap's action: text is kept, outer says where */
	SOURCE_TERMINAL /* lines are there for as long as their command runs */
};

/* A place in a source; line 0: none. Columns count bytes, from 1. */
struct place {
	uint32_t line;
	uint32_t column;
};

struct source {
	int references;
	enum source_kind kind;
	const char *name; /* as messages say it */
	/* NULL: is not kept. STDIN, TERMINAL: the lines that the parser has, which are its own. */
	const char *text;
	size_t length;
	uint32_t first_line; /* the number of text's first line */
	/* EVAL: the text that ran it or, of a trap, set it, and where; NULL: none. */
	struct source *outer;
	struct place outer_place;
	unsigned n_outer; /* how many are around it, that are known */
};

/* Copies name and text (which may be NULL); the caller holds the one reference. */
struct source *source_new(enum source_kind kind, const char *name, const char *text, size_t length);
/* The text of an `eval` or of a trap in another one, which it holds from now on (NULL: in none). Of
   very many within each other those between the outermost and this one are forgotten, so that a
   function that defines itself anew for ever does not keep all its texts. */
struct source *source_new_within(struct source *outer, struct place place, const char *name,
	const char *text, size_t length);
struct source *source_hold(struct source *source);
void source_drop(struct source *source); /* NULL is fine */
