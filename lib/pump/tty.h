/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * A pseudo-terminal: the child's side and ours.
 */

#include <stddef.h>
#include <sys/types.h>

/* Opens a pair, close-on-exec and above 2; the master does not block. Returns 0 or -errno. */
int brood__tty_open(unsigned int rows, unsigned int columns, int *ret_master, int *ret_slave);

/* Returns 0 or -errno. */
int brood__tty_resize(int master, unsigned int rows, unsigned int columns);

/* Types bytes: at most as many as there is room for. Returns the count, -EAGAIN: no room now, -EIO:
 * no room, and nobody has the other side open; or another -errno. */
ssize_t brood__tty_write(int master, const void *bytes, size_t length);

/* Types the end of file: the terminal's own character for it; twice if the byte typed last has left
 * a line unfinished. Returns 1; 0: half of it went, the other half is to be typed with last being
 * '\n'; -EAGAIN: no room now; or another -errno. */
int brood__tty_end_input(int master, int last);
