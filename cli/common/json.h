/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/text.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Writes one JSON object on one line, member by member:
 *
 *	put_json_begin(&text);
 *	put_json_string(&text, "name", "make");
 *	put_json_integer(&text, "pid", 4711);
 *	put_json_end(&text);
 *
 * The result is plain ASCII but for valid UTF-8 in strings; a byte that is not UTF-8 becomes
 * \ufffd. Names are written as they are.
 */

void put_json_begin(struct text *text);
void put_json_end(struct text *text);

void put_json_null(struct text *text, const char *name);
void put_json_boolean(struct text *text, const char *name, bool value);
void put_json_integer(struct text *text, const char *name, int64_t value);
/* Nanoseconds, as seconds with up to six decimals. */
void put_json_seconds(struct text *text, const char *name, int64_t nanoseconds);
/* NULL gives null. */
void put_json_string(struct text *text, const char *name, const char *value);
void put_json_strings(struct text *text, const char *name, char *const *values);
