/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/text.h"
#include "filter/match.h"

#include <brood/base.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * One expression in PCRE2's syntax, compiled for the processor. The time that each place in the
 * data may take is bounded; when it is over there is no answer.
 */

struct code;

/* A program may be built without PCRE2: then there is none, and code_new() must not be called. */
bool code_is_there(void);

struct code_options {
	bool utf8;
	bool ignore_case; /* of MATCH_PERL's; trees spell it out */
	bool nul_lines;
	bool perl;  /* as the user wrote it */
	bool alone; /* nothing else can do it: take longer before giving up */
};

enum code_answer { CODE_NO, CODE_YES, CODE_TOO_MUCH };

/* Returns 0; or -EINVAL: *ret_at is how many bytes before it are right, and why says what is wrong;
   or -E2BIG: the expression is too large for PCRE2. */
int code_new(struct code **ret_code, const char *bytes, size_t length,
	const struct code_options *options, size_t *ret_at, struct text *why);
void code_free(struct code *code);

/* Whether it matches in a line from `from` on, and where the leftmost match is. */
enum code_answer code_search(struct code *code, const char *line, size_t length, size_t from,
	struct match_range *ret_range);

/* The same for a match that is not empty. */
enum code_answer code_search_some(struct code *code, const char *line, size_t length, size_t from,
	struct match_range *ret_range);

/* Whether it matches in a line, taking as long as if it were alone. */
enum code_answer code_search_patiently(struct code *code, const char *line, size_t length);

/* In a block of lines, none of them long: gives up early. */
enum code_answer code_search_block(struct code *code, const char *data, size_t length, size_t from,
	struct match_range *ret_range);

/* What we have worked so far: bounds count that, and not the time that others take. */
brood_duration code_time(void);

bool code_is_ascii(const char *data, size_t length);
bool code_is_utf8(const char *data, size_t length);
