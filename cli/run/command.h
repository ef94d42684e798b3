/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/terminal.h"
#include "run/config.h"

#include <brood/brood.h>

/*
 * The description of the command for the library, out of the configuration.
 */

struct run_command {
	struct brood_cmd cmd;
	struct brood_options options;
	struct brood_stop stop;
	char **edits; /* owned; the entries are the configuration's or our environment's */
	struct attributes_made made;
	struct terminal terminal;
	bool shares_group;
	char attempt[32]; /* "BROOD_ATTEMPT=1" */
};

/* Returns 0, or -1 after having said what is wrong. */
int run_command_make(struct run_command *command, const struct run_config *config);

/* What it finds in BROOD_ATTEMPT, if it may be tried again. */
void run_command_number(struct run_command *command, unsigned int attempt);

void run_command_done(struct run_command *command);
