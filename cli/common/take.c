/* SPDX-License-Identifier: MIT */
#include "common/take.h"

#include "common/duration.h"
#include "common/message.h"

#include <brood/brood.h>
#include <stdlib.h>
#include <string.h>

#define MOST_DESCRIPTOR (1L << 20)

int take_time_limit(
	const char *tool, const char *spelled, const char *value, brood_duration *ret_limit)
{
	int r = duration_take(tool, spelled, value, ret_limit);

	if (r == 0 && *ret_limit == DURATION_OFF)
		*ret_limit = 0;
	return r;
}

int take_grace(const char *tool, const char *spelled, const char *value, brood_duration *ret_grace)
{
	int r = duration_take(tool, spelled, value, ret_grace);

	if (r == 0 && *ret_grace <= 0)
		*ret_grace = BROOD_FOREVER;
	return r;
}

int take_signal_number(const char *tool, const char *spelled, const char *value, int *ret_number)
{
	int number = brood_signal_number(value);

	if (number <= 0) {
		message("%s: %s: '%s' is not a signal (accepted: TERM, SIGTERM, 15, RTMIN+3)", tool,
			spelled, value);
		return -1;
	}
	*ret_number = number;
	return 0;
}

int take_descriptor(const char *tool, const char *spelled, const char *value, int *ret_fd)
{
	char *end = NULL;
	long number = strtol(value, &end, 10);

	if (value[0] < '0' || value[0] > '9' || *end != '\0' || number > MOST_DESCRIPTOR) {
		message("%s: %s: '%s' is not the number of a descriptor", tool, spelled, value);
		return -1;
	}
	*ret_fd = (int)number;
	return 0;
}

int take_color_choice(const char *tool, const char *spelled, const char *value)
{
	static const char *const names[] = { "auto", "always", "never" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(value, names[i]) == 0) {
			message_set_color((enum message_color)i);
			return 0;
		}
	message("%s: %s: '%s' is not auto, always or never", tool, spelled, value);
	return -1;
}
