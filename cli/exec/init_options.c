/* SPDX-License-Identifier: MIT */
#include "exec/init_options.h"

#include "common/exit_code.h"
#include "common/memory.h"
#include "common/message.h"
#include "common/take.h"

#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Those that cannot be caught, that mean ourselves, or that say that we are broken. */
static bool is_passed_on(int number)
{
	static const int others[] = { SIGKILL, SIGSTOP, SIGCHLD, SIGTTIN, SIGTTOU, SIGSEGV, SIGBUS,
		SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS };

	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (others[i] == number)
			return false;
	return number <= INIT_LAST_SIGNAL;
}

static int take_pair(struct init_options *options, const char *spelled, char *pair)
{
	char *colon = strchr(pair, ':');
	int from = 0, to = -1;

	if (!colon) {
		message("exec: %s: '%s' is not SIGNAL:SIGNAL (accepted: TERM:QUIT, HUP:0)", spelled,
			pair);
		return -1;
	}
	*colon = '\0';
	if (take_signal_number("exec", spelled, pair, &from) < 0)
		return -1;
	if (!is_passed_on(from)) {
		message("exec: %s: %s is not passed on", spelled, pair);
		return -1;
	}
	if (strcmp(colon + 1, "0") != 0 && take_signal_number("exec", spelled, colon + 1, &to) < 0)
		return -1;
	options->rewrites[from] = (signed char)to;
	return 0;
}

static int take_end(struct init_options *options, const char *spelled, char *word)
{
	bool is_code = word[0] >= '0' && word[0] <= '9';
	char *end = NULL;
	unsigned long code = is_code ? strtoul(word, &end, 10) : 0;
	int number = 0;

	if (is_code && (*end != '\0' || code > 255)) {
		message("exec: %s: '%s' is no exit code (accepted: 0 to 255; a signal: TERM)",
			spelled, word);
		return -1;
	}
	if (!is_code && take_signal_number("exec", spelled, word, &number) < 0)
		return -1;
	options->is_ok[is_code ? code : (unsigned long)(EXIT_SIGNAL + number)] = true;
	return 0;
}

static int take_all(struct init_options *options, const char *spelled, const char *value,
	int (*take)(struct init_options *, const char *, char *))
{
	for (;;) {
		size_t length = strcspn(value, ",");
		char *word = memory_copy(value, length);
		int r = take(options, spelled, word);
		free(word);
		if (r < 0 || value[length] == '\0')
			return r;
		value += length + 1;
	}
}

int init_take_rewrite(struct init_options *options, const char *spelled, const char *value)
{
	return take_all(options, spelled, value, take_pair);
}

int init_take_ok(struct init_options *options, const char *spelled, const char *value)
{
	return take_all(options, spelled, value, take_end);
}

int init_rewritten(const struct init_options *options, int number)
{
	int other = number <= INIT_LAST_SIGNAL ? options->rewrites[number] : 0;

	return other == 0 ? number : other < 0 ? 0 : other;
}
