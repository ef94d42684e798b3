/* SPDX-License-Identifier: MIT */
/* One of a child's three streams. */

#include "pump/stream.h"

#include "sys/fd.h"
#include <brood/error.h>
#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>

#define SMALL_READ ((size_t)4095)
#define BULK_READ  ((size_t)64 << 10)
#define ROUNDS     16

/* Pipes are grown for streams that keep them full, and never by more than this in all: the kernel
 * limits the pipes of a user, and strangers would pay. */
#define FULL_READS_TO_GROW 3
#define GROWN_PIPE         (1 << 20)
#define GROWN_IN_ALL       (8 << 20)

static atomic_int grown_in_all;

static void grow_pipe(struct brood__stream *stream)
{
	int before = brood__pipe_size(stream->fd);
	int more = GROWN_PIPE - before;
	if (before < 0 || more <= 0)
		return;
	if (atomic_fetch_add(&grown_in_all, more) + more > GROWN_IN_ALL ||
		brood__pipe_resize(stream->fd, GROWN_PIPE) < 0) {
		atomic_fetch_sub(&grown_in_all, more);
		return;
	}
	stream->grown = more;
}

void brood__stream_close(struct brood__stream *stream)
{
	if (stream->grown)
		atomic_fetch_sub(&grown_in_all, stream->grown);
	stream->grown = 0;
	brood__fd_close(&stream->fd);
}

void brood__stream_done(struct brood__stream *stream)
{
	brood__stream_close(stream);
	brood__capture_done(&stream->capture);
	brood__lines_done(&stream->lines);
	brood__source_done(&stream->source);
	free(stream->scratch);
	stream->scratch = NULL;
}

/* Where the next bytes go: a place of the stream's own, or scratch. */
static int find_space(struct brood__stream *stream, char **at, size_t *size)
{
	if (stream->kind == BROOD_IO_CAPTURE || stream->kind == BROOD_IO_INTO) {
		size_t want = stream->capture.length < BULK_READ ? SMALL_READ : BULK_READ;
		return brood__capture_space(&stream->capture, want, at, size);
	}
	if (stream->kind == BROOD_IO_LINES)
		return brood__lines_space(&stream->lines, at, size);
	*size = 0;
	return 0;
}

/* Hands n bytes on that were read to at. Returns 0; 1: enough; a code: it failed. */
static int hand_on(struct brood__stream *stream, char *at, size_t n, bool in_place)
{
	int r = 0;
	switch (stream->kind) {
	case BROOD_IO_CAPTURE:
	case BROOD_IO_INTO:
		if (in_place)
			brood__capture_advance(&stream->capture, n);
		else
			brood__capture_add_tail(&stream->capture, at, n);
		if (stream->strict && stream->capture.total > stream->capture.limit)
			return BROOD_ELIMIT;
		return 0;
	case BROOD_IO_LINES:
		r = brood__lines_advance(&stream->lines, n);
		break;
	case BROOD_IO_SINK:
		r = stream->sink(stream->sink_data, at, n);
		break;
	default: /* nobody wants it */
		break;
	}
	return r > 0 ? 1 : r;
}

static int end_of_stream(struct brood__stream *stream)
{
	int r = 1;
	if (stream->kind == BROOD_IO_LINES) {
		int last = brood__lines_finish(&stream->lines);
		r = last < 0 ? last : 1;
	}
	brood__stream_close(stream);
	return r;
}

/* Reads once. Returns how many bytes came, 0 at the end, or -errno; *ret_outcome: what came of
 * them, as hand_on() says. */
static ssize_t read_once(struct brood__stream *stream, size_t *ret_asked, int *ret_outcome)
{
	char *at = NULL;
	size_t size = 0;
	int r = find_space(stream, &at, &size);
	if (r < 0)
		return r;
	bool in_place = size > 0;
	if (!in_place) {
		if (!stream->scratch)
			stream->scratch = malloc(BULK_READ);
		if (!stream->scratch)
			return -ENOMEM;
		at = stream->scratch;
		size = BULK_READ;
	}
	*ret_asked = size;
	ssize_t n = brood__fd_read(stream->fd, at, size);
	if (n <= 0)
		return n;
	*ret_outcome = hand_on(stream, at, (size_t)n, in_place);
	return n;
}

static int read_rounds(struct brood__stream *stream, size_t at_most)
{
	size_t sum = 0;
	for (int i = 0; i < ROUNDS || at_most != SIZE_MAX; i++) {
		size_t asked = 0;
		int outcome = 0; /* a code of the caller's function, -EAGAIN too */
		ssize_t n = read_once(stream, &asked, &outcome);
		if (n == -EAGAIN)
			return 0;
		if (n == 0)
			return end_of_stream(stream);
		if (n < 0 || outcome) {
			brood__stream_close(stream);
			return n < 0 ? (int)n : outcome;
		}
		sum += (size_t)n;
		if ((size_t)n >= BULK_READ && !stream->grown &&
			++stream->full_reads >= FULL_READS_TO_GROW)
			grow_pipe(stream);
		else if ((size_t)n < BULK_READ && (size_t)n < asked)
			stream->full_reads = 0;
		if (sum > at_most || (at_most == SIZE_MAX && (size_t)n < asked))
			return 0;
	}
	return 0;
}

int brood__stream_read(struct brood__stream *stream)
{
	return read_rounds(stream, SIZE_MAX);
}

int brood__stream_drain(struct brood__stream *stream)
{
	int size = brood__pipe_size(stream->fd);
	int r = read_rounds(stream, size > 0 ? (size_t)size : BULK_READ);
	if (stream->fd >= 0) {
		int last = end_of_stream(stream);
		if (last < 0)
			r = last;
	}
	return r;
}

int brood__stream_write(struct brood__stream *stream)
{
	for (int i = 0; i < ROUNDS; i++) {
		int r = brood__source_fill(&stream->source);
		if (r < 0 || stream->source.at_end) {
			brood__stream_close(stream);
			return r < 0 ? r : 1;
		}
		ssize_t n = brood__pipe_write(
			stream->fd, stream->source.pending, stream->source.n_pending);
		if (n == -EAGAIN)
			return 0;
		if (n < 0) {
			brood__stream_close(stream);
			return n == -EPIPE ? 1 : (int)n;
		}
		stream->source.pending += n;
		stream->source.n_pending -= (size_t)n;
		/* A source with a descriptor is asked again only when that one is readable. */
		if (stream->source.n_pending == 0 && stream->source_fd >= 0)
			return 0;
	}
	return 0;
}
