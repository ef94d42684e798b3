/* SPDX-License-Identifier: MIT */
#pragma once

#include "filter/match.h"
#include "filter/match_code.h"
#include "filter/match_looked.h"
#include "filter/match_tree.h"
#include "filter/match_walk.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The patterns of a matcher, one by one and in groups, and whether a line matches: the exact answer
 * that everything else is only a short cut to.
 */

/* Made when it is needed. */
struct lazy_walk {
	struct walk *walk;
	bool none; /* it cannot be made */
};

/* The next place in a line. */
struct next_place {
	size_t line; /* number of the line that it was looked for in */
	bool none;   /* there is none any more */
	struct match_range range;
};

struct pattern {
	char *bytes;
	size_t length;
	char *file; /* NULL: on the command line */
	size_t line;
	struct tree tree;      /* empty with MATCH_PERL */
	struct code *code[2];  /* for lines of ASCII, for all; made when needed */
	struct lazy_walk walk; /* of it alone, if its group is too large */
	struct next_place next;
	size_t failed; /* 1 + start of the line that it was seen not to match */
};

/* Patterns next to each other that are searched for in one go. */
struct group {
	size_t first;
	size_t n;
	struct code *code[2];
	struct lazy_walk walk; /* of all of them */
	bool one_by_one;       /* they are too large together */
	bool empty;            /* they can match the empty string */
	struct next_place next;
	size_t apart; /* number of a line in which places are looked for one by one */
};

/* From here on a line is long, and not searched along with others: PCRE2 may try each place of it
   with all the rest. */
#define PATTERNS_LONG_LINE ((size_t)4 << 10)

struct patterns {
	enum match_syntax syntax;
	bool ignore_case;
	bool words;
	bool lines;
	bool utf8;
	bool nul_lines;
	bool walks; /* wherever it can be */
	struct pattern *at;
	size_t n;
	struct group *groups;
	size_t n_groups;
	struct looked looked; /* at the line that was asked for last */
};

/* Splits, reads and copies what the spec has. Returns 0, or -EINVAL with why. */
int patterns_init(struct patterns *patterns, const struct match_spec *spec, struct text *why);
void patterns_done(struct patterns *patterns);

/* Adds the patterns first to first+n-1, with what -x and -w want, in an engine's syntax. */
void patterns_emit(
	const struct patterns *patterns, size_t first, size_t n, bool utf8, struct text *text);

/* The code of a group or of a pattern; NULL with why if there can be none. */
struct code *patterns_group_code(
	struct patterns *patterns, struct group *group, bool utf8, struct text *why);

/* Whether code_search() could overlook something in data that is not UTF-8: PCRE2 does not look for
   empty matches between a character and what is none. */
bool patterns_overlook(const struct group *group, const char *data, size_t length);

/* Whether a line matches. Returns 1, 0, or -EINVAL with why. */
int patterns_match(struct patterns *patterns, const char *line, size_t length, struct text *why);
int patterns_match_one(
	struct patterns *patterns, size_t index, const char *line, size_t length, struct text *why);

/* Whether patterns_span() can find the places of this one. */
bool patterns_have_longest(const struct patterns *patterns, size_t index);

/* The next place; as match_span(). A line is asked for from its beginning first. */
int patterns_span(struct patterns *patterns, const char *line, size_t length, size_t from,
	struct match_range *ret_range, struct text *why);
