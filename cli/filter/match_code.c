/* SPDX-License-Identifier: MIT */
/* PCRE2: compiling and searching, with a bound on the time. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "filter/match_code.h"

#include "common/memory.h"

#include <errno.h>
#include <pcre2.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Steps from one place: PCRE2 counts where it goes on from, and a step may read all the data. */
#define MOST_STEPS   10000000
#define BLOCK_STEPS  1000
#define FEWEST_STEPS 20
/* What is longer is searched in stretches, with a look at the clock in between. */
#define LONG_DATA     ((size_t)1 << 10)
#define STRETCH_WORK  ((size_t)256 << 20)
#define STRETCH_TIME  BROOD_MILLISECOND
#define FEWEST_PLACES 64
/* How long, and how many bytes in one step: at last, and where something else can do it. */
#define LONGEST_TIME (10 * BROOD_SECOND)
#define MOST_WORK    ((size_t)5 << 30)
#define SHORT_TIME   (5 * BROOD_MILLISECOND)
#define BYTE_TIME    (30 * BROOD_NANOSECOND)
#define LITTLE_WORK  ((size_t)20 << 20)
#define LINE_STEPS   1000
#define BYTE_STEPS   4
/* Without machine code it counts each character. */
#define SLOW_FACTOR 100
#define DEEPEST     4000
#define STACK_FIRST ((size_t)64 << 10)
#define STACK_MOST  ((size_t)16 << 20)

struct code {
	pcre2_code *code;
	pcre2_match_data *found;
	pcre2_match_context *context;
	pcre2_jit_stack *stack;
	bool compiled; /* to machine code */
	bool utf8;
	bool is_patient;
};

bool code_is_there(void)
{
	return true;
}

void code_free(struct code *code)
{
	if (!code)
		return;
	pcre2_match_data_free(code->found);
	pcre2_match_context_free(code->context);
	pcre2_jit_stack_free(code->stack);
	pcre2_code_free(code->code);
	free(code);
}

static void *have(void *memory)
{
	return memory ? memory : memory_get(SIZE_MAX);
}

static uint32_t flags_of(const struct code_options *options)
{
	uint32_t flags = PCRE2_MULTILINE | PCRE2_USE_OFFSET_LIMIT;

	if (options->perl)
		flags |= PCRE2_NEVER_BACKSLASH_C | (options->ignore_case ? PCRE2_CASELESS : 0);
	if (options->utf8)
		flags |= PCRE2_UTF | PCRE2_MATCH_INVALID_UTF;
	return flags;
}

static pcre2_code *compile(const char *bytes, size_t length, const struct code_options *options,
	int *ret_error, size_t *ret_at)
{
	pcre2_compile_context *context = have(pcre2_compile_context_create(NULL));

	pcre2_set_newline(context, options->nul_lines ? PCRE2_NEWLINE_NUL : PCRE2_NEWLINE_LF);
	pcre2_set_parens_nest_limit(context, DEEPEST);
	pcre2_code *code = pcre2_compile(
		(PCRE2_SPTR)bytes, length, flags_of(options), ret_error, ret_at, context);
	pcre2_compile_context_free(context);
	return code;
}

int code_new(struct code **ret_code, const char *bytes, size_t length,
	const struct code_options *options, size_t *ret_at, struct text *why)
{
	PCRE2_UCHAR message[256];
	int error = 0;
	pcre2_code *compiled = compile(bytes, length, options, &error, ret_at);

	if (!compiled && error == PCRE2_ERROR_PATTERN_TOO_LARGE)
		return -E2BIG;
	if (!compiled) {
		pcre2_get_error_message(error, message, sizeof message);
		text_string(why, (const char *)message);
		return -EINVAL;
	}
	struct code *code = memory_get(sizeof *code);
	*code = (struct code){
		.code = compiled, .utf8 = options->utf8, .is_patient = options->alone
	};
	code->found = have(pcre2_match_data_create_from_pattern(compiled, NULL));
	code->context = have(pcre2_match_context_create(NULL));
	code->compiled = pcre2_jit_compile(compiled, PCRE2_JIT_COMPLETE) == 0;
	*ret_code = code;
	return 0;
}

static int search_once(
	struct code *code, const char *data, size_t length, size_t from, uint32_t options)
{
	if (code->compiled)
		return pcre2_jit_match(code->code, (PCRE2_SPTR)data, length, from, options,
			code->found, code->context);
	return pcre2_match(
		code->code, (PCRE2_SPTR)data, length, from, options, code->found, code->context);
}

static void set_steps(struct code *code, size_t steps)
{
	steps = steps < FEWEST_STEPS ? FEWEST_STEPS : steps;
	if (!code->compiled)
		steps *= SLOW_FACTOR;
	pcre2_set_match_limit(code->context, steps < MOST_STEPS ? (uint32_t)steps : MOST_STEPS);
}

/* How many places come next: more while it is fast, and not so many that they could take long. */
static size_t next_stretch(size_t stretch, size_t length, brood_duration took)
{
	size_t most = STRETCH_WORK / length;

	if (took > STRETCH_TIME)
		return stretch > 4 ? stretch / 4 : 1;
	most = most < FEWEST_PLACES ? FEWEST_PLACES : most;
	return stretch < most / 4 ? 4 * stretch : most;
}

/* A stretch of places to begin at after the other. */
static int search_long(
	struct code *code, const char *data, size_t length, size_t from, uint32_t options)
{
	brood_duration start = code_time(), before = start, now;
	brood_duration most = code->is_patient
				      ? LONGEST_TIME
				      : SHORT_TIME + (brood_duration)(length - from) * BYTE_TIME;
	int n = PCRE2_ERROR_NOMATCH;
	size_t stretch = 1;

	for (size_t end; from <= length && n == PCRE2_ERROR_NOMATCH; from = end) {
		end = from + stretch;
		while (code->utf8 && end < length && ((unsigned char)data[end] & 0xc0) == 0x80)
			end++;
		pcre2_set_offset_limit(code->context, end - 1);
		n = search_once(code, data, length, from, options);
		now = code_time();
		if (n == PCRE2_ERROR_NOMATCH && now - start > most)
			n = PCRE2_ERROR_MATCHLIMIT;
		stretch = next_stretch(stretch, length, now - before);
		before = now;
	}
	pcre2_set_offset_limit(code->context, PCRE2_UNSET);
	return n;
}

/* Where something else can do it in one pass, so many steps say that it should. */
static size_t steps_for(const struct code *code, size_t length)
{
	size_t steps = (code->is_patient ? MOST_WORK : LITTLE_WORK) / (length ? length : 1);
	size_t usual = LINE_STEPS + BYTE_STEPS * length;

	return code->is_patient || steps < usual ? steps : usual;
}

static int search_line(
	struct code *code, const char *data, size_t length, size_t from, uint32_t options)
{
	set_steps(code, steps_for(code, length));
	return length - from > LONG_DATA ? search_long(code, data, length, from, options)
					 : search_once(code, data, length, from, options);
}

static int search_block(
	struct code *code, const char *data, size_t length, size_t from, uint32_t options)
{
	set_steps(code, BLOCK_STEPS);
	return search_once(code, data, length, from, options);
}

typedef int searcher(
	struct code *code, const char *data, size_t length, size_t from, uint32_t options);

/* NOLINTNEXTLINE(readability-function-size): how, where from, and what was found */
static enum code_answer search(struct code *code, searcher *once, const char *data, size_t length,
	size_t from, uint32_t options, struct match_range *ret_range)
{
	int n = once(code, data, length, from, options);

	if (n == PCRE2_ERROR_JIT_STACKLIMIT && !code->stack) {
		code->stack = have(pcre2_jit_stack_create(STACK_FIRST, STACK_MOST, NULL));
		pcre2_jit_stack_assign(code->context, NULL, code->stack);
		n = once(code, data, length, from, options);
	}
	if (n == PCRE2_ERROR_NOMATCH)
		return CODE_NO;
	if (n < 0)
		return CODE_TOO_MUCH;
	size_t *pair = pcre2_get_ovector_pointer(code->found);
	*ret_range = (struct match_range){ pair[0], pair[1] };
	return CODE_YES;
}

enum code_answer code_search(struct code *code, const char *line, size_t length, size_t from,
	struct match_range *ret_range)
{
	return search(code, search_line, line, length, from, 0, ret_range);
}

enum code_answer code_search_some(struct code *code, const char *line, size_t length, size_t from,
	struct match_range *ret_range)
{
	return search(code, search_line, line, length, from, PCRE2_NOTEMPTY, ret_range);
}

enum code_answer code_search_patiently(struct code *code, const char *line, size_t length)
{
	struct match_range unused;
	bool was_patient = code->is_patient;

	code->is_patient = true;
	enum code_answer answer = search(code, search_line, line, length, 0, 0, &unused);
	code->is_patient = was_patient;
	return answer;
}

enum code_answer code_search_block(struct code *code, const char *data, size_t length, size_t from,
	struct match_range *ret_range)
{
	return search(code, search_block, data, length, from, 0, ret_range);
}
