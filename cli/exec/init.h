/* SPDX-License-Identifier: MIT */
#pragma once

#include "exec/config.h"

#include <brood/brood.h>

/*
 * --init: the program as a child, and we as what its parent has to be: signals go on to it, orphans
 * are reaped, and nothing is left behind when it has ended.
 */

/* Returns the exit code, or the negative code of a program that could not be started; *error says
   why. */
int init_run(
	const struct exec_config *config, const struct brood_cmd *cmd, struct brood_error *error);
