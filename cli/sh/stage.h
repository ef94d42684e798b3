/* SPDX-License-Identifier: MIT */
#pragma once

#include "sh/jobs.h"
#include "sh/shell.h"

/*
 * A part of the tree that runs beside the shell: a stage of a pipeline, or what is asynchronous. A
 * program is started as it is, if expanding its words here makes no difference; anything else runs
 * in a child of ours.
 */

/* Where its standard input and output lead: descriptors of ours. */
#define STAGE_INHERITS (-1) /* the shell's own */
#define STAGE_NULL     (-2) /* /dev/null; of the input only */
struct stage_ends {
	int in, out;
};

/* Adds it to a launch; what cannot be started has a status there. */
void stage_start(
	struct shell *sh, struct launch *launch, const struct node *node, struct stage_ends ends);
