/* SPDX-License-Identifier: MIT */
/* What a child's standard descriptors become: opens files and pipes, and sets up our ends. */

#include "base/error.h"
#include "job/job.h"
#include "sys/fd.h"
#include "sys/raw.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>

void brood__ends_close(struct brood__ends *ends)
{
	for (int fd = 0; fd < 3; fd++)
		brood__fd_close(&ends->child_ends[fd]);
}

static int open_file(const struct brood_io *io, int fd)
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

/* What the job does with the bytes of a pipe. */
static void set_up_stream(struct brood__stream *stream, const struct brood_io *io)
{
	stream->strict = io->flags & BROOD_CAPTURE_STRICT;
	if (io->kind == BROOD_IO_MEMORY) {
		brood__source_init_memory(&stream->source, io->pointer, (size_t)io->limit);
	} else if (io->kind == BROOD_IO_SOURCE) {
		brood_source_fn function;
		memcpy(&function, &io->pointer, sizeof function);
		brood__source_init_function(&stream->source, function, io->data);
		stream->source_fd = io->fd;
	} else if (io->kind == BROOD_IO_CAPTURE) {
		brood__capture_init(&stream->capture, io->limit);
	} else if (io->kind == BROOD_IO_INTO) {
		brood__capture_init_into(&stream->capture, io->data, (size_t)io->limit);
	} else if (io->kind == BROOD_IO_SINK) {
		memcpy(&stream->sink, &io->pointer, sizeof stream->sink);
		stream->sink_data = io->data;
	} else if (io->kind == BROOD_IO_LINES) {
		brood_line_fn function;
		memcpy(&function, &io->pointer, sizeof function);
		brood__lines_init(&stream->lines, function, io->data, (size_t)io->limit);
	}
}

static int open_pipe(
	struct brood__stream *stream, const struct brood_io *io, int fd, int *ret_child_end)
{
	int read_end;
	int write_end;
	int r = brood__pipe_open(&read_end, &write_end);
	if (r < 0)
		return r;
	stream->fd = fd == 0 ? write_end : read_end;
	*ret_child_end = fd == 0 ? read_end : write_end;
	r = brood__fd_set_nonblocking(stream->fd, 1);
	if (r < 0) {
		brood__fd_close(&stream->fd);
		brood__fd_close(ret_child_end);
		return r;
	}
	set_up_stream(stream, io);
	return 0;
}

/* Returns 0, or -EBADF. */
static int check_open(int fd)
{
	long r = RAW2(SYS_fcntl, fd, F_GETFD);
	return r < 0 ? (int)r : 0;
}

/* The pidfd might get a closed number before the child looks, so this is found out here. */
static void want_own(struct brood__fd_want *want, int fd)
{
	long flags = RAW2(SYS_fcntl, fd, F_GETFD);
	if (flags < 0)
		return;
	want->source = fd;
	want->flags = BROOD__FD_OPTIONAL | (flags & FD_CLOEXEC ? 0 : BROOD__FD_IN_PLACE);
}

static int open_one(struct brood_job *job, const struct brood_io *io, int fd,
	struct brood__ends *ends, struct brood_error *error)
{
	struct brood__fd_want *want = &ends->wants[fd];
	*want = (struct brood__fd_want){ -1, fd, 0 };
	uint32_t kind = io->kind;
	if (kind == BROOD_IO_DEFAULT)
		kind = fd == 0 ? BROOD_IO_NULL : BROOD_IO_INHERIT;
	job->streams[fd].kind = kind;
	switch (kind) {
	case BROOD_IO_NULL:
		ends->null_targets |= 1u << fd;
		return 0;
	case BROOD_IO_INHERIT:
		want_own(want, fd);
		return 0;
	case BROOD_IO_FD:
		want->source = io->fd;
		return 0;
	case BROOD_IO_MERGE:
		want->source = ends->wants[1].source;
		if (ends->null_targets & 2)
			ends->null_targets |= 4;
		return 0;
	case BROOD_IO_FILE:
		ends->child_ends[fd] = open_file(io, fd);
		if (ends->child_ends[fd] < 0)
			return brood__fail_fd(
				error, ends->child_ends[fd], BROOD_STEP_OPEN, fd, io->pointer);
		break;
	default: {
		int r = open_pipe(&job->streams[fd], io, fd, &ends->child_ends[fd]);
		if (r < 0)
			return brood__fail_fd(error, r, BROOD_STEP_PIPE, fd, NULL);
		break;
	}
	}
	want->source = ends->child_ends[fd];
	return 0;
}

/* Looks at all numbers that the caller names before anything is opened: what we open takes those of
 * closed ones, and the child would get a pipe of ours. */
static int check_numbers(
	const struct brood_cmd *cmd, const struct brood_io *const ios[3], struct brood_error *error)
{
	for (int fd = 0; fd < 3; fd++) {
		bool is_named = ios[fd]->kind == BROOD_IO_FD || ios[fd]->kind == BROOD_IO_SOURCE;
		int r = is_named && ios[fd]->fd >= 0 ? check_open(ios[fd]->fd) : 0;
		if (r < 0)
			return brood__fail_fd(error, r, BROOD_STEP_DESCRIPTORS, fd, NULL);
	}
	for (size_t i = 0; i < cmd->n_fds; i++) {
		const struct brood_fd_map *map = &cmd->fds[i];
		int r = map->parent_fd >= 0 ? check_open(map->parent_fd) : 0;
		if (r < 0)
			return brood__fail_fd(
				error, r, BROOD_STEP_DESCRIPTORS, map->child_fd, NULL);
	}
	return 0;
}

int brood__streams_open(struct brood_job *job, const struct brood_cmd *cmd,
	struct brood__ends *ends, struct brood_error *error)
{
	*ends = (struct brood__ends){ .child_ends = { -1, -1, -1 } };
	const struct brood_io *const ios[3] = { &cmd->in, &cmd->out, &cmd->err };
	int checked = check_numbers(cmd, ios, error);
	if (checked < 0)
		return checked;
	for (int fd = 0; fd < 3; fd++) {
		int r = open_one(job, ios[fd], fd, ends, error);
		if (r < 0)
			return r;
	}
	return 0;
}
