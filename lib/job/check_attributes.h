/* SPDX-License-Identifier: MIT */
#pragma once

/* Limits and credentials of a command: checked, and put into the plan. */

#include "spawn/plan.h"
#include <brood/cmd.h>
#include <brood/error.h>

/* Copies at full size; zero if the command has none. */
struct brood__attributes {
	struct brood_credentials credentials;
	struct brood_limits limits;
};

/* Copies and checks cmd.credentials and cmd.limits. Returns 0 or what brood_start() documents. */
int brood__check_attributes(struct brood__attributes *attributes, const struct brood_cmd *cmd,
	struct brood_error *error);

/* Puts them into the plan, which borrows the array of limits. */
void brood__plan_attributes(struct brood__plan *plan, const struct brood__attributes *attributes);

/* "RLIMIT_NOFILE" and so on; NULL for a number that is no resource. */
const char *brood__limit_name(int resource);
