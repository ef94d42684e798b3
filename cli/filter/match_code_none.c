/* SPDX-License-Identifier: MIT */
/* For a program that was built without PCRE2: there is no code, and so nobody has any to ask. */
#include "filter/match_code.h"

#include "filter/match_walk.h"

#include <errno.h>

bool code_is_there(void)
{
	return false;
}

int code_new(struct code **ret_code, const char *bytes, size_t length,
	const struct code_options *options, size_t *ret_at, struct text *why)
{
	(void)ret_code;
	(void)bytes;
	(void)length;
	(void)options;
	(void)ret_at;
	(void)why;
	return -ENOSYS;
}

void code_free(struct code *code)
{
	(void)code;
}

enum code_answer code_search(struct code *code, const char *line, size_t length, size_t from,
	struct match_range *ret_range)
{
	(void)code;
	(void)line;
	(void)length;
	(void)from;
	(void)ret_range;
	return CODE_TOO_MUCH;
}

enum code_answer code_search_some(struct code *code, const char *line, size_t length, size_t from,
	struct match_range *ret_range)
{
	return code_search(code, line, length, from, ret_range);
}

enum code_answer code_search_patiently(struct code *code, const char *line, size_t length)
{
	return code_search(code, line, length, 0, NULL);
}

enum code_answer code_search_block(struct code *code, const char *data, size_t length, size_t from,
	struct match_range *ret_range)
{
	return code_search(code, data, length, from, ret_range);
}

struct walk *walk_new(const char *expression, size_t length, bool utf8)
{
	(void)expression;
	(void)length;
	(void)utf8;
	return NULL;
}

void walk_free(struct walk *walk)
{
	(void)walk;
}

enum code_answer walk_matches(struct walk *walk, const char *line, size_t length, size_t from)
{
	(void)walk;
	(void)line;
	(void)length;
	(void)from;
	return CODE_TOO_MUCH;
}

enum code_answer walk_longest(struct walk *walk, const char *line, size_t length, size_t start,
	struct match_range *ret_range)
{
	(void)ret_range;
	return walk_matches(walk, line, length, start);
}

enum code_answer walk_find(struct walk *walk, const char *line, size_t length, size_t from,
	struct match_range *ret_range)
{
	(void)ret_range;
	return walk_matches(walk, line, length, from);
}
