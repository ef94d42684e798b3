/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * Output into memory: grown on the heap with head and tail kept beyond a limit, or the caller's.
 */

#include <brood/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct brood__capture {
	char *data;
	size_t length;   /* bytes kept */
	size_t capacity; /* bytes allocated, or the caller's size */
	size_t ring_at;  /* where the next byte of the tail goes, once length has reached limit */
	uint64_t limit;  /* bytes to keep at most */
	uint64_t total;  /* bytes that came */
	bool borrowed;   /* data is the caller's: only the head is kept */
};

/* limit as given by brood_capture(), 0 and BROOD_UNLIMITED included. */
void brood__capture_init(struct brood__capture *capture, uint64_t limit);

/* size > 0. */
void brood__capture_init_into(struct brood__capture *capture, void *memory, size_t size);

/* Where the next bytes may be read to directly, at least want of them if there is that much room
 * within the limit. *ret_size 0: read elsewhere and call _add. Returns 0 or -ENOMEM. */
int brood__capture_space(
	struct brood__capture *capture, size_t want, char **ret_at, size_t *ret_size);

/* Says that n bytes were read to the space. */
void brood__capture_advance(struct brood__capture *capture, size_t n);

/* Takes bytes that are beyond the limit. */
void brood__capture_add_tail(struct brood__capture *capture, const char *bytes, size_t n);

/* Takes bytes from elsewhere, by copying them. Returns 0 or -ENOMEM. */
int brood__capture_add(struct brood__capture *capture, const char *bytes, size_t n);

/* Moves what was kept to *bytes, in order and with a NUL behind it. Returns 0 or -ENOMEM. */
int brood__capture_finish(struct brood__capture *capture, struct brood_bytes *bytes);

/* Frees what was not moved away. */
void brood__capture_done(struct brood__capture *capture);
