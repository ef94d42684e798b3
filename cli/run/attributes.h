/* SPDX-License-Identifier: MIT */
#pragma once

#include "run/limits.h"

#include <brood/brood.h>

/*
 * What the command may use and how it is run besides: -l, --nice, --umask.
 */

/* One for each resource. */
#define ATTRIBUTES_MOST_LIMITS 16

struct attributes {
	struct limit wanted[ATTRIBUTES_MOST_LIMITS]; /* as they were given, each resource once */
	size_t n_wanted;
	bool has_nice;
	int nice; /* added to ours */
	bool has_umask;
	unsigned int umask;
};

/* What a command borrows. */
struct attributes_made {
	struct brood_rlimit rlimits[ATTRIBUTES_MOST_LIMITS];
	struct brood_limits limits;
	struct brood_credentials credentials;
};

/* Takes the value of an option. Each returns 0, or -1 after having said what is wrong. */
int attributes_take_limit(struct attributes *attributes, const char *spelled, const char *value);
int attributes_take_nice(struct attributes *attributes, const char *spelled, const char *value);
int attributes_take_umask(struct attributes *attributes, const char *spelled, const char *value);

/* Puts them into a command, which borrows made. Returns 0, or -1 after having said what is wrong.
 */
int attributes_make(
	const struct attributes *attributes, struct attributes_made *made, struct brood_cmd *cmd);

/* Says why the command could not be started with them. Returns whether that was the reason. */
bool attributes_explain(
	const struct attributes *attributes, int code, const struct brood_error *error);
