/* SPDX-License-Identifier: MIT */
#pragma once

#include "exec/template.h"
#include "exec/variables.h"

#include <stdbool.h>

/*
 * Files made of templates: SRC:DST, SRC:DST:MODE or SRC:DST:MODE:OWNER, where MODE may be empty and
 * OWNER is what --user takes. The new file takes the old one's place in one step, so that nobody
 * ever sees half of it.
 */

struct render {
	char *source;
	char *target; /* "-": standard output */
	bool has_mode;
	unsigned int mode;
	char *owner; /* NULL: that of the old file, else ours */
};

/* Returns 0, or -1 after having said what is wrong. */
int render_parse(const char *spelled, const char *text, struct render *ret_render);

void render_done(struct render *render);

/* only: as in struct template_rules. Writes nothing if is_dry. Returns 0, or -1 after having said
   what is wrong; the target is then as it was. */
int render_file(const struct render *render, const struct variables *variables, const char *only,
	bool is_dry);
