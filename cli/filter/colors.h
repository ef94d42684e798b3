/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * How parts of the output are coloured: what GREP_COLORS says, "ms=01;31:fn=35:ne:rv".
 */

#define COLOR_SIZE 32

struct colors {
	char selected_match[COLOR_SIZE]; /* ms; the numbers of a terminal's SGR, "": not at all */
	char context_match[COLOR_SIZE];  /* mc */
	char selected_line[COLOR_SIZE];  /* sl */
	char context_line[COLOR_SIZE];   /* cx */
	char file_name[COLOR_SIZE];      /* fn */
	char line_number[COLOR_SIZE];    /* ln */
	char byte_offset[COLOR_SIZE];    /* bn */
	char separator[COLOR_SIZE];      /* se */
	bool reversed;                   /* rv: with -v, sl and cx change places */
	bool no_erase;                   /* ne: no "erase to the end of the line" */
};

/* text may be NULL. What is not known is passed over, and a value
   that is no colour ends it all, as with grep. */
void colors_read(struct colors *colors, const char *text);
