/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Named pipes and the locks on them: by path without following a link, by descriptor without asking
 * the path again.
 */

#include <stdbool.h>
#include <sys/types.h>

/* mknodat(2) of a FIFO; the umask counts. Returns 0 or -errno. */
int brood__fifo_make(const char *path, mode_t mode);

/* Returns 1: there is a FIFO; 0: there is something else, a link too; -errno, -ENOENT too. */
int brood__path_is_fifo(const char *path);

/* The same for a descriptor, also for one that was opened with O_PATH. */
int brood__fd_is_fifo(int fd);

/* Whether both lead to the same file. */
bool brood__fd_is_same(int a, int b);

/* Opens once more what the descriptor leads to, which may have been opened with O_PATH. Returns the
 * descriptor; -ENOENT: there is no /proc; -errno. */
int brood__fd_reopen(int fd, int flags);

/* Returns the permissions (07777), or -errno. */
int brood__fd_mode(int fd);

/* Sets them; the descriptor may have been opened with O_PATH. Returns 0 or -errno. */
int brood__fd_set_mode(int fd, mode_t mode);

/* unlinkat(2). Returns 0 or -errno. */
int brood__path_unlink(const char *path);

/* O_RDONLY, O_WRONLY or O_RDWR as it was opened, or -errno. */
int brood__fd_access(int fd);

/* flock(2) with LOCK_... of <sys/file.h>, EINTR repeated. Returns 0 or -errno. */
int brood__fd_lock(int fd, int operation);

/* How many bytes lie in the pipe, or -errno. */
int brood__pipe_unread(int fd);

/*
 * A bit that belongs to the FIFO and not to one descriptor, that survives whoever has set it, and
 * ends with the FIFO's time in memory: the kernel keeps a hint there how long data will live, which
 * means nothing for a FIFO. Only its owner may set it, and not every kernel has it. _mark returns 0
 * or -errno.
 */
int brood__fifo_mark(int fd, bool on);
bool brood__fifo_is_marked(int fd);
