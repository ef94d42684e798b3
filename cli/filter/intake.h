/* SPDX-License-Identifier: MIT */
#pragma once

#include "filter/output.h"
#include "filter/select.h"
#include "filter/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/*
 * What was read goes in here: it is cut into chunks, and these are looked at.
 */

/* So much is read at once. */
#define INTAKE_BYTES ((size_t)256 << 10)

struct intake {
	struct filter_config *config;
	struct selection *selection;
	struct output *output;
	struct source_limits limits;
	bool has_trouble; /* something could not be read: exit code 2 */
	bool is_broken;   /* nothing can go on */
};

/* A source with a name, ready to be read. */
void intake_begin(struct intake *intake, struct source *source, const char *name);

/* Reads once, up to INTAKE_BYTES, and looks at what that gave. Returns what read(2) does, or
   -errno. EINTR is one. */
ssize_t intake_read(struct intake *intake, struct source *source);

/* Looks at what was added to a source. */
void intake_look(struct intake *intake, struct source *source);

/* The line so far is over, though it has not ended. */
void intake_look_rest(struct intake *intake, struct source *source);

/* Says what is wrong with an input, unless that is not wanted. */
void intake_complain(struct intake *intake, const char *name, const char *words);

/* Whether nothing more is to be read at all. */
bool intake_is_over(const struct intake *intake);

/* With --pipe-size: makes it so. */
void intake_set_pipe(const struct intake *intake, int fd);
