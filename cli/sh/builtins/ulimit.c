/* SPDX-License-Identifier: MIT */
#include "common/message.h"
#include "sh/builtins/list.h"
#include "sh/interp.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

static const struct row {
	char letter;
	int resource;
	rlim_t unit;
	const char *name;
} rows[] = {
	{ 'c', RLIMIT_CORE, 512, "core file size (blocks)" },
	{ 'd', RLIMIT_DATA, 1024, "data segment size (KiB)" },
	{ 'e', RLIMIT_NICE, 1, "scheduling priority" },
	{ 'f', RLIMIT_FSIZE, 512, "file size (blocks)" },
	{ 'i', RLIMIT_SIGPENDING, 1, "pending signals" },
	{ 'l', RLIMIT_MEMLOCK, 1024, "locked memory (KiB)" },
	{ 'm', RLIMIT_RSS, 1024, "resident set size (KiB)" },
	{ 'n', RLIMIT_NOFILE, 1, "file descriptors" },
	{ 'q', RLIMIT_MSGQUEUE, 1, "message queues (bytes)" },
	{ 'r', RLIMIT_RTPRIO, 1, "real-time priority" },
	{ 's', RLIMIT_STACK, 1024, "stack size (KiB)" },
	{ 't', RLIMIT_CPU, 1, "processor time (seconds)" },
	{ 'u', RLIMIT_NPROC, 1, "processes" },
	{ 'v', RLIMIT_AS, 1024, "address space (KiB)" },
};

static const struct row *row_of(char letter)
{
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		if (rows[i].letter == letter)
			return &rows[i];
	}
	return NULL;
}

static void show(struct shell *sh, const struct row *row, bool is_hard, bool has_name)
{
	struct rlimit limit = { 0, 0 };

	(void)!getrlimit(row->resource, &limit);
	rlim_t value = is_hard ? limit.rlim_max : limit.rlim_cur;
	if (has_name)
		output_format(sh, "-%c: %-28s ", row->letter, row->name);
	if (value == RLIM_INFINITY)
		output_string(sh, "unlimited\n");
	else
		output_format(sh, "%llu\n", (unsigned long long)(value / row->unit));
}

static int read_value(const char *word, rlim_t unit, rlim_t *ret_value)
{
	rlim_t value = 0;

	if (strcmp(word, "unlimited") == 0) {
		*ret_value = RLIM_INFINITY;
		return 0;
	}
	if (*word == '\0')
		return -1;
	for (; *word >= '0' && *word <= '9'; word++) {
		if (value > (RLIM_INFINITY / unit - 9) / 10)
			return -1;
		value = value * 10 + (rlim_t)(*word - '0');
	}
	*ret_value = value * unit;
	return *word == '\0' ? 0 : -1;
}

static int change(
	struct shell *sh, const struct row *row, const char *word, bool is_hard, bool is_soft)
{
	struct rlimit limit;
	rlim_t value = 0;

	if (getrlimit(row->resource, &limit) < 0)
		return builtin_error(sh, "-%c: %s", row->letter, message_errno(errno));
	if (strcmp(word, "hard") == 0)
		value = limit.rlim_max;
	else if (strcmp(word, "soft") == 0)
		value = limit.rlim_cur;
	else if (read_value(word, row->unit, &value) < 0)
		return builtin_usage_at(sh, word, "%s: is no limit", *word ? word : "\"\"");
	if (is_hard)
		limit.rlim_max = value;
	if (is_soft)
		limit.rlim_cur = value;
	if (setrlimit(row->resource, &limit) < 0)
		return builtin_error_at(
			sh, word, "-%c %s: %s", row->letter, word, message_errno(errno));
	if (row->resource == RLIMIT_STACK)
		run_begin(sh);
	return 0;
}

int builtin_ulimit(struct shell *sh, int argc, char **argv, enum control *control)
{
	struct builtin_options options = { .next = 1 };
	bool is_hard = false, is_soft = false, is_all = false;
	const struct row *row = row_of('f');
	int letter;

	(void)control;
	while ((letter = builtin_option(sh, argc, argv, "HSacdefilmnqrstuv", &options)) != -1) {
		if (letter == '?')
			return 2;
		if (letter == 'H')
			is_hard = true;
		else if (letter == 'S')
			is_soft = true;
		else if (letter == 'a')
			is_all = true;
		else
			row = row_of((char)letter);
	}
	if (argc - options.next > (is_all ? 0 : 1))
		return builtin_usage_at(sh, argv[argc - 1], "too many operands");
	for (size_t i = 0; is_all && i < sizeof rows / sizeof *rows; i++)
		show(sh, &rows[i], is_hard && !is_soft, true);
	if (is_all)
		return 0;
	if (options.next == argc) {
		show(sh, row, is_hard && !is_soft, false);
		return 0;
	}
	bool is_both = !is_hard && !is_soft;
	return change(sh, row, argv[options.next], is_hard || is_both, is_soft || is_both);
}
