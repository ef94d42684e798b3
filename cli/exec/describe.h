/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/text.h"

#include <brood/cmd.h>

/* A line: what it is about, and then the rest. */
#define DESCRIBE_LABEL "%-11s "

/* Adds a line for each thing that is set for the program, in the order in which that is done. */
void describe(const struct brood_cmd *cmd, struct text *text);
