/* SPDX-License-Identifier: MIT */
/* Which engine finds the lines, and its loop over a block. */
#include "filter/match.h"

#include "common/memory.h"
#include "filter/match_cover.h"
#include "filter/match_emit.h"
#include "filter/match_find.h"
#include "filter/match_patterns.h"
#include "filter/match_scan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Strings up to this many are found by the built-in finder as fast as by Hyperscan. */
#define FEW_STRINGS 16
/* Strings shorter than this may be in every line, which then is looked at for nothing. */
#define SHORT_STRING 3
/* Hits of Hyperscan per line that are too many: then it says yes more often than there are lines.
 */
#define MANY_HITS 8

enum way {
	WAY_NONE,    /* no line matches */
	WAY_ALL,     /* every line does */
	WAY_STRINGS, /* lines with one of some strings are looked at */
	WAY_SCAN,    /* lines that Hyperscan names are looked at */
	WAY_BLOCK,   /* PCRE2 runs over the block */
	WAY_LINES    /* PCRE2 looks at each line */
};

struct matcher {
	struct patterns patterns;
	enum way way;
	char line_end;
	struct finder *finder; /* WAY_STRINGS */
	struct scanner *scanner;
	struct emit_more *more; /* of each pattern: what its hits mean; WAY_STRINGS: always only */
	bool wants_scan;
};

/* A block while it is searched. */
struct search {
	struct matcher *matcher;
	const char *data;
	size_t length;
	size_t most;
	struct match_ranges *ranges;
	struct text *why;
	int error;
	size_t decided; /* lines before this are done with */
	size_t n_hits;
	struct match_range looked_at; /* the line of the last hit */
	bool unordered;
};

void match_ranges_done(struct match_ranges *ranges)
{
	free(ranges->at);
	*ranges = (struct match_ranges){ 0 };
}

/* Returns whether more lines are wanted. */
static bool add_line(struct search *s, size_t start, size_t end)
{
	struct match_ranges *ranges = s->ranges;

	if (ranges->n == ranges->size) {
		ranges->size = ranges->size ? 2 * ranges->size : 1024;
		ranges->at = memory_resize(ranges->at, ranges->size * sizeof *ranges->at);
	}
	ranges->at[ranges->n++] = (struct match_range){ start, end };
	return s->most == 0 || ranges->n < s->most;
}

/* The line with the byte at `at`; it does not begin before `after`, which begins one. */
static struct match_range line_at(const struct search *s, size_t at, size_t after)
{
	char line_end = s->matcher->line_end;
	const char *start = memrchr(s->data + after, line_end, at - after);
	const char *end = memchr(s->data + at, line_end, s->length - at);

	return (struct match_range){ start ? (size_t)(start - s->data) + 1 : after,
		end ? (size_t)(end - s->data) : s->length };
}

static bool look_at(struct search *s, const struct match_range *line)
{
	int r = patterns_match(
		&s->matcher->patterns, s->data + line->start, line->end - line->start, s->why);

	if (r < 0)
		s->error = r;
	return r > 0;
}

static void search_lines(struct search *s)
{
	while (s->decided < s->length && s->error == 0) {
		struct match_range line = line_at(s, s->decided, s->decided);
		s->decided = line.end + 1;
		if ((s->matcher->way == WAY_ALL || look_at(s, &line)) &&
			!add_line(s, line.start, line.end))
			return;
	}
}

static void search_strings(struct search *s)
{
	const struct matcher *m = s->matcher;
	uint32_t id;

	while (s->decided < s->length && s->error == 0) {
		size_t at = finder_next(m->finder, s->data, s->length, s->decided, &id);
		if (at == s->length)
			return;
		struct match_range line = line_at(s, at, s->decided);
		s->decided = line.end + 1;
		if ((!m->more[id].always || look_at(s, &line)) &&
			!add_line(s, line.start, line.end))
			return;
	}
}

/* Looks at a few places only: where a line is short its end is near. */
static bool has_long_line(const struct search *s)
{
	for (size_t at = 0; at + PATTERNS_LONG_LINE < s->length;) {
		const char *end = memrchr(s->data + at, s->matcher->line_end, PATTERNS_LONG_LINE);
		if (!end)
			return true;
		at = (size_t)(end - s->data) + 1;
	}
	return false;
}

static void search_block(struct search *s)
{
	struct patterns *patterns = &s->matcher->patterns;
	bool utf8 = patterns->utf8 && !code_is_ascii(s->data, s->length);

	if (has_long_line(s) ||
		(utf8 && patterns_overlook(&patterns->groups[0], s->data, s->length))) {
		search_lines(s);
		return;
	}
	struct code *code = patterns_group_code(patterns, &patterns->groups[0], utf8, s->why);
	struct match_range range;

	if (!code) {
		s->error = -EINVAL;
		return;
	}
	while (s->decided < s->length) {
		enum code_answer answer = code_search_block(
			code, s->data, s->length, s->decided, &range);
		if (answer == CODE_NO)
			return;
		/* Line by line it may be possible, or it will be said which line is too much. */
		if (answer == CODE_TOO_MUCH) {
			search_lines(s);
			return;
		}
		/* An empty match behind the last newline is in no line. */
		if (range.start >= s->length && s->data[s->length - 1] == s->matcher->line_end)
			return;
		struct match_range line = line_at(s, range.start, s->decided);
		s->decided = line.end + 1;
		if (!add_line(s, line.start, line.end))
			return;
	}
}

static bool is_match(struct search *s, uint32_t index, const struct match_range *line)
{
	const struct emit_more *more = &s->matcher->more[index];
	struct pattern *pattern = &s->matcher->patterns.at[index];
	const char *bytes = s->data + line->start;
	size_t length = line->end - line->start;

	if (!more->always && (!more->wide || code_is_ascii(bytes, length)))
		return true;
	if (pattern->failed == line->start + 1)
		return false;
	int r = patterns_match_one(&s->matcher->patterns, index, bytes, length, s->why);
	if (r < 0)
		s->error = r;
	if (r == 0)
		pattern->failed = line->start + 1;
	return r > 0;
}

static bool on_hit(void *context, uint32_t index, size_t end)
{
	struct search *s = context;
	size_t at = end - 1, after = s->decided;

	s->n_hits++;
	if (at < s->decided) {
		const struct match_range *last = &s->ranges->at[s->ranges->n - 1];
		if (at >= last->start)
			return true;
		s->unordered = true;
		after = 0;
	}
	/* A long line that does not match after all may have a hit at each of its bytes. */
	if (s->looked_at.end == 0 || at < s->looked_at.start || at > s->looked_at.end)
		s->looked_at = line_at(s, at, after);
	if (!is_match(s, index, &s->looked_at))
		return s->error == 0;
	if (s->looked_at.end + 1 > s->decided)
		s->decided = s->looked_at.end + 1;
	add_line(s, s->looked_at.start, s->looked_at.end);
	return true;
}

static int by_start(const void *a, const void *b)
{
	size_t left = ((const struct match_range *)a)->start;
	size_t right = ((const struct match_range *)b)->start;

	return left < right ? -1 : left > right;
}

static void put_in_order(struct match_ranges *ranges)
{
	size_t n = 0;

	qsort(ranges->at, ranges->n, sizeof *ranges->at, by_start);
	for (size_t i = 0; i < ranges->n; i++)
		if (n == 0 || ranges->at[i].start != ranges->at[n - 1].start)
			ranges->at[n++] = ranges->at[i];
	ranges->n = n;
}

static void search_scan(struct search *s)
{
	struct matcher *m = s->matcher;

	for (size_t i = 0; i < m->patterns.n; i++)
		m->patterns.at[i].failed = 0;
	if (!scan_block(m->scanner, s->data, s->length, on_hit, s) && s->error == 0) {
		*s->ranges = (struct match_ranges){ .at = s->ranges->at, .size = s->ranges->size };
		s->decided = 0;
		search_lines(s);
		return;
	}
	if (s->unordered)
		put_in_order(s->ranges);
	if (s->most > 0 && s->ranges->n > s->most)
		s->ranges->n = s->most;
	/* A pattern that matches at every letter is better left to what stops at the first. */
	if (m->patterns.n_groups == 1 && s->n_hits > 1000 && s->n_hits > MANY_HITS * s->ranges->n)
		m->way = m->patterns.syntax == MATCH_PERL ? WAY_LINES : WAY_BLOCK;
}

int match_block(struct matcher *matcher, const char *data, size_t length, size_t most,
	struct match_ranges *ranges, struct text *why)
{
	struct search s = { .matcher = matcher,
		.data = data,
		.length = length,
		.most = most,
		.ranges = ranges,
		.why = why };

	ranges->n = 0;
	if (length == 0)
		return 0;
	switch (matcher->way) {
	case WAY_NONE:
		break;
	case WAY_ALL:
	case WAY_LINES:
		search_lines(&s);
		break;
	case WAY_STRINGS:
		search_strings(&s);
		break;
	case WAY_SCAN:
		search_scan(&s);
		break;
	case WAY_BLOCK:
		search_block(&s);
		break;
	}
	return s.error;
}

int match_span(struct matcher *matcher, const char *line, size_t length, size_t from,
	struct match_range *ret_range, struct text *why)
{
	if (matcher->way == WAY_NONE)
		return 0;
	return patterns_span(&matcher->patterns, line, length, from, ret_range, why);
}

static bool is_all(const struct patterns *patterns)
{
	if (patterns->words || patterns->lines || patterns->syntax == MATCH_PERL)
		return false;
	for (size_t i = 0; i < patterns->n; i++)
		if (cover_is_everywhere(&patterns->at[i].tree))
			return true;
	return false;
}

struct strings {
	struct cover_string *at;
	uint32_t *ids;
	size_t n;
	size_t size;
	size_t shortest;
	bool weak; /* some are short, and say little */
};

static void add_cover(struct strings *strings, const struct cover *cover, uint32_t id)
{
	while (strings->n + cover->n > strings->size) {
		strings->size = strings->size ? 2 * strings->size : COVER_MOST;
		strings->at = memory_resize(strings->at, strings->size * sizeof *strings->at);
		strings->ids = memory_resize(strings->ids, strings->size * sizeof *strings->ids);
	}
	for (size_t i = 0; i < cover->n; i++) {
		if (cover->strings[i].length < strings->shortest)
			strings->shortest = cover->strings[i].length;
		strings->ids[strings->n] = id;
		strings->at[strings->n++] = cover->strings[i];
	}
}

/* Every pattern's strings, or none. A single letter that is not all of the pattern is no help. */
static void find_strings(struct matcher *matcher, struct strings *strings)
{
	const struct patterns *patterns = &matcher->patterns;
	struct cover *cover = memory_get(sizeof *cover);

	strings->n = 0;
	strings->weak = false;
	for (size_t i = 0; i < patterns->n; i++) {
		cover_find(&patterns->at[i].tree, cover);
		bool exact = cover->exact && !patterns->words && !patterns->lines;
		strings->shortest = COVER_LONGEST;
		add_cover(strings, cover, (uint32_t)i);
		if (cover->n == 0 || (!exact && strings->shortest < 2)) {
			strings->n = 0;
			break;
		}
		strings->weak = strings->weak || (!exact && strings->shortest < SHORT_STRING);
		matcher->more[i] = (struct emit_more){ .always = !exact };
	}
	free(cover);
}

static bool begin_scan(struct matcher *matcher)
{
	const struct patterns *patterns = &matcher->patterns;
	char **expressions = memory_get(patterns->n * sizeof *expressions);

	for (size_t i = 0; i < patterns->n; i++) {
		struct text text = { 0 };
		struct emit_more *more = &matcher->more[i];
		*more = (struct emit_more){ .always = patterns->words };
		if (patterns->lines) {
			text_string(&text, "^(?:");
			tree_emit(&patterns->at[i].tree, EMIT_SCAN, &text, more);
			text_string(&text, ")$");
		} else {
			tree_emit_core(&patterns->at[i].tree, &text, more);
		}
		expressions[i] = text.bytes ? text.bytes : memory_copy("", 0);
	}
	matcher->scanner = scan_new(expressions, patterns->n);
	for (size_t i = 0; i < patterns->n; i++)
		free(expressions[i]);
	free(expressions);
	return matcher->scanner != NULL;
}

/* Hyperscan knows one way in which lines end, and no empty matches. */
static bool can_scan(const struct patterns *patterns)
{
	if (patterns->nul_lines)
		return false;
	for (size_t i = 0; i < patterns->n; i++)
		if (cover_is_empty_somewhere(&patterns->at[i].tree))
			return false;
	return true;
}

static enum way without_strings(struct matcher *matcher, enum match_engine engine)
{
	const struct patterns *patterns = &matcher->patterns;

	if (engine != MATCH_BUILT_IN && can_scan(patterns)) {
		matcher->wants_scan = true;
		if (scan_is_there() && begin_scan(matcher))
			return WAY_SCAN;
	}
	return patterns->syntax != MATCH_PERL && patterns->n_groups == 1 &&
			       !patterns->groups[0].one_by_one
		       ? WAY_BLOCK
		       : WAY_LINES;
}

static enum way choose(struct matcher *matcher, enum match_engine engine)
{
	struct strings strings = { .shortest = COVER_LONGEST };
	const struct patterns *patterns = &matcher->patterns;

	if (patterns->n == 0)
		return WAY_NONE;
	if (engine == MATCH_PCRE2 || engine == MATCH_WALK || patterns->syntax == MATCH_PERL)
		return WAY_LINES;
	if (is_all(patterns))
		return WAY_ALL;
	matcher->more = memory_get(patterns->n * sizeof *matcher->more);
	memset(matcher->more, 0, patterns->n * sizeof *matcher->more);
	if (engine != MATCH_HYPERSCAN)
		find_strings(matcher, &strings);
	enum way way = WAY_STRINGS;
	bool weak = strings.n > FEW_STRINGS || strings.weak;
	if (strings.n == 0 || (weak && engine == MATCH_AUTO))
		way = without_strings(matcher, engine);
	if (way != WAY_SCAN && strings.n > 0) {
		/* Again: it says what a hit means, and a scan that came to nothing did too. */
		find_strings(matcher, &strings);
		matcher->finder = finder_new(strings.at, strings.ids, strings.n);
		way = WAY_STRINGS;
	}
	free(strings.at);
	free(strings.ids);
	return way;
}

/* What can only be too large is compiled now, so that it is said before anything is read. */
static int compile_first(struct matcher *matcher, struct text *why)
{
	struct patterns *patterns = &matcher->patterns;

	if (matcher->way == WAY_BLOCK || matcher->way == WAY_LINES) {
		struct group *group = &patterns->groups[0];
		if (!patterns_group_code(patterns, group, false, why) && !group->one_by_one)
			return -EINVAL;
		if (group->one_by_one)
			matcher->way = WAY_LINES;
	}
	return 0;
}

/* Without PCRE2 there are strings, and lines as a whole. */
static bool needs_code(const struct matcher *matcher, const struct match_spec *spec)
{
	if (spec->spans || (matcher->way != WAY_NONE && matcher->way != WAY_ALL &&
				   matcher->way != WAY_STRINGS))
		return true;
	for (size_t i = 0; matcher->way == WAY_STRINGS && i < matcher->patterns.n; i++)
		if (matcher->more[i].always)
			return true;
	return false;
}

static int refuse_code(struct text *why)
{
	text_string(why, "this needs PCRE2, which this brood was built without; there are "
			 "strings, without -o, -w, -x, -P and --color=always");
	return -EINVAL;
}

int match_new(struct matcher **ret_matcher, const struct match_spec *spec, struct text *why)
{
	struct matcher *matcher = memory_get(sizeof *matcher);

	*matcher = (struct matcher){ .line_end = spec->nul_lines ? '\0' : '\n' };
	int r = spec->syntax == MATCH_PERL && !code_is_there()
			? refuse_code(why)
			: patterns_init(&matcher->patterns, spec, why);
	if (r == 0 && spec->engine == MATCH_HYPERSCAN && !scan_is_there()) {
		text_string(why, "Hyperscan (libhs.so.5) is not there");
		r = -ENOSYS;
	}
	if (r == 0) {
		matcher->way = choose(matcher, spec->engine);
		r = !code_is_there() && needs_code(matcher, spec) ? refuse_code(why)
								  : compile_first(matcher, why);
	}
	if (r < 0) {
		match_free(matcher);
		return r;
	}
	*ret_matcher = matcher;
	return 0;
}

void match_free(struct matcher *matcher)
{
	if (!matcher)
		return;
	patterns_done(&matcher->patterns);
	finder_free(matcher->finder);
	scan_free(matcher->scanner);
	free(matcher->more);
	free(matcher);
}

bool match_can_span(const struct matcher *matcher)
{
	if (!code_is_there())
		return false;
	for (size_t i = 0; i < matcher->patterns.n; i++)
		if (!patterns_have_longest(&matcher->patterns, i))
			return false;
	return true;
}

bool match_wants_hyperscan(const struct matcher *matcher)
{
	return matcher->wants_scan && matcher->way != WAY_SCAN;
}

const char *match_engine_name(const struct matcher *matcher)
{
	static const char *const names[] = {
		[WAY_NONE] = "none",
		[WAY_ALL] = "all",
		[WAY_STRINGS] = "strings",
		[WAY_SCAN] = "hyperscan",
		[WAY_BLOCK] = "pcre2 over blocks",
		[WAY_LINES] = "pcre2 over lines",
	};

	return names[matcher->way];
}

bool match_is_utf8(const char *lc_all, const char *lc_ctype, const char *lang)
{
	const char *name = lc_all && *lc_all ? lc_all : lc_ctype && *lc_ctype ? lc_ctype : lang;
	const char *dot = name ? strchr(name, '.') : NULL;

	return dot && (strncasecmp(dot, ".utf-8", 6) == 0 || strncasecmp(dot, ".utf8", 5) == 0);
}
