/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The files of a process in /proc, and of no other: its folder is opened while the process is known
 * to be there, and stands for it from then on.
 */

#include "process/process.h"
#include "process/procfs.h"
#include <brood/error.h>

/* Returns the number that /proc has for the process of a pidfd; -ESRCH: it was reaped, or has none
 * there; -EINVAL: no pidfd; -ENOENT: there is no /proc; or -errno. */
int64_t brood__procfile_pid_of(int pidfd);

/* Opens the folder. Returns the descriptor; -ESRCH: the process was reaped; -EACCES: /proc does not
 * show it; -ENOENT: there is no /proc, or not ours; or -errno. */
int brood__procfile_open(const struct brood__process *process);

/* Opens a file of it for reading. Returns the descriptor or -errno. */
int brood__procfile_open_file(int dir, const char *name);

/* Reads a file of it, size bytes at most. Returns the count or -errno. */
ssize_t brood__procfile_read(int dir, const char *name, char *buffer, size_t size);

/* If the first thread has ended and others go on, the files of the process tell nothing of what
 * they have in common. Opens the folder of one of these. Returns the descriptor; -ESRCH: there is
 * none, or the first one is there; or -errno. */
int brood__procfile_open_rest(int dir, const struct brood__proc_stat *stat);

/* Fills an error about a file of the process ("": about its folder). Returns code. */
int brood__procfile_fail(struct brood_error *error, int code, pid_t pid, const char *name);

/* Reads and parses stat. Return 0 or -errno, the first one also -EPROTO. */
int brood__procfile_stat(int dir, struct brood__proc_stat *ret_stat);
int brood__procfile_stat_of(const struct brood__process *process, struct brood__proc_stat *ret_stat,
	struct brood_error *error);

/* How a process has ended that nobody has reaped yet. Returns 1; 0: it does not say, or we may not
 * know. */
int brood__procfile_exit_of(const struct brood__process *process, struct brood__exit *ret_exit);
