/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/subcommand.h"

extern const struct subcommand pipe_subcommand;
