/* SPDX-License-Identifier: MIT */
#pragma once

#include "filter/config.h"
#include "filter/runs.h"
#include "filter/show.h"
#include "filter/source.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Chunk by chunk: which lines are selected, and what becomes of them.
 */

struct selection {
	struct filter_config *config;
	struct matcher *matcher;  /* NULL: there are no patterns */
	struct matcher *unwanted; /* --not; NULL: none */
	struct show *show;
	struct match_ranges ranges;
	struct match_ranges unwanted_ranges;
	struct runs matched;
	struct runs wanted;
	struct runs timed;
	struct runs met;
	struct runs both;
	bool any;                     /* a line of any input was selected */
	bool is_over;                 /* with -q: nothing more matters */
	uint64_t n_lines, n_selected; /* with --stats only */
	uint64_t n_bytes, n_cut;
};

void selection_init(struct selection *selection, struct filter_config *config,
	struct matcher *matcher, struct matcher *unwanted, struct show *show);
void selection_done(struct selection *selection);

/* Sets source->is_done when nothing more of it is wanted. Returns 0, or -EINVAL after having said
   what is wrong. */
int selection_chunk(struct selection *selection, struct source *source, const struct chunk *chunk);

/* The input is over: -c, -L. */
void selection_end(struct selection *selection, struct source *source);
