/* SPDX-License-Identifier: MIT */
/* One of a child's three streams. */

#include "pump/stream.h"

#include "pump/tee.h"
#include "pump/tty.h"
#include "sys/fd.h"
#include "sys/raw.h"
#include <brood/error.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

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

int brood__stream_open_file(const struct brood_io *io, int fd)
{
	int flags = (int)io->limit;
	if (flags == 0 && fd != 0)
		flags = O_WRONLY | O_CREAT | O_TRUNC;
	unsigned int mode = io->mode ? io->mode : 0666;
	bool may_block = io->flags & BROOD_MAY_BLOCK;
	int extra = O_NOCTTY | (may_block ? 0 : O_NONBLOCK);
	int opened = brood__fd_open(io->pointer, flags | extra, mode);
	if (opened < 0 || may_block || flags & O_NONBLOCK)
		return opened;
	int r = brood__fd_set_nonblocking(opened, 0);
	if (r < 0) {
		brood__fd_close(&opened);
		return r;
	}
	return opened;
}

int brood__stream_check_numbers(const struct brood_io *io)
{
	if (io->kind == BROOD_IO_TTY)
		return io->pointer ? brood__stream_check_numbers(io->pointer) : 0;
	if (io->kind == BROOD_IO_TEE) {
		const struct brood_io *branches = io->pointer;
		int r = 0;
		for (size_t i = 0; r == 0 && i < io->limit; i++)
			r = brood__stream_check_numbers(&branches[i]);
		return r;
	}
	if ((io->kind != BROOD_IO_FD && io->kind != BROOD_IO_SOURCE) || io->fd < 0)
		return 0;
	long r = RAW2(SYS_fcntl, io->fd, F_GETFD);
	return r < 0 ? (int)r : 0;
}

int brood__stream_set_up(
	struct brood__stream *stream, const struct brood_io *io, int fd, const char **ret_path)
{
	if (ret_path)
		*ret_path = NULL;
	switch (io->kind) {
	case BROOD_IO_MEMORY:
		brood__source_init_memory(&stream->source, io->pointer, (size_t)io->limit);
		break;
	case BROOD_IO_SOURCE: {
		brood_source_fn function;
		memcpy(&function, &io->pointer, sizeof function);
		brood__source_init_function(&stream->source, function, io->data);
		stream->source_fd = io->fd;
		break;
	}
	case BROOD_IO_CAPTURE:
		stream->strict = io->flags & BROOD_CAPTURE_STRICT;
		brood__capture_init(&stream->capture, io->limit);
		break;
	case BROOD_IO_INTO:
		brood__capture_init_into(&stream->capture, io->data, (size_t)io->limit);
		break;
	case BROOD_IO_SINK:
		memcpy(&stream->sink, &io->pointer, sizeof stream->sink);
		stream->sink_data = io->data;
		stream->n_waiting = 0;
		stream->pulled = !stream->sink;
		break;
	case BROOD_IO_LINES: {
		brood_line_fn function;
		memcpy(&function, &io->pointer, sizeof function);
		brood__lines_init(&stream->lines, function, io->data, (size_t)io->limit);
		stream->pulled = !function;
		break;
	}
	case BROOD_IO_TEE: {
		struct brood__outlet *branches;
		size_t n = (size_t)io->limit;
		int r = brood__tee_open(io->pointer, n, fd, &branches, ret_path);
		if (r < 0)
			return r;
		stream->branches = branches;
		stream->n_branches = n;
		break;
	}
	default:
		return 0;
	}
	stream->kind = io->kind;
	return 0;
}

void brood__stream_close(struct brood__stream *stream)
{
	if (stream->grown)
		atomic_fetch_sub(&grown_in_all, stream->grown);
	stream->grown = 0;
	if (stream->fd >= 0 && stream->epoll_fd >= 0)
		brood__fd_unwatch(stream->epoll_fd, stream->fd);
	stream->epoll_fd = -1;
	if (stream->kind == BROOD_IO_TEE)
		brood__tee_close(stream->branches, stream->n_branches);
	brood__fd_close(&stream->fd);
}

void brood__stream_retire(struct brood__stream *stream)
{
	if (!stream->is_tty || stream->has_twin || stream->fd < 0) {
		brood__stream_close(stream);
		return;
	}
	if (stream->kind == BROOD_IO_MEMORY || stream->kind == BROOD_IO_SOURCE)
		brood__source_done(&stream->source);
	stream->kind = BROOD_IO_TTY;
}

void brood__stream_done(struct brood__stream *stream)
{
	brood__stream_close(stream);
	switch (stream->kind) {
	case BROOD_IO_CAPTURE:
	case BROOD_IO_INTO:
		brood__capture_done(&stream->capture);
		break;
	case BROOD_IO_LINES:
		brood__lines_done(&stream->lines);
		break;
	case BROOD_IO_MEMORY:
	case BROOD_IO_SOURCE:
		brood__source_done(&stream->source);
		break;
	case BROOD_IO_SINK:
		stream->n_waiting = 0;
		break;
	case BROOD_IO_TEE:
		brood__tee_done(stream->branches, stream->n_branches);
		stream->branches = NULL;
		stream->n_branches = 0;
		break;
	default:
		break;
	}
	free(stream->scratch);
	stream->scratch = NULL;
}

struct brood__capture *brood__stream_capture(struct brood__stream *stream)
{
	if (stream->kind == BROOD_IO_CAPTURE || stream->kind == BROOD_IO_INTO)
		return &stream->capture;
	if (stream->kind != BROOD_IO_TEE)
		return NULL;
	struct brood__outlet *branch = brood__tee_capture(stream->branches, stream->n_branches);
	return branch ? &branch->capture : NULL;
}

static bool is_input(const struct brood__stream *stream)
{
	return stream->kind == BROOD_IO_MEMORY || stream->kind == BROOD_IO_SOURCE;
}

bool brood__stream_wants_source(const struct brood__stream *stream)
{
	return stream->fd >= 0 && stream->source_fd >= 0 && is_input(stream) &&
	       stream->source.n_pending == 0 && !stream->source.at_end;
}

bool brood__stream_has_news(const struct brood__stream *stream)
{
	if (!stream->pulled)
		return false;
	if (stream->kind == BROOD_IO_LINES)
		return brood__lines_has(&stream->lines);
	return stream->n_waiting > 0;
}

bool brood__stream_wants(const struct brood__stream *stream)
{
	return stream->fd >= 0 && stream->kind != BROOD_IO_TTY && !brood__stream_has_news(stream) &&
	       !brood__stream_wants_source(stream);
}

bool brood__stream_take(struct brood__stream *stream, const char **ret_data, size_t *ret_length,
	uint32_t *ret_flags)
{
	if (!brood__stream_has_news(stream))
		return false;
	if (stream->kind == BROOD_IO_LINES)
		return brood__lines_take(&stream->lines, ret_data, ret_length, ret_flags);
	*ret_data = stream->scratch;
	*ret_length = stream->n_waiting;
	*ret_flags = 0;
	stream->n_waiting = 0;
	return true;
}

void brood__stream_drop_news(struct brood__stream *stream)
{
	if (!stream->pulled)
		return;
	stream->pulled = false; /* and still without a function: nobody wants it */
	if (stream->kind == BROOD_IO_LINES)
		brood__lines_done(&stream->lines);
	else
		stream->n_waiting = 0;
}

/* Where the next bytes go: a place of the stream's own, or scratch (*size 0). */
static int find_space(struct brood__stream *stream, char **at, size_t *size)
{
	*size = 0;
	if (stream->kind == BROOD_IO_CAPTURE || stream->kind == BROOD_IO_INTO) {
		size_t want = stream->capture.length < BULK_READ ? SMALL_READ : BULK_READ;
		return brood__capture_space(&stream->capture, want, at, size);
	}
	if (stream->kind == BROOD_IO_LINES)
		return brood__lines_space(&stream->lines, at, size);
	return 0;
}

/* Room behind the bytes that nobody has taken yet. */
static int find_scratch(struct brood__stream *stream, char **at, size_t *size)
{
	size_t used = stream->kind == BROOD_IO_SINK ? stream->n_waiting : 0;
	if (!stream->scratch || used > 0) {
		char *scratch = realloc(stream->scratch, used + BULK_READ);
		if (!scratch)
			return -ENOMEM;
		stream->scratch = scratch;
	}
	*at = stream->scratch + used;
	*size = BULK_READ;
	return 0;
}

static int add_chunk(struct brood__stream *stream, const char *at, size_t n)
{
	if (!stream->chunks)
		return 0;
	return brood__chunks_add(stream->chunks, stream->chunk_stage, stream->chunk_fd, at, n);
}

static int hand_to_capture(struct brood__stream *stream, const char *at, size_t n, bool in_place)
{
	if (in_place)
		brood__capture_advance(&stream->capture, n);
	else
		brood__capture_add_tail(&stream->capture, at, n);
	int r = stream->kind == BROOD_IO_CAPTURE ? add_chunk(stream, at, n) : 0;
	if (stream->strict && stream->capture.total > stream->capture.limit)
		return BROOD_ELIMIT;
	return r;
}

static int hand_to_branches(struct brood__stream *stream, const char *at, size_t n)
{
	struct brood__outlet *capture = brood__tee_capture(stream->branches, stream->n_branches);
	bool is_captured = capture && capture->kind == BROOD_IO_CAPTURE && capture->is_open;
	int r = brood__tee_write(stream->branches, stream->n_branches, at, n);
	int added = is_captured ? add_chunk(stream, at, n) : 0;
	if (r == 0)
		r = added;
	if (r == 0 && !brood__tee_is_open(stream->branches, stream->n_branches))
		return 1;
	return r;
}

/* Hands n bytes on that were read to at. Returns 0; positive: enough; a code: it failed. */
static int hand_on(struct brood__stream *stream, const char *at, size_t n, bool in_place)
{
	switch (stream->kind) {
	case BROOD_IO_CAPTURE:
	case BROOD_IO_INTO:
		return hand_to_capture(stream, at, n, in_place);
	case BROOD_IO_LINES:
		if (stream->lines.function)
			return brood__lines_advance(&stream->lines, n);
		if (stream->pulled)
			brood__lines_come(&stream->lines, n);
		return 0;
	case BROOD_IO_SINK:
		if (stream->sink)
			return stream->sink(stream->sink_data, at, n);
		if (stream->pulled)
			stream->n_waiting += n;
		return 0;
	case BROOD_IO_TEE:
		return hand_to_branches(stream, at, n);
	default: /* nobody wants it */
		return 0;
	}
}

static int end_of_stream(struct brood__stream *stream)
{
	int last = 0;
	if (stream->kind == BROOD_IO_TEE)
		last = brood__tee_finish(stream->branches, stream->n_branches);
	else if (stream->kind == BROOD_IO_LINES && stream->lines.function)
		last = brood__lines_finish(&stream->lines);
	else if (stream->kind == BROOD_IO_LINES && stream->pulled)
		brood__lines_end(&stream->lines);
	brood__stream_close(stream);
	return last < 0 ? last : 1;
}

/* Reads once. Returns how many bytes came, 0 at the end, or -errno; *ret_outcome: what came of
 * them, as hand_on() says. */
static ssize_t read_once(struct brood__stream *stream, size_t *ret_asked, int *ret_outcome)
{
	char *at = NULL;
	size_t size;
	int r = find_space(stream, &at, &size);
	bool in_place = size > 0;
	if (r == 0 && !in_place)
		r = find_scratch(stream, &at, &size);
	if (r < 0)
		return r;
	*ret_asked = size;
	ssize_t n = brood__fd_read(stream->fd, at, size);
	if (n == -EIO && stream->is_tty) /* the other side is closed */
		return 0;
	if (n <= 0)
		return n;
	*ret_outcome = hand_on(stream, at, (size_t)n, in_place);
	return n;
}

static void note_read(struct brood__stream *stream, size_t n, size_t asked)
{
	if (n >= BULK_READ && !stream->grown && ++stream->full_reads >= FULL_READS_TO_GROW)
		grow_pipe(stream);
	else if (n < BULK_READ && n < asked)
		stream->full_reads = 0;
}

/* What becomes of the stream after hand_on(). */
static int settle(struct brood__stream *stream, int outcome)
{
	bool goes_on = stream->kind == BROOD_IO_TEE &&
		       brood__tee_is_open(stream->branches, stream->n_branches);
	if (outcome == 0 || goes_on)
		return outcome;
	/* Lines that a tee still holds back are nobody's: all branches are closed. */
	brood__stream_close(stream);
	return outcome > 0 ? 1 : outcome;
}

/* Reads until there is no more now, something waits to be taken, or it is enough for one turn. */
int brood__stream_read(struct brood__stream *stream)
{
	for (int i = 0; i < ROUNDS && !brood__stream_has_news(stream); i++) {
		size_t asked = 0;
		int outcome = 0; /* a code of the caller's function, -EAGAIN too */
		ssize_t n = read_once(stream, &asked, &outcome);
		if (n == -EAGAIN)
			return 0;
		if (n == 0)
			return end_of_stream(stream);
		if (n < 0)
			brood__stream_close(stream);
		if (n < 0)
			return (int)n;
		if (outcome != 0)
			return settle(stream, outcome);
		note_read(stream, (size_t)n, asked);
		if ((size_t)n < asked)
			return 0;
	}
	return 0;
}
int brood__stream_drain(struct brood__stream *stream)
{
	int pipe = brood__pipe_size(stream->fd);
	size_t most = pipe > 0 ? (size_t)pipe : BULK_READ;
	size_t sum = 0;
	int first = 0; /* failure */
	while (sum <= most) {
		size_t asked;
		int outcome = 0;
		ssize_t n = read_once(stream, &asked, &outcome);
		if (n == -EAGAIN)
			break;
		if (n < 0)
			brood__stream_close(stream);
		int r = n > 0 ? settle(stream, outcome) : n < 0 ? (int)n : end_of_stream(stream);
		if (first == 0 && r < 0)
			first = r;
		if (stream->fd < 0)
			return first < 0 ? first : r;
		sum += (size_t)n;
	}
	int last = end_of_stream(stream);
	if (first == 0 && last < 0)
		first = last;
	return first;
}

int brood__stream_end_input(struct brood__stream *stream)
{
	int r = brood__tty_end_input(stream->fd, stream->last_typed);
	if (r < 0)
		return r;
	stream->last_typed = '\n';
	return r == 0 ? -EAGAIN : 0;
}

/* All is written, or code says why there is no more. */
static int end_of_source(struct brood__stream *stream, int code)
{
	int r = 0;
	if (stream->is_tty) {
		stream->source.at_end = true;
		r = brood__stream_end_input(stream);
		if (r == -EAGAIN)
			return code;
	}
	if (r == 0)
		brood__stream_retire(stream);
	else
		brood__stream_close(stream);
	if (code == 0 && r < 0 && r != -EIO)
		code = r;
	return code < 0 ? code : 1;
}

static ssize_t write_some(const struct brood__stream *stream)
{
	const struct brood__source *source = &stream->source;
	if (stream->is_tty)
		return brood__tty_write(stream->fd, source->pending, source->n_pending);
	return brood__pipe_write(stream->fd, source->pending, source->n_pending);
}

int brood__stream_write(struct brood__stream *stream)
{
	struct brood__source *source = &stream->source;
	for (int i = 0; i < ROUNDS; i++) {
		int r = brood__source_fill(source);
		if (r < 0 || source->at_end)
			return end_of_source(stream, r);
		ssize_t n = write_some(stream);
		if (n == -EAGAIN)
			return 0;
		if (n < 0) {
			brood__stream_close(stream);
			bool is_unread = n == -EPIPE || (n == -EIO && stream->is_tty);
			return is_unread ? 1 : (int)n;
		}
		if (n > 0)
			stream->last_typed = (unsigned char)source->pending[n - 1];
		source->pending += n;
		source->n_pending -= (size_t)n;
		/* A source with a descriptor is asked again only when that one is readable. */
		if (source->n_pending == 0 && stream->source_fd >= 0)
			return 0;
	}
	return 0;
}
