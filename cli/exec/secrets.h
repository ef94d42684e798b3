/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/text.h"
#include "exec/variables.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * Secrets that are handed over in files, as docker and Kubernetes do: NAME_FILE=/run/secrets/x
 * becomes NAME=what that file holds, without the newlines at its end.
 */

/* Where one lies if nobody says it. */
#define SECRETS_FOLDER "/run/secrets"

/* More fits into no environment. */
#define SECRETS_LARGEST ((size_t)128 << 10)

/* Every NAME_FILE whose file is there and not too large; others are no secrets, and stay, and so do
   those that are known to be meant as names. A line of each goes into shown, if it is not NULL: its
   name and its file. Returns 0, or -1 after having said what is wrong. */
int secrets_take_all(struct variables *variables, bool is_verbose, struct text *shown);

/* "NAME" or "NAME=FILE", which must be there. */
int secrets_take(
	struct variables *variables, const char *text, bool is_verbose, struct text *shown);
