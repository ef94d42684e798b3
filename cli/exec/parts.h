/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/text.h"

#include <brood/base.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * The programs of a folder, run one after the other in the order of their names' bytes
 * (LC_ALL=C), each to its end.
 */

/* Pure: letters, digits, - _ and ., but not first and not the leftovers of editors and package
   managers. */
bool parts_is_name(const char *name);

/* The names in the folder that are to be run, sorted, separated by NUL in *ret_names; those that
   are left out although they look like programs are named by a message. Returns how many, or
   -errno. */
int parts_list(const char *folder, bool is_quiet, struct text *ret_names);

struct parts_settings {
	brood_duration timeout; /* for each; 0: none */
	bool is_quiet;
	bool is_verbose;
};

/* Returns 0 or the exit code, after having said which one failed and how. */
int parts_run(const char *folder, const struct parts_settings *settings, char *const *env);
