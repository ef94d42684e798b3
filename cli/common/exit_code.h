/* SPDX-License-Identifier: MIT */
#pragma once

#include <brood/brood.h>

/*
 * The program's exit codes; a child's own one is passed through.
 */

#define EXIT_TIMEOUT   124 /* a time limit passed */
#define EXIT_BROOD     125 /* brood itself failed */
#define EXIT_CANNOT    126 /* the command was found but cannot be executed */
#define EXIT_NOT_FOUND 127 /* the command was not found */
#define EXIT_SIGNAL    128 /* plus the number of the signal that killed it */

/* The exit code that a job's end amounts to; status is that of the process that counts or NULL. */
int exit_code_of(int code, const struct brood_status *status, const struct brood_error *error);
