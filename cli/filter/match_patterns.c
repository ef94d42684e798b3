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
	}
	for (size_t i = 0; i < patterns->n_groups; i++) {
		code_free(patterns->groups[i].code[0]);
		code_free(patterns->groups[i].code[1]);
		nfa_free(patterns->groups[i].nfa);
	}
	free(patterns->at);
	free(patterns->groups);
	*patterns = (struct patterns){ 0 };
}

static void emit_one(const struct patterns *patterns, size_t index, bool utf8, struct text *text)
{
	const struct pattern *pattern = &patterns->at[index];

	if (patterns->syntax == MATCH_PERL)
		text_add(text, pattern->bytes, pattern->length);
	else
		tree_emit(&pattern->tree,
			pattern->tree.has_byte ? EMIT_RAW
			: utf8                 ? EMIT_UTF8
					       : EMIT_BYTES,
			text, NULL);
}

static void emit_word_edge(bool behind, bool utf8, struct text *text)
{
	text_string(text, behind ? "(?<!" : "(?!");
	tree_emit_word(utf8, text);
	text_string(text, ")");
}

void patterns_emit(
	const struct patterns *patterns, size_t first, size_t n, bool utf8, struct text *text)
{
	bool wrapped = patterns->lines || patterns->words || n > 1;

	if (patterns->lines)
		text_string(text, "^");
	if (patterns->words)
		emit_word_edge(true, utf8, text);
	if (wrapped)
		text_string(text, "(?:");
	for (size_t i = first; i < first + n; i++) {
		if (i > first)
			text_string(text, "|");
		emit_one(patterns, i, utf8, text);
	}
	if (wrapped)
		text_string(text, ")");
	if (patterns->words)
		emit_word_edge(false, utf8, text);
	if (patterns->lines)
		text_string(text, "$");
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
	options.bounded = stands_alone(patterns, first);
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

/* Which code is for this line: without UTF-8 where it makes no difference. */
static bool needs_utf8(const struct patterns *patterns, const char *line, size_t length)
{
	return patterns->utf8 && (patterns->syntax == MATCH_PERL || !code_is_ascii(line, length));
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

static struct nfa *make_nfa(
	const struct patterns *patterns, struct group *group, enum nfa_edges edges)
{
	struct nfa *nfa = nfa_new(patterns->utf8, edges);

	for (size_t i = group->first; i < group->first + group->n; i++)
		if (!nfa_add(nfa, &patterns->at[i].tree)) {
			nfa_free(nfa);
			group->no_nfa = true;
			return NULL;
		}
	return nfa;
}

/* NULL if there is none for these patterns. */
static struct nfa *group_nfa(const struct patterns *patterns, struct group *group)
{
	enum nfa_edges edges = patterns->lines   ? NFA_LINES
			       : patterns->words ? NFA_WORDS
						 : NFA_ANYWHERE;

	if (!group->nfa && !group->no_nfa && patterns->syntax != MATCH_PERL)
		group->nfa = make_nfa(patterns, group, edges);
	return group->nfa;
}

static struct group *group_of(const struct patterns *patterns, size_t index)
{
	struct group *group = patterns->groups;

	while (group->first + group->n <= index)
		group++;
	return group;
}

int patterns_match_one(
	struct patterns *patterns, size_t index, const char *line, size_t length, struct text *why)
{
	enum code_answer answer = CODE_TOO_MUCH;
	struct match_range unused;
	struct nfa *nfa;

	if (length < PATTERNS_LONG_LINE) {
		struct code *code = pattern_code(
			patterns, index, needs_utf8(patterns, line, length), why);
		if (!code)
			return -EINVAL;
		answer = code_search(code, line, length, 0, &unused);
	}
	/* Whether any pattern of the group does it is as good: the line is selected either way. */
	if (answer == CODE_TOO_MUCH && (nfa = group_nfa(patterns, group_of(patterns, index))))
		return nfa_matches(nfa, line, length, 0);
	if (answer == CODE_TOO_MUCH && length >= PATTERNS_LONG_LINE) {
		struct code *code = pattern_code(
			patterns, index, needs_utf8(patterns, line, length), why);
		if (!code)
			return -EINVAL;
		answer = code_search(code, line, length, 0, &unused);
	}
	return answer_of(patterns, index, answer, length, why);
}

static int match_group(struct patterns *patterns, struct group *group, const char *line,
	size_t length, bool utf8, struct text *why)
{
	bool slow = length >= PATTERNS_LONG_LINE ||
		    (utf8 && patterns_overlook(group, line, length));
	struct nfa *nfa = slow ? group_nfa(patterns, group) : NULL;
	struct match_range unused;
	int r = 0;

	if (nfa)
		return nfa_matches(nfa, line, length, 0);
	struct code *code = group->one_by_one ? NULL
					      : patterns_group_code(patterns, group, utf8, why);
	if (code) {
		enum code_answer answer = code_search(code, line, length, 0, &unused);
		if (answer == CODE_TOO_MUCH && (nfa = group_nfa(patterns, group)))
			return nfa_matches(nfa, line, length, 0);
		return answer_of(patterns, group->first, answer, length, why);
	}
	if (!group->one_by_one)
		return -EINVAL;
	for (size_t i = group->first; i < group->first + group->n && r == 0; i++)
		r = patterns_match_one(patterns, i, line, length, why);
	return r;
}

int patterns_match(struct patterns *patterns, const char *line, size_t length, struct text *why)
{
	bool utf8 = needs_utf8(patterns, line, length);
	int r = 0;

	for (size_t i = 0; i < patterns->n_groups && r == 0; i++)
		r = match_group(patterns, &patterns->groups[i], line, length, utf8, why);
	return r;
}

static bool is_better(const struct match_range *a, const struct match_range *b)
{
	return a->start < b->start || (a->start == b->start && a->end > b->end);
}

/* The leftmost match that is not empty, whichever PCRE2 takes. */
static int perl_span(struct patterns *patterns, struct group *group, const char *line,
	size_t length, size_t from, struct match_range *ret_range, struct text *why)
{
	struct code *code = patterns_group_code(patterns, group, patterns->utf8, why);

	if (!code)
		return -EINVAL;
	return answer_of(patterns, group->first,
		code_search_some(code, line, length, from, ret_range), length, why);
}

/* PCRE2 finds where a match begins, the machine where the longest one from there ends. */
static int longest(struct patterns *patterns, struct group *group, const char *line, size_t length,
	size_t from, struct match_range *ret_range, struct text *why)
{
	bool utf8 = needs_utf8(patterns, line, length);
	struct nfa *nfa = group_nfa(patterns, group);

	/* One string has one length. */
	if (!nfa && patterns->at[group->first].tree.has_byte)
		return perl_span(patterns, group, line, length, from, ret_range, why);
	if (!nfa)
		return complain(patterns, group->first, 0,
			"the longest match of such a pattern is not to be had", why);
	struct code *code = length < PATTERNS_LONG_LINE && !group->one_by_one
				    ? patterns_group_code(patterns, group, utf8, why)
				    : NULL;
	if (!code)
		return nfa_longest(nfa, line, length, from, false, ret_range);
	enum code_answer answer = code_search_some(code, line, length, from, ret_range);
	if (answer == CODE_YES)
		return nfa_longest(nfa, line, length, ret_range->start, true, ret_range);
	return answer == CODE_NO ? 0 : nfa_longest(nfa, line, length, from, false, ret_range);
}

int patterns_span(struct patterns *patterns, const char *line, size_t length, size_t from,
	struct match_range *ret_range, struct text *why)
{
	bool found = false;

	for (size_t i = 0; i < patterns->n_groups; i++) {
		struct group *group = &patterns->groups[i];
		struct match_range range;
		int r = patterns->syntax == MATCH_PERL
				? perl_span(patterns, group, line, length, from, &range, why)
				: longest(patterns, group, line, length, from, &range, why);
		if (r < 0)
			return r;
		if (r > 0 && (!found || is_better(&range, ret_range))) {
			*ret_range = range;
			found = true;
		}
	}
	return found;
}
