/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * What the files of a process in /proc say. Pure: the bytes of a file in, numbers out. A process
 * chooses its own name, with blanks, parentheses and newlines in it as it likes.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BROOD__PROC_NAME 64

/* stat, as far as it is used. */
struct brood__proc_stat {
	int64_t pid;
	int64_t parent;
	int64_t group;
	int64_t session;
	int64_t nice;
	uint64_t user_ticks;
	uint64_t system_ticks;
	uint64_t threads;
	uint64_t start_ticks; /* since boot */
	uint64_t virtual_bytes;
	uint64_t resident_pages;
	bool has_exit;   /* kernels that are old do not tell it */
	int exit_status; /* in the terms of wait(2), of a zombie; 0 if we may not know */
	char state;
	char name[BROOD__PROC_NAME]; /* cut, and terminated */
};

/* Returns 0 or -EPROTO. */
int brood__proc_parse_stat(const char *bytes, size_t n, struct brood__proc_stat *ret_stat);

#define BROOD__PROC_ABSENT UINT64_MAX

/* status, as far as it is used; what is not in it is BROOD__PROC_ABSENT. */
struct brood__proc_status {
	uint64_t uid;
	uint64_t euid;
	uint64_t gid;
	uint64_t egid;
	uint64_t peak_kib; /* most that was in memory */
};

/* Lines that were cut off are not looked at. */
void brood__proc_parse_status(const char *bytes, size_t n, struct brood__proc_status *ret_status);

/* io; what is not in it is BROOD__PROC_ABSENT. */
struct brood__proc_io {
	uint64_t read_bytes;
	uint64_t written_bytes;
	uint64_t read_chars;
	uint64_t written_chars;
};

void brood__proc_parse_io(const char *bytes, size_t n, struct brood__proc_io *ret_io);

/* fdinfo of a pidfd. Returns the number of its process; 0: it has none in this namespace; -1: it
 * was reaped; -EINVAL: no pidfd. */
int64_t brood__proc_parse_pidfd(const char *bytes, size_t n);
