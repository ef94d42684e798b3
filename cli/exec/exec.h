/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/subcommand.h"

/* brood exec: sets things up, and then becomes the program. */
extern const struct subcommand exec_subcommand;
