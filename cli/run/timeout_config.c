/* SPDX-License-Identifier: MIT */
#include "run/timeout_config.h"

#include "common/message.h"
#include "common/text.h"

#include <brood/brood.h>
#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define TRY_HELP " (timeout --help shows how it is used)"

enum { HELP = 256, VERSION };

static const struct option long_options[] = {
	{ "foreground", no_argument, NULL, 'f' },
	{ "kill-after", required_argument, NULL, 'k' },
	{ "preserve-status", no_argument, NULL, 'p' },
	{ "signal", required_argument, NULL, 's' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, HELP },
	{ "version", no_argument, NULL, VERSION },
	{ NULL, 0, NULL, 0 },
};

/* The part behind the number. */
static double unit_of(const char *text)
{
	if (text[0] != '\0' && text[1] != '\0')
		return 0;
	switch (text[0]) {
	case '\0':
	case 's':
		return 1;
	case 'm':
		return 60;
	case 'h':
		return 3600;
	case 'd':
		return 86400;
	default:
		return 0;
	}
}

int timeout_parse_duration(const char *text, brood_duration *ret_duration)
{
	char *end = NULL;

	errno = 0;
	double number = strtod(text, &end);
	bool is_tiny = errno == ERANGE && number < 1;
	double unit = unit_of(end);
	if (end == text || unit <= 0 || isnan(number) || number < 0 || (is_tiny && signbit(number)))
		return -EINVAL;
	double nanoseconds = ceil(number * unit * (double)BROOD_SECOND);
	if (nanoseconds >= (double)BROOD_FOREVER)
		*ret_duration = BROOD_FOREVER;
	else
		*ret_duration = is_tiny && nanoseconds < 1 ? 1 : (brood_duration)nanoseconds;
	return 0;
}

int timeout_parse_signal(const char *text)
{
	char *end = NULL;

	if (text[0] < '0' || text[0] > '9')
		return brood_signal_number(text);
	errno = 0;
	long number = strtol(text, &end, 10);
	if (*end != '\0' || errno != 0 || number > 0xffff)
		return -EINVAL;
	/* 143 is what a shell says of a command that TERM has killed. */
	number &= number >= 0xff ? 0xff : 0x7f;
	return number == 0 || brood_signal_name((int)number) ? (int)number : -EINVAL;
}

static int take_duration(const char *text, brood_duration *ret)
{
	if (timeout_parse_duration(text, ret) == 0)
		return 0;
	message("invalid time interval '%s' (accepted: 10, 1.5, 2s, 5m, 1h, 1d; 0: none)", text);
	return -1;
}

static int take(struct timeout_config *config, int option)
{
	int r = 0;

	switch (option) {
	case 'f':
		config->foreground = true;
		break;
	case 'k':
		r = take_duration(optarg, &config->kill_after);
		if (config->kill_after == 0)
			config->kill_after = BROOD_FOREVER;
		break;
	case 'p':
		config->preserve_status = true;
		break;
	case 's':
		config->signal = timeout_parse_signal(optarg);
		if (config->signal < 0) {
			message("'%s': invalid signal (accepted: TERM, SIGTERM, 15, RTMIN+3, 0)",
				optarg);
			r = -1;
		}
		break;
	case 'v':
		config->verbose = true;
		break;
	case HELP:
		config->help = true;
		break;
	case VERSION:
		config->version = true;
		break;
	default:
		r = -1;
		break;
	}
	return r;
}

/* The long options that begin so, and how many they are. */
static int list_long(const char *word, struct text *list)
{
	size_t length = strcspn(word + 2, "=");
	int n = 0;

	for (const struct option *option = long_options; option->name; option++)
		if (strncmp(option->name, word + 2, length) == 0) {
			text_format(list, "%s--%s", n > 0 ? " " : "", option->name);
			n++;
		}
	return n;
}

static void refuse(const char *word, bool needs_value)
{
	struct text list = { 0 };
	const char letter[2] = { (char)optopt, '\0' };

	if (strncmp(word, "--", 2) != 0 || (optopt > 0 && optopt < HELP && word[1] != '-'))
		message(needs_value ? "option -%s needs a value" TRY_HELP
				    : "unknown option -%s" TRY_HELP,
			letter);
	else {
		int n = list_long(word, &list);
		if (needs_value)
			message("option %s needs a value" TRY_HELP, list.bytes);
		else if (n == 0)
			message("unknown option %s" TRY_HELP, word);
		else if (n > 1)
			message("option %s is ambiguous: %s" TRY_HELP, word, list.bytes);
		else
			message("option %s takes no value" TRY_HELP, list.bytes);
	}
	text_done(&list);
}

int timeout_config_read(struct timeout_config *config, int argc, char **argv)
{
	*config = (struct timeout_config){ .kill_after = BROOD_FOREVER, .signal = SIGTERM };
	opterr = 0;
	for (;;) {
		int word = optind;
		/* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread */
		int option = getopt_long(argc, argv, "+:fk:ps:v", long_options, NULL);
		if (option == -1)
			break;
		if (option == '?' || option == ':') {
			refuse(argv[word], option == ':');
			return -1;
		}
		if (take(config, option) < 0)
			return -1;
		if (config->help || config->version)
			return 0;
	}
	if (argc - optind < 2) {
		message(argc == optind ? "no time limit and no command were given" TRY_HELP
				       : "no command was given" TRY_HELP);
		return -1;
	}
	config->argv = argv + optind + 1;
	return take_duration(argv[optind], &config->limit);
}
