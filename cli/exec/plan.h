/* SPDX-License-Identifier: MIT */
#pragma once

#include "exec/config.h"

/*
 * What is done before the program is there, always in this order. Decides only.
 */

enum exec_step {
	EXEC_ENVIRONMENT, /* --clear-env, --env, --unset, --env-file, as they were given */
	EXEC_SECRETS,     /* --secret, then --secret-files */
	EXEC_WAIT,
	EXEC_RENDER,
	EXEC_PARTS,
	EXEC_ATTRIBUTES, /* looks up what will be set between here and the program */
	EXEC_PROGRAM,
	EXEC_N_STEPS
};

/* Those that the configuration needs. Returns how many. */
size_t exec_plan(const struct exec_config *config, enum exec_step steps[EXEC_N_STEPS]);

/* The word for it in messages: "wait". */
const char *exec_step_name(enum exec_step step);
