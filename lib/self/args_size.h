/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Whether execve(2) takes two lists of strings, found out without trying.
 */

#include <stdint.h>

/**
 * Checks the arguments and the environment of a program; path is counted too. stack is the soft
 * limit RLIMIT_STACK that will hold then, page the size of a page.
 *
 * Returns 0; -E2BIG: the kernel would refuse them, all or one string.
 */
int brood__args_check(
	const char *path, char *const *argv, char *const *envp, uint64_t stack, uint64_t page);
