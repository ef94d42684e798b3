/* SPDX-License-Identifier: MIT */
#pragma once

#include "filter/intake.h"

/* One input after the other, each to its end: the operands, or standard input. */
void files_read(struct intake *intake);
