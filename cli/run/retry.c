/* SPDX-License-Identifier: MIT */
#include "run/retry.h"

#include "common/duration.h"
#include "common/exit_code.h"

#include <brood/brood.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define DEFAULT_TO   (10 * BROOD_SECOND)
#define LONGEST_WAIT (366 * (24 * BROOD_HOUR))

static int parse_delay(const char *text, size_t length, brood_duration *ret)
{
	char copy[DURATION_TEXT_SIZE];

	if (length == 0 || length >= sizeof copy)
		return -EINVAL;
	memcpy(copy, text, length);
	copy[length] = '\0';
	int r = duration_parse(copy, ret);
	if (r == 0 && *ret == DURATION_OFF)
		*ret = 0;
	return r == 0 && *ret > LONGEST_WAIT ? -ERANGE : r;
}

int retry_parse_backoff(struct retry *retry, const char *text)
{
	const char *dots = strstr(text, "..");
	brood_duration from = 0, to = 0;

	int r = parse_delay(text, dots ? (size_t)(dots - text) : strlen(text), &from);
	if (r < 0)
		return r;
	to = from > DEFAULT_TO ? from : DEFAULT_TO;
	if (dots)
		r = parse_delay(dots + 2, strlen(dots + 2), &to);
	if (r < 0)
		return r;
	if (to < from)
		return -EINVAL;
	retry->from = from;
	retry->to = to;
	return 0;
}

/* 0..255, else -1. */
static int parse_code(const char *word)
{
	int code = 0;

	if (!*word || strlen(word) > 3)
		return -1;
	for (; *word; word++) {
		if (*word < '0' || *word > '9')
			return -1;
		code = code * 10 + (*word - '0');
	}
	return code <= 255 ? code : -1;
}

static int add_condition(struct retry *retry, const char *word)
{
	int code = parse_code(word);
	int number = word[0] >= '0' && word[0] <= '9' ? -1 : brood_signal_number(word);

	if (code >= 0)
		retry->codes[code] = true;
	else if (strcmp(word, "timeout") == 0)
		retry->on_timeout = true;
	else if (strcmp(word, "idle") == 0)
		retry->on_idle = true;
	else if (strcmp(word, "spawn") == 0)
		retry->on_spawn = true;
	else if (number > 0 && number < 65)
		retry->signals[number] = true;
	else
		return -EINVAL;
	return 0;
}

int retry_parse_conditions(struct retry *retry, const char *list, char word[RETRY_WORD_SIZE])
{
	for (;;) {
		size_t length = strcspn(list, ",");
		snprintf(word, RETRY_WORD_SIZE, "%.*s", (int)length, list);
		if (length >= RETRY_WORD_SIZE || add_condition(retry, word) < 0)
			return -EINVAL;
		retry->has_conditions = true;
		if (list[length] == '\0')
			return 0;
		list += length + 1;
	}
}

bool retry_wants(const struct retry *retry, const struct retry_outcome *outcome)
{
	int code = outcome->code;

	if (!retry->has_conditions)
		return code != 0 && code != EXIT_BROOD && code != EXIT_CANNOT &&
		       code != EXIT_NOT_FOUND;
	return (code >= 0 && code <= 255 && retry->codes[code]) ||
	       (outcome->signal > 0 && outcome->signal < 65 && retry->signals[outcome->signal]) ||
	       (outcome->timeout && retry->on_timeout) || (outcome->idle && retry->on_idle) ||
	       (outcome->spawn && retry->on_spawn);
}

brood_duration retry_delay(const struct retry *retry, unsigned int attempt, uint32_t random)
{
	brood_duration delay = retry->from;

	for (; attempt > 1 && delay > 0 && delay < retry->to; attempt--)
		delay = delay > retry->to / 2 ? retry->to : delay * 2;
	/* From -1 to 1 in steps of a thousandth. */
	brood_duration tenth = delay / 10;
	brood_duration part = (brood_duration)(random % 2001) - 1000;
	return delay + tenth / 1000 * part + tenth % 1000 * part / 1000;
}
