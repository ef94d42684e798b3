/* SPDX-License-Identifier: MIT */
#include "sh/builtins/list.h"
#include "sh/builtins/variables.h"
#include "sh/interp.h"

#include <string.h>
#include <sys/times.h>
#include <unistd.h>

/* ---- set ---- */

static int show_variables(struct shell *sh)
{
	size_t n;
	struct symbol **list = variables_sorted(sh, 0, &n);

	for (size_t i = 0; i < n; i++)
		variables_show(sh, list[i], NULL);
	return 0;
}

static bool is_shown(int option)
{
	return option != OPTION_INTERACTIVE && option != OPTION_STDIN;
}

/* set -o for people, set +o for a shell to read back. */
static void show_options(struct shell *sh, bool is_for_people)
{
	for (int i = 0; i < OPTION_COUNT; i++) {
		if (!is_shown(i))
			continue;
		if (is_for_people)
			output_format(
				sh, "%-15s %s\n", option_name(i), sh->options[i] ? "on" : "off");
		else
			output_format(
				sh, "set %co %s\n", sh->options[i] ? '-' : '+', option_name(i));
	}
}

/* One word of letters; *next is the word behind it. Returns 0, or the status of a failure. */
static int take_letters(struct shell *sh, const char *word, int argc, char **argv, int *next)
{
	bool is_on = word[0] == '-';

	for (const char *letter = word + 1; *letter; letter++) {
		int option;
		if (*letter == 'o') {
			if (*next >= argc) {
				show_options(sh, is_on);
				continue;
			}
			const char *name = argv[(*next)++];
			option = option_by_name(name);
			if (option < 0 || !is_shown(option))
				return builtin_usage_at(
					sh, name, "%co %s: no such option", word[0], name);
		} else {
			option = option_by_letter(*letter);
			if (option < 0 || !is_shown(option))
				return builtin_usage_at(
					sh, word, "%c%c: no such option", word[0], *letter);
		}
		if (option_set(sh, option, is_on) < 0)
			return 1;
	}
	return 0;
}

/* A - alone, as old scripts have it: without -x and -v, and what follows are operands. */
static void be_silent(struct shell *sh)
{
	(void)option_set(sh, OPTION_XTRACE, false);
	(void)option_set(sh, OPTION_VERBOSE, false);
}

int builtin_set(struct shell *sh, int argc, char **argv, enum control *control)
{
	int next = 1;
	bool has_operands = false;

	(void)control;
	if (argc == 1)
		return show_variables(sh);
	while (next < argc) {
		const char *word = argv[next];
		if (strcmp(word, "--") == 0) {
			next++;
			has_operands = true;
			break;
		}
		if (strcmp(word, "-") == 0) {
			next++;
			be_silent(sh);
			break;
		}
		if (word[0] != '-' && word[0] != '+')
			break;
		next++;
		int status = take_letters(sh, word, argc, argv, &next);
		if (status != 0)
			return status;
	}
	if (next < argc || has_operands)
		parameters_set(sh, argv + next, (uint32_t)(argc - next));
	return 0;
}

/* ---- shift, times ---- */

int builtin_shift(struct shell *sh, int argc, char **argv, enum control *control)
{
	int first = argc > 1 && strcmp(argv[1], "--") == 0 ? 2 : 1;
	long n = 1;

	(void)control;
	if (argc - first > 1)
		return builtin_usage_at(sh, argv[first + 1], "too many operands");
	if (first < argc && builtin_number(argv[first], 0, UINT32_MAX, &n) < 0)
		return builtin_usage_at(
			sh, argv[first], "%s: is no number to shift by", argv[first]);
	if (parameters_shift(sh, (uint32_t)n) < 0)
		return builtin_error_at(sh, first < argc ? argv[first] : NULL,
			"%ld: there are no more than %u parameters", n,
			(unsigned)parameters_count(sh));
	return 0;
}

static void show_time(struct shell *sh, clock_t ticks, char end)
{
	long per_second = sysconf(_SC_CLK_TCK);
	long hundredths = ticks * 100 / per_second;

	output_format(sh, "%ldm%ld.%02lds%c", hundredths / 6000, hundredths / 100 % 60,
		hundredths % 100, end);
}

int builtin_times(struct shell *sh, int argc, char **argv, enum control *control)
{
	struct tms used;

	(void)argv;
	(void)control;
	if (argc > 1)
		return builtin_usage_at(sh, argv[1], "takes no operands");
	(void)!times(&used);
	show_time(sh, used.tms_utime, ' ');
	show_time(sh, used.tms_stime, '\n');
	show_time(sh, used.tms_cutime, ' ');
	show_time(sh, used.tms_cstime, '\n');
	return 0;
}
