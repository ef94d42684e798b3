/* SPDX-License-Identifier: MIT */
#pragma once

/*
 * One of a child's three streams, seen from its parent: our end of the pipe and what is done with
 * the bytes. Nothing in here waits.
 */

#include "pump/capture.h"
#include "pump/lines.h"
#include "pump/source.h"

struct brood__stream {
	int fd;         /* our end, never blocking; -1: there is none, or it is closed */
	uint32_t kind;  /* BROOD_IO_... */
	bool strict;    /* going over the capture's limit is an error */
	int source_fd;  /* readable when the source has something; -1: it always has */
	int full_reads; /* in a row */
	int grown;      /* bytes that the pipe has above its first size */
	brood_sink_fn sink;
	void *sink_data;
	char *scratch; /* for bytes that are handed on or dropped */
	struct brood__capture capture;
	struct brood__lines lines;
	struct brood__source source;
};

#define BROOD__STREAM_NONE                \
	{                                 \
		.fd = -1, .source_fd = -1 \
	}

/* Output: reads what is there, at most a few rounds. Returns 0; 1: it is at its end and closed;
 * BROOD_ELIMIT or -errno: it failed and is closed. */
int brood__stream_read(struct brood__stream *stream);

/* Output: reads at most what the pipe can hold, so that nothing written before the call is lost and
 * somebody who goes on writing cannot keep us. Closes it. Returns as brood__stream_read(), 0 if
 * the end had not come. */
int brood__stream_drain(struct brood__stream *stream);

/* Input: writes as much as goes. Returns 0; 1: all is written, or nobody reads, and it is closed;
 * -errno: the source failed and it is closed. */
int brood__stream_write(struct brood__stream *stream);

/* Closes our end and gives back what the pipe had grown. */
void brood__stream_close(struct brood__stream *stream);

/* Frees everything. */
void brood__stream_done(struct brood__stream *stream);

/* Says whether the job moves the bytes of such a stream by itself. */
static inline bool brood__stream_is_pumped(const struct brood__stream *stream)
{
	return stream->fd >= 0 && stream->kind != BROOD_IO_PIPE;
}
