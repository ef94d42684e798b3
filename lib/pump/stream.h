/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One of a child's three streams, seen from its parent: our end of the pipe and what is done with
 * the bytes. Nothing in here waits, but for branches of a tee that the caller named.
 */

#include "pump/capture.h"
#include "pump/chunks.h"
#include "pump/lines.h"
#include "pump/source.h"

struct brood__outlet; /* where bytes go */

/* Of many jobs at once each has three per stage: kept small. */
struct brood__stream {
	int fd;        /* our end, never blocking; -1: there is none, or it is closed */
	int epoll_fd;  /* which has fd in its list, to be taken out before it is closed; or -1 */
	int source_fd; /* readable when the source has something; -1: it always has */
	uint32_t kind; /* BROOD_IO_...; of a pseudo-terminal: what is done with its bytes, or
			  PIPE; TTY: kept open and no more */
	int grown;     /* bytes that the pipe has above its first size */
	uint32_t chunk_stage; /* for chunks */
	uint8_t chunk_fd;
	uint8_t full_reads;           /* in a row */
	bool is_tty;                  /* fd is the master of a pseudo-terminal: EIO is its end */
	bool has_twin;                /* another stream of ours holds the same master open */
	bool strict;                  /* going over the capture's limit is an error */
	bool pulled;                  /* SINK or LINES without a function: brood__stream_take() */
	int16_t last_typed;           /* the last byte that was written to a pseudo-terminal */
	char *scratch;                /* for bytes that are handed on or dropped */
	struct brood__chunks *chunks; /* gets what is captured too; or NULL */
	union {                       /* by kind */
		struct brood__capture capture;
		struct brood__lines lines;
		struct brood__source source;
		struct {
			brood_sink_fn sink;
			void *sink_data;
			size_t n_waiting; /* pulled: bytes at scratch that nobody has taken yet */
		};
		struct {
			struct brood__outlet *branches; /* of a tee, owned */
			size_t n_branches;
		};
	};
};

#define BROOD__STREAM_NONE                                                    \
	{                                                                     \
		.fd = -1, .epoll_fd = -1, .source_fd = -1, .last_typed = '\n' \
	}

/*
 * Takes over what an io (of kind MEMORY, SOURCE, CAPTURE, INTO, SINK, LINES or TEE; others: nothing
 * is done) says is to be done with the bytes; the stream's fd is left to the caller. fd: which of
 * the child's descriptors it is; files of a tee are opened. Returns 0 or -errno, and then *ret_path
 * (if it is not NULL) is the file that could not be opened, or NULL.
 */
int brood__stream_set_up(
	struct brood__stream *stream, const struct brood_io *io, int fd, const char **ret_path);

/* Opens the file of an io of kind FILE, for the child's descriptor fd. Returns it or -errno. */
int brood__stream_open_file(const struct brood_io *io, int fd);

/* Looks whether all descriptors that an io names, also those of a tee's branches and of what a
 * pseudo-terminal leads to, are open. Returns 0 or -EBADF. */
int brood__stream_check_numbers(const struct brood_io *io);

/* Output: reads what is there, at most a few rounds. Returns 0; 1: it is at its end and closed;
 * BROOD_ELIMIT or -errno: it failed and is closed (a tee: all of its branches are). A failure of a
 * tee's branch alone: its code, and the stream is still open. */
int brood__stream_read(struct brood__stream *stream);

/* Output: reads at most what the pipe can hold, so that nothing written before the call is lost and
 * somebody who goes on writing cannot keep us. Closes it. Returns as brood__stream_read(), 0 if
 * the end had not come. Pulled bytes wait behind those that wait already. */
int brood__stream_drain(struct brood__stream *stream);

/* Input: writes as much as goes. Returns 0; 1: all is written, or nobody reads, and it is closed (a
 * pseudo-terminal: the end of file was typed, and it is retired); -errno: the source failed and it
 * is closed (a pseudo-terminal: open for as long as the end of file is still to be typed). */
int brood__stream_write(struct brood__stream *stream);

/* Types the end of file on a pseudo-terminal; it stays open. Returns 0, -EAGAIN: not all of it
 * went, to be called again when there is room; or -errno. */
int brood__stream_end_input(struct brood__stream *stream);

/* Whether it is of use to wait for its descriptor: not while something waits to be taken, or while
 * the source has to be waited for. */
bool brood__stream_wants(const struct brood__stream *stream);

/* Whether source_fd is to be waited for instead. */
bool brood__stream_wants_source(const struct brood__stream *stream);

/* Pulled streams: whether a chunk or a line can be taken, also of one that is closed. */
bool brood__stream_has_news(const struct brood__stream *stream);

/* Takes it; valid until the next call with this stream. flags: BROOD_LINE_... Returns whether there
 * was one. */
bool brood__stream_take(struct brood__stream *stream, const char **ret_data, size_t *ret_length,
	uint32_t *ret_flags);

/* Pulled streams: nobody will take anything; what comes is dropped. */
void brood__stream_drop_news(struct brood__stream *stream);

/* The capture of the stream, or of a branch of its tee; NULL: there is none. */
struct brood__capture *brood__stream_capture(struct brood__stream *stream);

/* Closes our end and gives back what the pipe had grown. */
void brood__stream_close(struct brood__stream *stream);

/* Input: nothing more will be written. Closes our end; but of a pseudo-terminal that no other
 * stream of ours holds open keeps it, since closing would hang it up. */
void brood__stream_retire(struct brood__stream *stream);

/* Frees everything. */
void brood__stream_done(struct brood__stream *stream);

/* Says whether the job moves the bytes of such a stream by itself. */
static inline bool brood__stream_is_pumped(const struct brood__stream *stream)
{
	return stream->fd >= 0 && stream->kind != BROOD_IO_PIPE && stream->kind != BROOD_IO_TTY;
}
