/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/subcommand.h"

/* brood run: one command, with limits, its output where it is wanted, and an account of its end. */
extern const struct subcommand run_subcommand;
