/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/subcommand.h"

/* brood filter: lines that match, from files, pipes and FIFOs, as they come. */
extern const struct subcommand filter_subcommand;
