/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/text.h"
#include "sh/source.h"

struct program;

/*
 * Adds the line of a place and a caret below it, as a terminal shows it: "    LINE\n    ^\n"; of a
 * long line what is around the place. Nothing if that line is not known. program (NULL: none) may
 * have it.
 */
void say_line(struct text *text, const struct source *source, const struct program *program,
	struct place place);
