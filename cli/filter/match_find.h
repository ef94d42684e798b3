/* SPDX-License-Identifier: MIT */
#pragma once

#include "filter/match_cover.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Finds strings in a block of bytes, one or several at once, as fast as the processor can.
 */

struct finder;

/* The strings are copied; ids[i] is what finder_next says when it has found strings[i]. */
struct finder *finder_new(const struct cover_string *strings, const uint32_t *ids, size_t n);
void finder_free(struct finder *finder);

/* Finds the first place from `from` on at which one of the strings stands. Returns where it begins
   and whose it is, or length. */
size_t finder_next(const struct finder *finder, const char *data, size_t length, size_t from,
	uint32_t *ret_id);
