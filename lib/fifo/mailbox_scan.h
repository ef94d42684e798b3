/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * The records of a segment file, one after the other, also while others append to it. What is torn
 * or no record at all is passed over as soon as something comes behind it.
 */

#include "fifo/mailbox_record.h"
#include <stdbool.h>

struct brood__scan {
	int fd; /* owned; -1: none */
	uint32_t salt;
	uint64_t offset; /* of the first byte in the buffer that is not dealt with */
	uint64_t end_at; /* of the first one that has never been read */
	bool is_dry;     /* the last read brought less than it could have */
	uint64_t damaged;
	unsigned char *buffer;
	size_t start, end; /* of what is in there */
	size_t capacity;
	size_t hunted; /* bytes from start on in which there is no magic */
};

/* Begins with a segment at its first byte. Takes fd. */
void brood__scan_begin(struct brood__scan *scan, int fd, uint32_t salt);

/* Decodes the next record, whose pointers are valid until the next call. Returns 1 and sets
 * *ret_offset; 0: nothing more is there now, if the file ends at end_at; -ENOMEM, -errno of
 * pread(2). */
int brood__scan_next(struct brood__scan *scan, struct brood__record *record, uint64_t *ret_offset);

/* These bytes, if they are still in the buffer and have been dealt with; else NULL. */
unsigned char *brood__scan_behind(const struct brood__scan *scan, uint64_t offset, size_t length);

/* Goes back to this offset: what is behind it is read again. */
void brood__scan_again(struct brood__scan *scan, uint64_t offset);

/* Closes and frees what it has. */
void brood__scan_done(struct brood__scan *scan);
