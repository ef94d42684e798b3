/* SPDX-License-Identifier: MIT */
#pragma once

#include "filter/intake.h"

/* Inputs that have no end, and outputs that must not be waited for: FIFOs, files that are followed,
   and standard input with --on-full. Returns 0, or -1 after having said what is wrong. */
int live_read(struct intake *intake);
