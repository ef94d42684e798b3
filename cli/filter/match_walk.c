/* SPDX-License-Identifier: MIT */
/* pcre2_dfa_match(): one pass over a line, whatever the expression. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "filter/match_walk.h"

#include "common/duration.h"
#include "common/memory.h"
#include "common/text.h"

#include <pcre2.h>
#include <stdlib.h>

/* The places that PCRE2 can be at in an expression at the same time: three numbers each, in the one
   list and in the other, and a few more. */
#define ROOM ((size_t)1 << 16)
/* Characters between two looks at the clock; with each, all places are compared with each other. */
#define LOOK_EVERY 64
/* How long a walk may take: that, and more for each byte. */
#define SHORT_TIME (2 * BROOD_SECOND)
#define BYTE_TIME  (2 * BROOD_MICROSECOND)
/* Walks that the search for a place may take: each halves the line. */
#define FIND_WALKS 8
/* Places are tried one by one for that long before the whole line is looked through. */
#define NEAR_TIME (50 * BROOD_MILLISECOND)

/* What the expression asks at each character that a match could begin at, and on its way. */
struct gate {
	size_t last;          /* none begins behind this */
	brood_duration until; /* by code_time() */
	unsigned int n;
};

struct walk {
	bool utf8;
	pcre2_code *anywhere; /* what it searches for, behind any number of characters */
	pcre2_code *here;
	pcre2_match_data *found;
	pcre2_match_context *context;
	int *room;
	struct gate gate;
};

/* The number of the callout in front of what is searched for. */
#define BEGIN 1

static void *have(void *memory)
{
	return memory ? memory : memory_get(SIZE_MAX);
}

static int ask(pcre2_callout_block *block, void *data)
{
	struct gate *gate = data;

	if (++gate->n % LOOK_EVERY == 0 && code_time() > gate->until)
		return PCRE2_ERROR_MATCHLIMIT;
	return block->callout_number == BEGIN && block->current_position > gate->last;
}

static pcre2_code *compile(
	const char *before, const char *expression, size_t length, bool utf8, uint32_t options)
{
	struct text text = { 0 };
	size_t at;
	int error;

	text_string(&text, before);
	text_add(&text, expression, length);
	text_string(&text, ")");
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)text.bytes, text.length,
		options | PCRE2_ANCHORED | PCRE2_DOLLAR_ENDONLY | (utf8 ? PCRE2_UTF : 0), &error,
		&at, NULL);
	text_done(&text);
	return code;
}

struct walk *walk_new(const char *expression, size_t length, bool utf8)
{
	struct walk *walk = memory_get(sizeof *walk);

	*walk = (struct walk){
		.utf8 = utf8,
		.anywhere = compile("(?s:.)*(?C1)(?:", expression, length, utf8, 0),
		.here = compile("(?:", expression, length, utf8, PCRE2_AUTO_CALLOUT),
		.found = have(pcre2_match_data_create(1, NULL)),
		.context = have(pcre2_match_context_create(NULL)),
		.room = memory_get(ROOM * sizeof *walk->room),
	};
	pcre2_set_callout(walk->context, ask, &walk->gate);
	if (walk->anywhere && walk->here)
		return walk;
	walk_free(walk);
	return NULL;
}

void walk_free(struct walk *walk)
{
	if (!walk)
		return;
	pcre2_code_free(walk->anywhere);
	pcre2_code_free(walk->here);
	pcre2_match_data_free(walk->found);
	pcre2_match_context_free(walk->context);
	free(walk->room);
	free(walk);
}

static void begin(struct walk *walk, size_t length, unsigned int walks)
{
	walk->gate = (struct gate){
		.last = length,
		.until = code_time() + walks * (SHORT_TIME + (brood_duration)length * BYTE_TIME),
	};
}

static enum code_answer go(struct walk *walk, const pcre2_code *code, const char *line,
	size_t length, size_t from, uint32_t options)
{
	int n = pcre2_dfa_match(code, (PCRE2_SPTR)line, length, from, options | PCRE2_NO_UTF_CHECK,
		walk->found, walk->context, walk->room, ROOM);

	/* 0: there are shorter ones too. */
	return n >= 0 ? CODE_YES : n == PCRE2_ERROR_NOMATCH ? CODE_NO : CODE_TOO_MUCH;
}

static enum code_answer go_anywhere(
	struct walk *walk, const char *line, size_t length, size_t from, size_t last)
{
	walk->gate.last = last;
	return go(walk, walk->anywhere, line, length, from, PCRE2_DFA_SHORTEST);
}

enum code_answer walk_matches(struct walk *walk, const char *line, size_t length, size_t from)
{
	begin(walk, length - from, 1);
	return go_anywhere(walk, line, length, from, length);
}

static enum code_answer go_here(struct walk *walk, const char *line, size_t length, size_t start,
	struct match_range *ret_range)
{
	enum code_answer answer = go(walk, walk->here, line, length, start, PCRE2_NOTEMPTY);

	if (answer == CODE_YES)
		*ret_range = (struct match_range){ start,
			pcre2_get_ovector_pointer(walk->found)[1] };
	return answer;
}

enum code_answer walk_longest(struct walk *walk, const char *line, size_t length, size_t start,
	struct match_range *ret_range)
{
	begin(walk, length - start, 1);
	return go_here(walk, line, length, start, ret_range);
}

/* Halves the stretch in which the first match must begin. */
static enum code_answer find_start(
	struct walk *walk, const char *line, size_t length, size_t from, size_t *ret_start)
{
	enum code_answer answer = go_anywhere(walk, line, length, from, length);

	if (answer != CODE_YES)
		return answer;
	/* The one that ends first begins here or before. */
	size_t high = pcre2_get_ovector_pointer(walk->found)[1];
	while (from < high) {
		size_t middle = from + (high - from) / 2;
		answer = go_anywhere(walk, line, length, from, middle);
		if (answer == CODE_TOO_MUCH)
			return answer;
		if (answer == CODE_YES)
			high = middle;
		else
			from = middle + 1;
	}
	*ret_start = from;
	return CODE_YES;
}

/* Each place after the other, for a while. *from is how far it came. */
static enum code_answer find_near(struct walk *walk, const char *line, size_t length, size_t *from,
	struct match_range *ret_range)
{
	brood_duration until = duration_now() + NEAR_TIME;

	while (*from < length) {
		enum code_answer answer = go_here(walk, line, length, *from, ret_range);
		if (answer != CODE_NO)
			return answer;
		*from += walk->utf8 ? text_character(line + *from, length - *from) : 1;
		if (duration_now() > until)
			return CODE_TOO_MUCH;
	}
	return CODE_NO;
}

enum code_answer walk_find(struct walk *walk, const char *line, size_t length, size_t from,
	struct match_range *ret_range)
{
	size_t start;

	begin(walk, length - from, FIND_WALKS);
	enum code_answer answer = find_near(walk, line, length, &from, ret_range);
	while (answer == CODE_TOO_MUCH && from < length) {
		answer = find_start(walk, line, length, from, &start);
		if (answer != CODE_YES)
			return answer;
		from = start;
		/* There may be nothing but an empty one. */
		answer = go_here(walk, line, length, start, ret_range);
		if (answer != CODE_NO)
			return answer;
		answer = find_near(walk, line, length, &from, ret_range);
	}
	return answer;
}
