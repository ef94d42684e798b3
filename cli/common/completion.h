/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/options.h"
#include "common/subcommand.h"
#include "common/text.h"

#include <stddef.h>

/*
 * Scripts that complete command lines of the program in a shell, made from the tables of options.
 * What an option takes is read off the name of its value: FILE, DIR, SIGNAL, and words in lower
 * case stand for themselves, as in "null|inherit|FILE".
 */

struct completion {
	const struct option_table *options; /* in front of the tool */
	const struct subcommand *const *tools;
	size_t n_tools;
};

/* For messages: what is accepted. */
#define COMPLETION_SHELLS "bash, fish, zsh"

/* Adds the script for a shell. Returns 0; -1: no such shell. */
int completion_add(struct text *text, const struct completion *completion, const char *shell);
