/* SPDX-License-Identifier: MIT */
#pragma once

#include "exec/wait_spec.h"

#include <brood/base.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Waits until all that is waited for is there: all at once, each tried again and again, until one
 * deadline.
 */

struct wait_settings {
	brood_duration timeout;  /* BROOD_FOREVER: none */
	brood_duration interval; /* the longest time between two attempts */
	brood_duration attempt;  /* the longest time that one may take */
	unsigned int successes;  /* how many attempts in a row must succeed */
	bool is_quiet;           /* nothing is said while it takes its time */
	bool is_verbose;
};

/* env is for the commands. Returns 0 or the exit code, after having said what is missing. */
int wait_for(const struct wait_spec *specs, size_t n, const struct wait_settings *settings,
	char *const *env);
