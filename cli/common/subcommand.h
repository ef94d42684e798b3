/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/options.h"
#include "common/text.h"

/*
 * One tool of the program, `brood NAME ...`. main.c holds the list.
 */

struct subcommand {
	const char *name;
	const char *summary; /* one line for brood --help */
	const struct option_table *options;
	/* argv[0] is the tool's name. Returns the exit code. */
	int (*main)(int argc, char **argv);
	/* Adds what `brood NAME --help` shows. */
	void (*help)(struct text *text);
};
