/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The steps of a scanner one by one, for those who must not read when there is nothing to be read.
 */

#include <brood/lines.h>
#include <sys/types.h>

int brood__scanner_fd(const struct brood_scanner *scanner);

/* Takes a line, or a piece of one, that has come. Returns whether there was one. */
bool brood__scanner_take(struct brood_scanner *scanner, const char **ret_line, size_t *ret_length,
	uint32_t *ret_flags);

/* Reads once. Returns the count, 0 at the end, or -errno; the next call may find something. */
ssize_t brood__scanner_read(struct brood_scanner *scanner);

/* When no more can be taken: drops what stands behind the last newline. Returns whether there was
 * any. */
bool brood__scanner_drop(struct brood_scanner *scanner);
