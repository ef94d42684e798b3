/* SPDX-License-Identifier: MIT */
#pragma once

#include "exec/config.h"
#include "exec/variables.h"

/*
 * The environment of the program, up to the secrets.
 */

/* Ours, and what the options say. Returns 0, or -1 after having said what is wrong. */
int exec_environment_make(const struct exec_config *config, struct variables *variables);

/* What --user says of HOME and the like, where nobody has asked for something else. */
void exec_environment_add_user(const struct attributes_made *made, struct variables *variables);
