/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/text.h"

/* Writes a text to standard output. Returns the exit code: 0, or 125 after having said why. */
int print_text(const struct text *text);
