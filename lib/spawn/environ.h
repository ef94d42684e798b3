/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The environment that a child gets. brood_environ(), the public form, is declared in
 * <brood/cmd.h>.
 */

#include <brood/cmd.h>
#include <brood/error.h>

/**
 * Finds a variable in the caller's environment. Returns its value, which is the environment's own,
 * or NULL. (getenv(3) is left to the program: see scripts/check_calls.py.)
 */
const char *brood__environ_get(const char *name);

/**
 * Makes the environment for a command of full size, whose strings are those of the command and of
 * the caller. When there is nothing to change *ret_env is the list that was given and *ret_block is
 * NULL; else the list lies in *ret_block.
 *
 * Returns as brood_environ() does.
 * Owns:    free *ret_block with free(3).
 */
int brood__environ_make(const struct brood_cmd *cmd, char *const **ret_env, void **ret_block,
	struct brood_error *error);
