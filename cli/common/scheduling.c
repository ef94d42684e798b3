/* SPDX-License-Identifier: MIT */
#include "common/scheduling.h"

#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>

/* ioprio_set(2), which the libc does not know. */
#define IO_CLASS_SHIFT 13
#define IO_NONE        0
#define IO_REALTIME    1
#define IO_BEST_EFFORT 2
#define IO_IDLE        3
#define IO_DEFAULT     4
#define IO_LOWEST      7

#define HIGHEST_PRIORITY 99
#define MOST_OOM         1000

#define WORD_BITS (8 * sizeof(unsigned long))

struct name {
	const char *name;
	int number;
};

/* Digits alone, up to most; moves text behind them. */
static bool read_number(const char **text, int most, int *ret_number)
{
	int number = 0;

	if (**text < '0' || **text > '9')
		return false;
	for (; **text >= '0' && **text <= '9'; (*text)++) {
		number = number * 10 + (**text - '0');
		if (number > most)
			return false;
	}
	*ret_number = number;
	return true;
}

/* The part in front of a colon; moves text behind it. */
static bool read_name(const struct name *names, size_t n, const char **text, int *ret_number)
{
	size_t length = strcspn(*text, ":");

	for (size_t i = 0; i < n; i++)
		if (strlen(names[i].name) == length && memcmp(names[i].name, *text, length) == 0) {
			*ret_number = names[i].number;
			*text += length;
			return true;
		}
	return false;
}

/* ":N" and nothing behind it. */
static bool read_level(const char *text, int most, int *ret_level)
{
	return *text++ == ':' && read_number(&text, most, ret_level) && *text == '\0';
}

int scheduling_parse_io(const char *text, int32_t *ret_priority)
{
	static const struct name classes[] = {
		{ "none", IO_NONE },
		{ "realtime", IO_REALTIME },
		{ "rt", IO_REALTIME },
		{ "best-effort", IO_BEST_EFFORT },
		{ "be", IO_BEST_EFFORT },
		{ "idle", IO_IDLE },
		{ "0", IO_NONE },
		{ "1", IO_REALTIME },
		{ "2", IO_BEST_EFFORT },
		{ "3", IO_IDLE },
	};
	int class, level = 0;

	if (!read_name(classes, sizeof classes / sizeof *classes, &text, &class))
		return -EINVAL;
	bool has_levels = class == IO_REALTIME || class == IO_BEST_EFFORT;
	if (has_levels && *text == '\0')
		level = IO_DEFAULT;
	else if (*text != '\0' && (!has_levels || !read_level(text, IO_LOWEST, &level)))
		return -EINVAL;
	*ret_priority = class << IO_CLASS_SHIFT | level;
	return 0;
}

int scheduling_parse_policy(const char *text, int32_t *ret_policy, int32_t *ret_priority)
{
	static const struct name policies[] = {
		{ "other", SCHED_OTHER },
		{ "batch", SCHED_BATCH },
		{ "idle", SCHED_IDLE },
		{ "fifo", SCHED_FIFO },
		{ "rr", SCHED_RR },
	};
	int policy, priority = 0;

	if (!read_name(policies, sizeof policies / sizeof *policies, &text, &policy))
		return -EINVAL;
	bool is_realtime = policy == SCHED_FIFO || policy == SCHED_RR;
	if (is_realtime && (!read_level(text, HIGHEST_PRIORITY, &priority) || priority == 0))
		return -EINVAL;
	if (!is_realtime && *text != '\0' && strcmp(text, ":0") != 0)
		return -EINVAL;
	*ret_policy = policy;
	*ret_priority = priority;
	return 0;
}

/* N, N-M or N-M:STEP; moves text behind it. */
static bool read_range(const char **text, int *first, int *last, int *step)
{
	if (!read_number(text, SCHEDULING_MOST_CPUS - 1, first))
		return false;
	*last = *first;
	*step = 1;
	if (**text != '-')
		return true;
	(*text)++;
	if (!read_number(text, SCHEDULING_MOST_CPUS - 1, last) || *last < *first)
		return false;
	if (**text != ':')
		return true;
	(*text)++;
	return read_number(text, SCHEDULING_MOST_CPUS, step) && *step > 0;
}

int scheduling_parse_cpus(
	const char *text, unsigned long mask[SCHEDULING_CPU_WORDS], size_t *ret_size)
{
	unsigned long bits[SCHEDULING_CPU_WORDS] = { 0 };
	int first, last, step, highest = 0;

	for (;;) {
		if (!read_range(&text, &first, &last, &step))
			return -EINVAL;
		for (int cpu = first; cpu <= last; cpu += step) {
			bits[(size_t)cpu / WORD_BITS] |= 1ul << ((size_t)cpu % WORD_BITS);
			highest = cpu > highest ? cpu : highest;
		}
		if (*text == '\0')
			break;
		if (*text++ != ',')
			return -EINVAL;
	}
	memcpy(mask, bits, sizeof bits);
	*ret_size = ((size_t)highest / WORD_BITS + 1) * sizeof *bits;
	return 0;
}

int scheduling_parse_oom(const char *text, int32_t *ret_adjustment)
{
	bool is_negative = text[0] == '-';
	int number;

	text += is_negative || text[0] == '+';
	if (!read_number(&text, MOST_OOM, &number) || *text != '\0')
		return -EINVAL;
	*ret_adjustment = is_negative ? -number : number;
	return 0;
}
