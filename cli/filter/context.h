/* SPDX-License-Identifier: MIT */
#pragma once

#include "filter/runs.h"
#include "filter/show.h"
#include "filter/source.h"

/*
 * Lines that do not just come out as they are: numbered, with lines around them, up to a number.
 */

/* Shows the selected lines of a chunk (runs) and their context. Returns 0, or -EINVAL after having
   said what is wrong. */
int context_chunk(struct show *show, struct source *source, const struct runs *runs,
	const struct chunk *chunk);
