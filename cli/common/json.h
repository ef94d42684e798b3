/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/text.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Writes one JSON object on one line, member by member:
 *
 *	json_begin(&text);
 *	json_string(&text, "name", "make");
 *	json_integer(&text, "pid", 4711);
 *	json_end(&text);
 *
 * The result is plain ASCII but for valid UTF-8 in strings; a byte that is not UTF-8 becomes
 * \ufffd. Names are written as they are.
 */

void json_begin(struct text *text);
void json_end(struct text *text);

void json_null(struct text *text, const char *name);
void json_boolean(struct text *text, const char *name, bool value);
void json_integer(struct text *text, const char *name, int64_t value);
/* Nanoseconds, as seconds with up to six decimals. */
void json_seconds(struct text *text, const char *name, int64_t nanoseconds);
/* NULL gives null. */
void json_string(struct text *text, const char *name, const char *value);
void json_strings(struct text *text, const char *name, char *const *values);
