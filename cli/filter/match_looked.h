/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/text.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * What was found out about the line that is being searched, so that it is once only, however many
 * places in it are asked for.
 */

struct looked {
	bool utf8;     /* what lines should be */
	char line_end; /* what ends them, and so is in none */
	size_t number; /* of the line, from 1 */
	const char *line;
	size_t length;
	bool is_ascii;     /* or bytes are characters */
	bool is_utf8;      /* the same */
	struct text clean; /* if it is not UTF-8: each byte that is none is line_end */
};

/* Looks at a line. What is asked for behind its beginning was asked for at its beginning first. */
void looked_look(struct looked *looked, const char *line, size_t length, size_t from);
void looked_done(struct looked *looked);
