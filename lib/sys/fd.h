/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Descriptors: close-on-exec from birth, never 0, 1 or 2, -1 is none.
 */

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Closes *fd if it is one, and makes it -1. */
void brood__fd_close(int *fd);

#define AUTO_FD __attribute__((cleanup(brood__fd_close))) int

/* Empties the variable and returns what was in it. */
static inline int brood__fd_steal(int *fd)
{
	int taken = *fd;
	*fd = -1;
	return taken;
}

/* open(2), close-on-exec, 3 or more, EINTR repeated. Returns the descriptor or -errno. */
int brood__fd_open(const char *path, int flags, unsigned int mode);

/* Moves a new descriptor above 2 if it is not there. Takes fd. Returns the descriptor or -errno. */
int brood__fd_above_stdio(int fd);

/*
 * For a descriptor that is kept for long: moves it out of those numbers that are left to children.
 * A child gets a copy of the caller's table up to the highest number that it needs, and has to
 * close all of that: with thousands of descriptors this would take longer than the start itself, so
 * what a child gets must have low numbers. In a program with few descriptors nothing is moved.
 * Stays where it is if there is no room.
 */
void brood__fd_make_way(int *fd);

/* Sets or clears O_NONBLOCK of the open file description. Returns 0 or -errno. */
int brood__fd_set_nonblocking(int fd, int on);

/* read(2), EINTR repeated. Returns the count or -errno. */
ssize_t brood__fd_read(int fd, void *buffer, size_t size);

/* Writes to whatever the descriptor is, without ever raising SIGPIPE, EINTR repeated. Returns the
 * count or -errno. */
ssize_t brood__fd_write(int fd, const void *bytes, size_t length);

/* Writes all of it, and waits for as long as that takes, also if the descriptor does not block.
 * Returns 0 or -errno. */
int brood__fd_write_all(int fd, const void *bytes, size_t length);

/* Takes it out of an epoll's list. */
void brood__fd_unwatch(int epoll_fd, int fd);

/* An eventfd that never blocks. Returns the descriptor or -errno. */
int brood__fd_event(void);

/* Makes an eventfd readable. Async-signal-safe. */
void brood__fd_event_set(int fd);

/* Makes it unreadable again. */
void brood__fd_event_clear(int fd);

/* pipe2(2): both ends close-on-exec and above 2. Returns 0 or -errno. */
int brood__pipe_open(int *ret_read_end, int *ret_write_end);

/* Writes to a pipe without ever raising SIGPIPE, EINTR repeated. Returns the count or -errno. */
ssize_t brood__pipe_write(int fd, const void *bytes, size_t length);

/* Sets the pipe's capacity. Returns it or -errno. */
int brood__pipe_resize(int fd, int size);

/* Returns the pipe's capacity or -errno. */
int brood__pipe_size(int fd);
