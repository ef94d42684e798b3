/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/subcommand.h"
#include "run/config.h"

/* brood run: one command, with limits, its output where it is wanted, and an account of its end. */
extern const struct subcommand run_subcommand;

/* All of it but the reading of a command line. Returns the exit code. */
int run_execute(const struct run_config *config);
