/* SPDX-License-Identifier: MIT */
/* The records of a segment file, one after the other. */

#include "fifo/mailbox_scan.h"

#include "sys/fd.h"
#include "sys/files.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define READ_BYTES ((size_t)128 << 10)

void brood__scan_begin(struct brood__scan *scan, int fd, uint32_t salt)
{
	brood__fd_close(&scan->fd);
	scan->fd = fd;
	scan->salt = salt;
	scan->offset = scan->end_at = 0;
	scan->is_dry = false;
	scan->start = scan->end = scan->hunted = 0;
}

void brood__scan_again(struct brood__scan *scan, uint64_t offset)
{
	scan->offset = offset;
	scan->is_dry = false;
	scan->start = scan->end = scan->hunted = 0;
}

void brood__scan_done(struct brood__scan *scan)
{
	brood__fd_close(&scan->fd);
	free(scan->buffer);
	scan->buffer = NULL;
	scan->start = scan->end = scan->capacity = 0;
}

static void consume(struct brood__scan *scan, size_t n)
{
	scan->start += n;
	scan->offset += n;
	scan->hunted = 0;
}

static int grow(struct brood__scan *scan, size_t need)
{
	size_t have = scan->end - scan->start;
	size_t capacity = need > READ_BYTES ? need : READ_BYTES;

	if (scan->start > 0) {
		memmove(scan->buffer, scan->buffer + scan->start, have);
		scan->start = 0;
		scan->end = have;
	}
	/* A huge one was there: its memory is not kept. */
	if (scan->capacity >= need && (scan->capacity <= READ_BYTES || have > READ_BYTES))
		return 0;
	unsigned char *buffer = realloc(scan->buffer, capacity);
	if (!buffer)
		return scan->capacity >= need ? 0 : -ENOMEM;
	scan->buffer = buffer;
	scan->capacity = capacity;
	return 0;
}

/* Reads on, so that there are `need` bytes if the file has them. Returns the count of new ones. */
static ssize_t fill(struct brood__scan *scan, size_t need)
{
	/* Nobody needs to be asked twice whether there is more. */
	if (scan->is_dry) {
		scan->is_dry = false;
		return 0;
	}
	int r = grow(scan, need);
	if (r < 0)
		return r;
	size_t have = scan->end, room = scan->capacity - have;
	ssize_t n = brood__file_read_some(scan->fd, scan->buffer + have, room, scan->offset + have);
	if (n <= 0)
		return n;
	scan->end += (size_t)n;
	scan->is_dry = (size_t)n < room;
	if (scan->end_at < scan->offset + scan->end)
		scan->end_at = scan->offset + scan->end;
	return n;
}

unsigned char *brood__scan_behind(const struct brood__scan *scan, uint64_t offset, size_t length)
{
	if (offset < scan->offset - scan->start || offset + length > scan->offset)
		return NULL;
	return scan->buffer + (offset - (scan->offset - scan->start));
}

/*
 * What is at the beginning is not whole, or not its own. Passes over it if the next magic is there
 * already: a record does not have another one in it. Returns whether it did.
 */
static int pass_to_magic(struct brood__scan *scan)
{
	size_t have = scan->end - scan->start;
	size_t from = scan->hunted > 0 ? scan->hunted : 1;
	int is_whole = 0;

	if (have <= from)
		return 0;
	const unsigned char *bytes = scan->buffer + scan->start;
	size_t found = from + brood__record_find(bytes + from, have - from, &is_whole);
	if (is_whole) {
		scan->damaged += found;
		consume(scan, found);
		return 1;
	}
	scan->hunted = found;
	return 0;
}

/* No record begins here: passes over all up to where one may. */
static void pass_garbage(struct brood__scan *scan)
{
	int is_whole;
	size_t have = scan->end - scan->start;
	size_t n = 1 + brood__record_find(scan->buffer + scan->start + 1, have - 1, &is_whole);

	scan->damaged += n;
	consume(scan, n);
}

int brood__scan_next(struct brood__scan *scan, struct brood__record *record, uint64_t *ret_offset)
{
	for (;;) {
		size_t have = scan->end - scan->start;
		size_t need = 1;
		enum brood__decoded decoded = BROOD__DECODED_MORE;
		if (have > 0)
			decoded = brood__record_decode(
				scan->buffer + scan->start, have, scan->salt, record, &need);
		if (decoded == BROOD__DECODED) {
			*ret_offset = scan->offset;
			consume(scan, record->length);
			return 1;
		}
		if (decoded == BROOD__DECODED_BAD) {
			pass_garbage(scan);
			continue;
		}
		if (pass_to_magic(scan))
			continue;
		/* Whose bytes are all there but wrong may still be being written, as long as
		 * nothing is behind them. */
		if (decoded == BROOD__DECODED_TORN && have > need) {
			pass_garbage(scan);
			continue;
		}
		ssize_t n = fill(scan, decoded == BROOD__DECODED_TORN ? need + 1 : need);
		/* What is wrong now may be right when it is read again. */
		if (n == 0 && decoded == BROOD__DECODED_TORN)
			brood__scan_again(scan, scan->offset);
		if (n <= 0)
			return (int)n;
	}
}
