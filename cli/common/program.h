/* SPDX-License-Identifier: MIT */
#pragma once

#include <brood/brood.h>
#include <stdbool.h>

/*
 * Why a program could not be executed.
 */

struct program {
	char *const *argv;
	const char *dir;         /* NULL: ours */
	const char *search_path; /* where it was looked for */
	char *const *env;        /* at least this is handed on; NULL: nothing */
	bool may_mean_limit;     /* a first word like 10s may be what others take for a limit */
};

/* Says it, if the error is one of finding, of entering the directory, or of execve. Returns whether
   it was. */
bool program_explain(const struct program *program, int code, const struct brood_error *error);
