/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/text.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Which lines of a block match, and where: the engine of `brood filter`, with the semantics of GNU
 * grep -a. match_new() once, match_block() for each block of whole lines, match_span() for the
 * places within a line that was selected. A matcher serves one thread.
 *
 * A program that was built without PCRE2 finds strings only, and refuses the rest by name.
 */

enum match_syntax {
	MATCH_ERE,   /* POSIX extended, with grep's additions */
	MATCH_BRE,   /* POSIX basic, with grep's additions */
	MATCH_FIXED, /* strings */
	MATCH_PERL   /* PCRE2's own; each pattern by itself */
};

/* What finds the lines. All give the same answer. */
enum match_engine {
	MATCH_AUTO,
	MATCH_PCRE2,     /* nothing but PCRE2, line by line */
	MATCH_BUILT_IN,  /* as MATCH_AUTO, but never Hyperscan */
	MATCH_HYPERSCAN, /* refused where libhs is not to be had */
	MATCH_WALK       /* nothing but what long lines need; for tests */
};

struct match_pattern {
	const char *bytes; /* any; a newline separates two patterns */
	size_t length;
	const char *file; /* where it stands, NULL: on the command line */
	size_t line;      /* in that file, of its first line */
};

struct match_spec {
	const struct match_pattern *patterns;
	size_t n_patterns; /* 0: nothing matches */
	enum match_syntax syntax;
	enum match_engine engine;
	bool ignore_case; /* -i */
	bool words;       /* -w */
	bool lines;       /* -x; stronger than words */
	bool utf8;        /* the data is UTF-8, else bytes are characters */
	bool nul_lines;   /* -z: lines end with NUL, and a newline is a character */
	bool spans;       /* match_span() will be called */
};

/* A line without its newline, or a place in it: bytes start to end-1 of what was searched. */
struct match_range {
	size_t start;
	size_t end;
};

struct match_ranges {
	struct match_range *at;
	size_t n;
	size_t size; /* allocated */
};

struct matcher;

/* Returns 0. Otherwise -EINVAL: a pattern is wrong or is refused, and why says which one, where and
   what, for the user (without "brood:"); -ENOSYS: the engine asked for is not there. The patterns
   are copied. */
int match_new(struct matcher **ret_matcher, const struct match_spec *spec, struct text *why);
void match_free(struct matcher *matcher);

/* Finds the lines that match among whole lines, in their order, the first most ones (0: all). Only
   the last line may lack its newline. ranges is overwritten. Returns 0, or -EINVAL with why: a
   pattern needs more steps on a line than anyone would wait for. */
int match_block(struct matcher *matcher, const char *data, size_t length, size_t most,
	struct match_ranges *ranges, struct text *why);

/* Finds the next place in a line (without its newline), the leftmost one that is not empty and
   begins at from or behind it, and there the longest; with MATCH_PERL the one that Perl takes. A
   line is asked about from 0 on first, and does not change until the next one is.
   Returns 1; 0 if there is none; -EINVAL with why. Needs spec.spans. */
int match_span(struct matcher *matcher, const char *line, size_t length, size_t from,
	struct match_range *ret_range, struct text *why);

/* Whether match_span() can find places: not of a pattern with back-references, unless it is Perl's.
 */
bool match_can_span(const struct matcher *matcher);

/* Whether a program that has Hyperscan would be the faster one for long inputs. */
bool match_wants_hyperscan(const struct matcher *matcher);

/* What finds the lines, for --debug and for tests: "literal", "hyperscan and PCRE2", ... */
const char *match_engine_name(const struct matcher *matcher);

/* Whether the locale of LC_ALL, LC_CTYPE, LANG (each may be NULL) is one of UTF-8. */
bool match_is_utf8(const char *lc_all, const char *lc_ctype, const char *lang);

void match_ranges_done(struct match_ranges *ranges);
