/* SPDX-License-Identifier: MIT */
#ifndef TESTS_CONTRACT_UNCHANGED_H
#define TESTS_CONTRACT_UNCHANGED_H

/*
 * Calls that must leave their host as it is. A topic is a function that makes some calls and ends
 * what it has begun; each call of the library is written by one of
 *
 *	goes_well(brood_run, &cmd, NULL, NULL, NULL);       returns 0 or more
 *	fails(brood_run, &wrong, NULL, NULL, &error);       returns a negative code
 *	either(brood_run, &perhaps, NULL, NULL, NULL);      as the machine allows
 *	is_called(brood_job_free, job);                     returns no code
 *
 * and behind each of them the process is compared with what it was at the beginning of the topic:
 * in the middle of one it may have children and descriptors of the library, which are close-on-exec
 * and above 2; at its end it must be the same.
 */

#include "check.h"
#include "picture.h"

enum { MOST_CALLED = 200 };
enum expected { NO_CODE, SUCCESS, FAILURE, EITHER };

static struct {
	const char *name;
	int went_well;
	int failed;
} called[MOST_CALLED];
static size_t n_called;

static struct picture topic_before;
static struct picture topic_now;
/* A part that the topic itself changes for a while; NULL: none. */
static const char *topic_changes;

static inline void compare_with_before(
	const char *file, int line, const char *what, enum picture_rule rule)
{
	char text[1024];

	picture_take(&topic_now);
	for (size_t part = 0; part < picture_count(); part++) {
		if (rule == PICTURE_MORE && topic_changes &&
			strcmp(picture_name(part), topic_changes) == 0)
			continue;
		if (picture_part_differs(&topic_before, &topic_now, part, rule, text, sizeof text))
			complain(file, line, "%s changed the %s", what, text);
	}
}

static inline void came_back(
	const char *file, int line, const char *name, int64_t returned, enum expected wanted)
{
	size_t i = 0;

	compare_with_before(file, line, name, PICTURE_MORE);
	if ((wanted == SUCCESS && returned < 0) || (wanted == FAILURE && returned >= 0))
		complain(file, line, "%s returned %s (%lld)", name, brood_code_name((int)returned),
			(long long)returned);
	while (i < n_called && strcmp(called[i].name, name) != 0)
		i++;
	if (i == n_called) {
		check(n_called < MOST_CALLED);
		called[n_called++].name = name;
	}
	called[i].went_well += wanted == NO_CODE || returned >= 0;
	called[i].failed += wanted != NO_CODE && returned < 0;
}

#define goes_well(function, ...) \
	came_back(__FILE__, __LINE__, #function, (int64_t)(function(__VA_ARGS__)), SUCCESS)
#define fails(function, ...) \
	came_back(__FILE__, __LINE__, #function, (int64_t)(function(__VA_ARGS__)), FAILURE)
#define either(function, ...) \
	came_back(__FILE__, __LINE__, #function, (int64_t)(function(__VA_ARGS__)), EITHER)
#define is_called(function, ...) \
	((void)function(__VA_ARGS__), came_back(__FILE__, __LINE__, #function, 0, NO_CODE))

#endif
