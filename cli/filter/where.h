/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/text.h"
#include "filter/fields.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Conditions on the fields of a line:
 *
 *	level>=warn and latency>500
 *	(status=502 or status=503) and not path^=/health
 *	error                              there is such a field, and it is not false or null
 *
 * A field is compared by = (or ==) != < <= > >=, ^= (begins with), $= (ends with) and *= (holds). A
 * value is a word or stands between quotes. Two numbers compare as numbers, two levels as levels
 * (in any of their spellings), all else byte by byte. What is said of a field that is not there
 * never holds; `not` turns that round.
 */

struct where;

/* For messages: what is accepted. */
#define WHERE_FORMS "FIELD, FIELD OP VALUE with = != < <= > >= ^= $= *=, and, or, not, ( )"

/* Returns 0, or -EINVAL: why says what is wrong, *ret_column is where (from 1). */
int where_new(struct where **ret_where, const char *text, struct text *why, size_t *ret_column);
void where_free(struct where *where);

bool where_holds(struct where *where, const char *line, size_t length);
