/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

/*
 * Descriptors 0, 1 and 2 may be closed when we start. Each such number is taken at once, so that no
 * file of ours lands on it, by an opening on which reading (0) or writing (1, 2) fails as it would
 * on a closed one.
 */

void standard_fds_occupy(void);

/* Whether 0 was closed when we started. */
bool standard_input_was_closed(void);
