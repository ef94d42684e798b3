/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/text.h"
#include "filter/colors.h"
#include "filter/config.h"
#include "filter/match.h"
#include "filter/output.h"
#include "filter/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * How lines look: names, numbers, colours, separators.
 */

struct show {
	const struct filter_config *config;
	struct output *output;
	struct matcher *matcher; /* for -o and colours; NULL: there are no patterns */
	struct colors colors;
	bool is_coloured;
	bool has_names;
	bool is_plain;  /* lines come out as they are */
	bool has_shown; /* a line of any input */
	char eol;
	struct text line;
	struct text why;
};

/* A line that is to be shown; with its newline, if it has one. */
struct shown_line {
	const char *bytes;
	size_t length;
	uint64_t number; /* from 1 */
	uint64_t offset;
	bool is_selected; /* not context */
	bool is_cut;
};

void show_init(struct show *show, const struct filter_config *config, struct output *output,
	struct matcher *matcher, bool has_names);
void show_done(struct show *show);

/* Lines that follow each other, as they are; the last one may lack its newline. */
void show_plain(struct show *show, const char *bytes, size_t length, bool is_cut);

/* Returns 0, or -EINVAL with show->why. */
int show_line(struct show *show, const char *name, const struct shown_line *line);

/* What stands between two groups of lines. */
void show_separator(struct show *show);

/* -c, -l and -L. */
void show_count(struct show *show, const char *name, uint64_t n);
void show_name(struct show *show, const char *name);
