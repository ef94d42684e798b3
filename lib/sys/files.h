/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Files of a folder that others write to as well: nothing but a regular file is ever opened, no
 * link is followed, no open waits.
 */

#include "sys/raw.h"
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Opens a regular file, close-on-exec, above 2. Returns the descriptor or -errno; -EUCLEAN: what is
 * there is no regular file. */
int brood__file_open(int folder_fd, const char *name, int flags, mode_t mode);

/* Its size, or -errno. */
int64_t brood__file_size(int fd);

/* The same, without marking the file as looked at: the kernel makes the next write dearer then. */
int64_t brood__file_end(int fd);

/* One pread(2), EINTR repeated. Returns the count or -errno. */
ssize_t brood__file_read_some(int fd, void *to, size_t n, uint64_t offset);

/* The same until all is there. Returns the count, which is less than n only at the end, or -errno.
 */
ssize_t brood__file_read_at(int fd, void *to, size_t n, uint64_t offset);

/* One write, EINTR repeated. Returns the count or -errno. */
static inline ssize_t brood__file_append(int fd, const void *bytes, size_t n)
{
	long r;

	do
		r = RAW3(SYS_write, fd, bytes, n);
	while (r == -EINTR);
	return r;
}

/* The same of two parts. */
ssize_t brood__file_append_both(int fd, const void *a, size_t n_a, const void *b, size_t n_b);

/* The end of what this descriptor has written last. */
int64_t brood__file_position(int fd);

/* flock(2) for writing, EINTR repeated; the second one does not wait. Return 0 or -errno. */
int brood__file_lock(int fd);
int brood__file_try_lock(int fd);
void brood__file_unlock(int fd);

/* Locks the whole file for this open file description, for writing; others can ask for it without
 * holding anything. Returns 0 or -errno. */
int brood__file_lease(int fd);

/* Whether somebody has a file locked in this way. Returns 0, 1 or -errno. */
int brood__file_is_leased(int fd);

/* fdatasync(2), EINTR repeated. Returns 0 or -errno. */
int brood__file_sync(int fd);
