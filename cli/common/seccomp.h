/* SPDX-License-Identifier: MIT */
#pragma once

#include "common/text.h"

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Profiles of system calls in docker's format (JSON), as a program for the kernel's filter. Decides
 * only; libseccomp does the work, and libjansson reads the JSON.
 *
 * More is refused than other tools refuse, since what is not understood protects nobody: keys that
 * have no meaning, and an unknown system call where that makes the profile weaker than it reads.
 */

/* What "includes" and "excludes" of a rule ask. */
struct seccomp_facts {
	uint64_t capabilities;      /* that the program can have: a bit each */
	unsigned int kernel, patch; /* its version: 6.1 */
};

/* An array of struct sock_filter. */
struct seccomp_filter {
	void *instructions; /* owned */
	size_t length;
};

/* Reads the text of a profile. Returns 0; -EINVAL and in problem what is wrong where:
   "3:7: ...", a line and a column, or "syscalls[2].names[0]: ..."; -ENOSYS: the libraries were not
   there when brood was built. */
int seccomp_compile(const char *text, size_t length, const struct seccomp_facts *facts,
	struct seccomp_filter *ret_filter, struct text *problem);

/* What the filter answers to a call: SECCOMP_RET_... and its data. */
uint32_t seccomp_answer(const struct seccomp_filter *filter, const struct seccomp_data *data);

/* Whether a call of this machine, with all arguments 0, is neither refused nor the end. */
bool seccomp_lets_through(const struct seccomp_filter *filter, int number);
