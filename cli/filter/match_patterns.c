/* SPDX-License-Identifier: MIT */
/* Patterns to PCRE2, and lines to answers. */
#include "filter/match_patterns.h"

#include "common/memory.h"
#include "filter/match_cover.h"
#include "filter/match_emit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What goes into one group: PCRE2 has a bound, and each line must fail all of it. */
#define MOST_IN_GROUP 64
#define GROUP_BYTES   4096

static void say_where(
	const struct patterns *patterns, size_t index, size_t column, struct text *why)
{
	const struct pattern *pattern = &patterns->at[index];

	if (pattern->file)
		text_format(why, "%s:%zu", pattern->file, pattern->line);
	else if (patterns->n > 1)
		text_format(why, "pattern %zu", index + 1);
	else
		text_string(why, "the pattern");
	if (column > 0)
		text_format(why, pattern->file ? ":%zu" : ", column %zu", column);
	text_string(why, ": ");
}

static int complain(const struct patterns *patterns, size_t index, size_t column, const char *what,
	struct text *why)
{
	say_where(patterns, index, column, why);
	text_string(why, what);
	return -EINVAL;
}

static void code_options(const struct patterns *patterns, bool utf8, struct code_options *options)
{
	*options = (struct code_options){ .utf8 = utf8,
		.nul_lines = patterns->nul_lines,
		.ignore_case = patterns->ignore_case,
		.perl = patterns->syntax == MATCH_PERL };
}

/* Whether -P's own words are right, so that a column is one of the user's. */
static int check_perl(const struct patterns *patterns, size_t index, struct text *why)
{
	const struct pattern *pattern = &patterns->at[index];
	struct text what = { 0 };
	struct code_options options;
	struct code *code = NULL;
	size_t at = 0;

	code_options(patterns, patterns->utf8, &options);
	int r = code_new(&code, pattern->bytes, pattern->length, &options, &at, &what);
	code_free(code);
	if (r == -E2BIG)
		complain(patterns, index, 0, "it is too large", why);
	else if (r < 0)
		complain(patterns, index, at + 1, what.bytes, why);
	text_done(&what);
	return r < 0 ? -EINVAL : 0;
}

static int read_one(struct patterns *patterns, size_t index, struct text *why)
{
	struct pattern *pattern = &patterns->at[index];
	struct text what = { 0 };
	size_t column = 0;

	if (patterns->syntax == MATCH_PERL)
		return check_perl(patterns, index, why);
	pattern->tree.utf8 = patterns->utf8;
	pattern->tree.ignore_case = patterns->ignore_case;
	pattern->tree.nul_lines = patterns->nul_lines;
	int r = tree_parse(
		&pattern->tree, pattern->bytes, pattern->length, patterns->syntax, &column, &what);
	if (r < 0)
		complain(patterns, index, column, what.bytes, why);
	text_done(&what);
	if (r == 0 && pattern->tree.has_byte && !tree_can_be_raw(&pattern->tree))
		return complain(patterns, index, 0,
			"it has bytes that are no UTF-8, and classes, ranges or other cases of "
			"letters beside them; LC_ALL=C takes it",
			why);
	return r;
}

static void add_one(struct patterns *patterns, const struct match_pattern *from, size_t start,
	size_t end, size_t line)
{
	patterns->at[patterns->n++] = (struct pattern){
		.bytes = memory_copy(from->bytes + start, end - start),
		.length = end - start,
		.file = from->file ? memory_copy(from->file, strlen(from->file)) : NULL,
		.line = line,
	};
}

static size_t count_newlines(const struct match_pattern *pattern)
{
	size_t n = 0;

	for (size_t i = 0; i < pattern->length; i++)
		n += pattern->bytes[i] == '\n';
	return n;
}

static void split_all(struct patterns *patterns, const struct match_spec *spec)
{
	size_t n = 0;

	for (size_t i = 0; i < spec->n_patterns; i++)
		n += 1 + count_newlines(&spec->patterns[i]);
	patterns->at = memory_get((n + 1) * sizeof *patterns->at);
	for (size_t i = 0; i < spec->n_patterns; i++) {
		const struct match_pattern *from = &spec->patterns[i];
		size_t start = 0, line = from->line;
		for (size_t at = 0; at < from->length; at++)
			if (from->bytes[at] == '\n') {
				add_one(patterns, from, start, at, line++);
				start = at + 1;
			}
		add_one(patterns, from, start, from->length, line);
	}
}

/* Not in one expression with others: what counts its groups, and what is searched in bytes. */
static bool stands_alone(const struct patterns *patterns, size_t index)
{
	const struct tree *tree = &patterns->at[index].tree;

	return patterns->syntax == MATCH_PERL || tree->has_back || tree->has_byte;
}

/* Whether all ways through it can be walked at once. */
static bool can_walk(const struct patterns *patterns, size_t index)
{
	return patterns->syntax != MATCH_PERL && !patterns->at[index].tree.has_back;
}

static void make_groups(struct patterns *patterns)
{
	size_t bytes = 0;

	patterns->groups = memory_get((patterns->n + 1) * sizeof *patterns->groups);
	for (size_t i = 0; i < patterns->n; i++) {
		struct group *last = patterns->groups + patterns->n_groups - 1;
		bytes += patterns->at[i].length;
		if (patterns->n_groups > 0 && !stands_alone(patterns, i) &&
			!stands_alone(patterns, last->first) && last->n < MOST_IN_GROUP &&
			bytes <= GROUP_BYTES) {
			last->n++;
			continue;
		}
		patterns->groups[patterns->n_groups++] = (struct group){ .first = i, .n = 1 };
		bytes = patterns->at[i].length;
	}
}

static void mark_empty(const struct patterns *patterns, struct group *group)
{
	if (patterns->syntax == MATCH_PERL)
		return;
	for (size_t i = group->first; i < group->first + group->n; i++)
		if (cover_is_empty_somewhere(&patterns->at[i].tree))
			group->empty = true;
}

bool patterns_overlook(const struct group *group, const char *data, size_t length)
{
	return group->empty && !code_is_utf8(data, length);
}

bool patterns_have_longest(const struct patterns *patterns, size_t index)
{
	const struct tree *tree = &patterns->at[index].tree;
	struct cover *cover = memory_get(sizeof *cover);
	bool exact = false;

	if (tree->has_byte) {
		cover_find(tree, cover);
		exact = cover->exact && cover->n == 1;
	}
	free(cover);
	return !tree->has_back && (!tree->has_byte || exact);
}

int patterns_init(struct patterns *patterns, const struct match_spec *spec, struct text *why)
{
	*patterns = (struct patterns){
		.syntax = spec->syntax,
		.ignore_case = spec->ignore_case,
		.words = spec->words && !spec->lines,
		.lines = spec->lines,
		.utf8 = spec->utf8,
		.nul_lines = spec->nul_lines,
		.walks = spec->engine == MATCH_WALK,
		.looked = { .utf8 = spec->utf8, .line_end = spec->nul_lines ? '\0' : '\n' },
	};
	split_all(patterns, spec);
	for (size_t i = 0; i < patterns->n; i++) {
		int r = read_one(patterns, i, why);
		if (r < 0)
			return r;
		if (spec->spans && !patterns_have_longest(patterns, i))
			return complain(patterns, i, 0,
				"the longest match of a pattern with back-references or "
				"broken UTF-8 is not to be had; use -P, or do without -o",
				why);
	}
	make_groups(patterns);
	for (size_t i = 0; i < patterns->n_groups; i++)
		mark_empty(patterns, &patterns->groups[i]);
	return 0;
}

void patterns_done(struct patterns *patterns)
{
	for (size_t i = 0; i < patterns->n; i++) {
		struct pattern *pattern = &patterns->at[i];
		free(pattern->bytes);
		free(pattern->file);
		tree_done(&pattern->tree);
		code_free(pattern->code[0]);
		code_free(pattern->code[1]);
		walk_free(pattern->walk.walk);
	}
	for (size_t i = 0; i < patterns->n_groups; i++) {
		code_free(patterns->groups[i].code[0]);
		code_free(patterns->groups[i].code[1]);
		walk_free(patterns->groups[i].walk.walk);
	}
	looked_done(&patterns->looked);
	free(patterns->at);
	free(patterns->groups);
	*patterns = (struct patterns){ 0 };
}

/* Makes *code, if it is not there. Returns 0, -E2BIG, or -EINVAL. */
static int make_code(
	const struct patterns *patterns, size_t first, size_t n, bool utf8, struct code **code)
{
	struct text text = { 0 }, unused = { 0 };
	struct code_options options;
	size_t at;

	if (*code)
		return 0;
	utf8 = utf8 && !patterns->at[first].tree.has_byte;
	code_options(patterns, utf8, &options);
	options.alone = !can_walk(patterns, first);
	patterns_emit(patterns, first, n, utf8, &text);
	int r = code_new(code, text.bytes ? text.bytes : "", text.length, &options, &at, &unused);
	text_done(&text);
	text_done(&unused);
	return r;
}

static struct code *pattern_code(
	struct patterns *patterns, size_t index, bool utf8, struct text *why)
{
	struct code **code = &patterns->at[index].code[utf8];

	if (make_code(patterns, index, 1, utf8, code) < 0)
		complain(patterns, index, 0, "it is too large", why);
	return *code;
}

struct code *patterns_group_code(
	struct patterns *patterns, struct group *group, bool utf8, struct text *why)
{
	if (make_code(patterns, group->first, group->n, utf8, &group->code[utf8]) == 0)
		return group->code[utf8];
	if (group->n == 1)
		complain(patterns, group->first, 0, "it is too large", why);
	else
		group->one_by_one = true;
	return NULL;
}

static int answer_of(const struct patterns *patterns, size_t index, enum code_answer answer,
	size_t length, struct text *why)
{
	if (answer != CODE_TOO_MUCH)
		return answer == CODE_YES;
	say_where(patterns, index, 0, why);
	text_format(why, "too many ways to match a line of %zu bytes; it was given up", length);
	return -EINVAL;
}

/* NULL: back-references, Perl's own, and what is too large. */
static struct walk *make_walk(
	const struct patterns *patterns, size_t first, size_t n, struct lazy_walk *walk)
{
	bool utf8 = patterns->utf8 && !patterns->at[first].tree.has_byte;
	struct text text = { 0 };

	if (walk->walk || walk->none || !can_walk(patterns, first))
		return walk->walk;
	patterns_emit(patterns, first, n, utf8, &text);
	walk->walk = walk_new(text.bytes ? text.bytes : "", text.length, utf8);
	walk->none = !walk->walk;
	text_done(&text);
	return walk->walk;
}

static struct walk *pattern_walk(struct patterns *patterns, size_t index)
{
	return make_walk(patterns, index, 1, &patterns->at[index].walk);
}

static const struct looked *look(
	struct patterns *patterns, const char *line, size_t length, size_t from)
{
	looked_look(&patterns->looked, line, length, from);
	return &patterns->looked;
}

/* The line as a walk through this pattern takes it. */
static const char *walked(
	const struct patterns *patterns, size_t index, const struct looked *looked)
{
	return looked->is_utf8 || patterns->at[index].tree.has_byte ? looked->line
								    : looked->clean.bytes;
}

/* Which code is for this line: without UTF-8 where it makes no difference. */
static bool needs_utf8(const struct patterns *patterns, const struct looked *looked)
{
	return patterns->utf8 && (patterns->syntax == MATCH_PERL || !looked->is_ascii);
}

static struct group *group_of(const struct patterns *patterns, size_t index)
{
	struct group *group = patterns->groups;

	while (group->first + group->n <= index)
		group++;
	return group;
}

/* Whether code_search() must not be asked. */
static bool must_walk(
	const struct patterns *patterns, const struct group *group, const struct looked *looked)
{
	return can_walk(patterns, group->first) &&
	       (patterns->walks || (group->empty && !looked->is_utf8));
}

/* By code_search(); by a walk where that gives up; and if that is too slow, patiently. */
static enum code_answer search(const struct patterns *patterns, size_t first, size_t n,
	struct code *code, struct lazy_walk *lazy, const struct looked *looked)
{
	enum code_answer answer = CODE_TOO_MUCH;
	struct match_range unused;
	struct walk *walk;

	if (code)
		answer = code_search(code, looked->line, looked->length, 0, &unused);
	if (answer == CODE_TOO_MUCH && (walk = make_walk(patterns, first, n, lazy)))
		answer = walk_matches(walk, walked(patterns, first, looked), looked->length, 0);
	if (answer == CODE_TOO_MUCH && code && can_walk(patterns, first))
		answer = code_search_patiently(code, looked->line, looked->length);
	return answer;
}

static int match_one(
	struct patterns *patterns, size_t index, const struct looked *looked, struct text *why)
{
	struct code *code = NULL;

	if (!must_walk(patterns, group_of(patterns, index), looked)) {
		code = pattern_code(patterns, index, needs_utf8(patterns, looked), why);
		if (!code)
			return -EINVAL;
	}
	return answer_of(patterns, index,
		search(patterns, index, 1, code, &patterns->at[index].walk, looked), looked->length,
		why);
}

int patterns_match_one(
	struct patterns *patterns, size_t index, const char *line, size_t length, struct text *why)
{
	return match_one(patterns, index, look(patterns, line, length, 0), why);
}

/* All of them at once. *ret_apart: they must be looked for one by one. */
static int match_together(struct patterns *patterns, struct group *group,
	const struct looked *looked, bool *ret_apart, struct text *why)
{
	struct code *code = NULL;

	if (!must_walk(patterns, group, looked)) {
		code = patterns_group_code(patterns, group, needs_utf8(patterns, looked), why);
		*ret_apart = group->one_by_one;
		if (!code)
			return *ret_apart ? 0 : -EINVAL;
	}
	enum code_answer answer = search(
		patterns, group->first, group->n, code, &group->walk, looked);
	*ret_apart = answer == CODE_TOO_MUCH && group->n > 1;
	return *ret_apart ? 0 : answer_of(patterns, group->first, answer, looked->length, why);
}

static int match_group(struct patterns *patterns, struct group *group, const struct looked *looked,
	struct text *why)
{
	bool apart = group->one_by_one;
	int r = 0;

	if (!apart)
		r = match_together(patterns, group, looked, &apart, why);
	for (size_t i = group->first; apart && r == 0 && i < group->first + group->n; i++)
		r = match_one(patterns, i, looked, why);
	return r;
}

int patterns_match(struct patterns *patterns, const char *line, size_t length, struct text *why)
{
	const struct looked *looked = look(patterns, line, length, 0);
	int r = 0;

	for (size_t i = 0; i < patterns->n_groups && r == 0; i++)
		r = match_group(patterns, &patterns->groups[i], looked, why);
	return r;
}

/* The leftmost match that is not empty, whichever PCRE2 takes. */
static int perl_span(struct patterns *patterns, struct group *group, const struct looked *looked,
	size_t from, struct match_range *ret_range, struct text *why)
{
	struct code *code = patterns_group_code(patterns, group, patterns->utf8, why);

	if (!code)
		return -EINVAL;
	return answer_of(patterns, group->first,
		code_search_some(code, looked->line, looked->length, from, ret_range),
		looked->length, why);
}

/* code_search_some() finds where a match begins, a walk where the longest one from there ends. */
static enum code_answer find_longest(const struct patterns *patterns, size_t index,
	struct code *code, struct walk *walk, const struct looked *looked, size_t from,
	struct match_range *ret_range)
{
	const char *line = walked(patterns, index, looked);
	enum code_answer answer = CODE_TOO_MUCH;
	size_t length = looked->length;

	if (!patterns->walks)
		answer = code_search_some(code, looked->line, length, from, ret_range);
	return answer == CODE_YES ? walk_longest(walk, line, length, ret_range->start, ret_range)
				  : answer;
}

/* Whether it is known from before what comes next. */
static bool is_known(const struct next_place *next, const struct looked *looked, size_t from)
{
	return next->line == looked->number && (next->none || next->range.start >= from);
}

static int pattern_span(struct patterns *patterns, size_t index, const struct looked *looked,
	size_t from, struct match_range *ret_range, struct text *why)
{
	struct next_place *next = &patterns->at[index].next;
	const char *line = walked(patterns, index, looked);

	if (!is_known(next, looked, from)) {
		struct code *code = pattern_code(
			patterns, index, needs_utf8(patterns, looked), why);
		struct walk *walk = code ? pattern_walk(patterns, index) : NULL;
		if (!code)
			return -EINVAL;
		if (!walk)
			return complain(patterns, index, 0,
				"the longest match of such a pattern is not to be had", why);
		enum code_answer answer = find_longest(
			patterns, index, code, walk, looked, from, &next->range);
		if (answer == CODE_TOO_MUCH)
			answer = walk_find(walk, line, looked->length, from, &next->range);
		if (answer == CODE_TOO_MUCH)
			return answer_of(patterns, index, answer, looked->length, why);
		next->line = looked->number;
		next->none = answer == CODE_NO;
	}
	*ret_range = next->range;
	return !next->none;
}

/* Keeps the leftmost one, and there the longest. Returns whether there is one. */
static bool keep_better(bool found, const struct match_range *range, struct match_range *ret_range)
{
	bool better = !found || range->start < ret_range->start ||
		      (range->start == ret_range->start && range->end > ret_range->end);

	if (better)
		*ret_range = *range;
	return true;
}

/* All of them at once, if that is not too much. */
static bool find_together(struct patterns *patterns, struct group *group,
	const struct looked *looked, size_t from, struct text *why)
{
	struct next_place *next = &group->next;
	enum code_answer answer = CODE_TOO_MUCH;

	if (group->n == 1 || group->one_by_one || group->apart == looked->number)
		return false;
	if (is_known(next, looked, from))
		return true;
	struct code *code = patterns_group_code(patterns, group, needs_utf8(patterns, looked), why);
	struct walk *walk = code ? make_walk(patterns, group->first, group->n, &group->walk) : NULL;
	if (walk)
		answer = find_longest(
			patterns, group->first, code, walk, looked, from, &next->range);
	if (answer == CODE_TOO_MUCH) {
		group->apart = looked->number;
		return false;
	}
	next->line = looked->number;
	next->none = answer == CODE_NO;
	return true;
}

static int group_span(struct patterns *patterns, struct group *group, const struct looked *looked,
	size_t from, struct match_range *ret_range, struct text *why)
{
	bool found = false;

	if (find_together(patterns, group, looked, from, why)) {
		*ret_range = group->next.range;
		return !group->next.none;
	}
	for (size_t i = group->first; i < group->first + group->n; i++) {
		struct match_range range;
		int r = pattern_span(patterns, i, looked, from, &range, why);
		if (r < 0)
			return r;
		if (r > 0)
			found = keep_better(found, &range, ret_range);
	}
	return found;
}

int patterns_span(struct patterns *patterns, const char *line, size_t length, size_t from,
	struct match_range *ret_range, struct text *why)
{
	const struct looked *looked = look(patterns, line, length, from);
	bool found = false;

	for (size_t i = 0; i < patterns->n_groups; i++) {
		struct group *group = &patterns->groups[i];
		struct match_range range;
		int r = patterns->syntax == MATCH_PERL
				? perl_span(patterns, group, looked, from, &range, why)
				: group_span(patterns, group, looked, from, &range, why);
		if (r < 0)
			return r;
		if (r > 0)
			found = keep_better(found, &range, ret_range);
	}
	return found;
}
