/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Who has a PID file. Two locks say so, each of one byte, both taken back by the kernel when their
 * owner is gone, however it went:
 *
 *	ownership  of the open file description, so that a forked child has it as well, and what
 *	           execve leaves
 *	identity   of the process, so that the kernel tells its PID and nobody else's
 */

#include <sys/types.h>

/*
 * Claims the file, which is open for writing. Returns 0; -EBUSY: somebody has it, *ret_holder (0:
 * nobody knows who; maybe its children); other -errno.
 */
int brood__claim(int fd, pid_t *ret_holder);

/* Takes the identity for a file whose ownership we have. Returns 0; -EBUSY: another process has it;
 * other -errno. */
int brood__claim_identity(int fd, pid_t *ret_holder);

/* Who has it; the file may be open for reading only. Returns 1, with *ret_holder as above; 0:
 * nobody; -errno. */
int brood__claim_holder(int fd, pid_t *ret_holder);
