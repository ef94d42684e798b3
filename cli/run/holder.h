/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Who holds a lock: what stands in the locked file, believed only as far as the kernel's own list
 * of locks says the same.
 */

#define HOLDER_NAME_SIZE 64

struct holder {
	pid_t pid;                   /* 0: not known */
	char name[HOLDER_NAME_SIZE]; /* "": not known */
	int64_t since;               /* seconds since the epoch; 0: not known */
	bool is_ancestor;            /* it is waiting for us to end */
};

/* Looks for the process that holds the lock on this file. */
void holder_find(int fd, struct holder *ret_holder);

/* Writes ourselves into the file; a file that cannot be written is no error. */
void holder_write(int fd, const char *name);
void holder_clear(int fd);

/* Pure: reads "PID NAME SECONDS\n". Returns whether it is that. */
bool holder_parse(const char *text, struct holder *ret_holder);

/* Pure: reads one line of /proc/locks. Returns whether it is a lock that is held by flock(2). */
bool holder_parse_lock(const char *line, pid_t *ret_pid, dev_t *ret_device, ino_t *ret_inode);
