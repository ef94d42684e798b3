/* SPDX-License-Identifier: MIT */
/* What the standard descriptors of the children become: opens files and pipes, and sets up our
 * ends.
 */

#include "base/error.h"
#include "job/job.h"
#include "pump/tty.h"
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

/* All that opening the streams of one stage needs. */
struct opening {
	struct brood_job *job;
	const struct brood__request *request;
	struct brood__ends *all_ends;
	size_t stage;
	struct brood_error *error;
};

static int refuse_fd(const struct opening *opening, int code, int step, int fd, const char *subject)
{
	int r = brood__fail_fd(opening->error, code, step, fd, subject);
	if (opening->error && opening->request->n > 1)
		opening->error->stage = (int32_t)opening->stage;
	return r;
}

/* What the job does with the bytes of our end. */
static int set_up_stream(const struct opening *opening, const struct brood_io *io, int fd)
{
	struct brood__stream *stream = &opening->job->stages[opening->stage].streams[fd];
	const char *path = NULL;
	int r = brood__stream_set_up(stream, io, fd, &path);
	if (r < 0)
		return refuse_fd(opening, r, path ? BROOD_STEP_OPEN : BROOD_STEP_PIPE, fd, path);
	if (opening->job->chunks && brood__stream_capture(stream)) {
		stream->chunks = opening->job->chunks;
		stream->chunk_stage = (uint32_t)opening->stage;
		stream->chunk_fd = (uint8_t)fd;
	}
	return 0;
}

static int open_pipe(const struct opening *opening, const struct brood_io *io, int fd)
{
	struct brood__stream *stream = &opening->job->stages[opening->stage].streams[fd];
	int *child_end = &opening->all_ends[opening->stage].child_ends[fd];
	int read_end;
	int write_end;
	int r = brood__pipe_open(&read_end, &write_end);
	if (r < 0)
		return refuse_fd(opening, r, BROOD_STEP_PIPE, fd, NULL);
	stream->fd = fd == 0 ? write_end : read_end;
	*child_end = fd == 0 ? read_end : write_end;
	r = brood__fd_set_nonblocking(stream->fd, 1);
	if (r < 0)
		return refuse_fd(opening, r, BROOD_STEP_PIPE, fd, NULL);
	return set_up_stream(opening, io, fd);
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

/* The pipe to the next stage: both ends are for children. */
static int open_between(const struct opening *opening)
{
	struct brood__ends *ends = &opening->all_ends[opening->stage];
	int r = brood__pipe_open(&ends[1].child_ends[0], &ends->child_ends[1]);
	if (r < 0)
		return refuse_fd(opening, r, BROOD_STEP_PIPE, 1, NULL);
	ends->wants[1].source = ends->child_ends[1];
	ends[1].wants[0] = (struct brood__fd_want){ ends[1].child_ends[0], 0, 0 };
	return 0;
}

/* Of several stages that capture their standard error all write to the pipe of the first. */
static bool share_capture(const struct opening *opening, const struct brood_io *io, int fd)
{
	if (fd != 2 || io->kind != BROOD_IO_CAPTURE)
		return false;
	for (size_t i = 0; i < opening->stage; i++) {
		if (opening->job->stages[i].streams[2].kind != BROOD_IO_CAPTURE)
			continue;
		opening->all_ends[opening->stage].wants[2].source =
			opening->all_ends[i].child_ends[2];
		return true;
	}
	return false;
}

static int open_terminal(const struct opening *opening, const struct brood_io *io, int fd)
{
	struct brood__ends *ends = &opening->all_ends[opening->stage];
	struct brood__stream *streams = opening->job->stages[opening->stage].streams;
	if (!ends->has_tty) {
		int r = brood__tty_open(
			io->mode >> 16, io->mode & 0xffff, &streams[fd].fd, &ends->child_ends[fd]);
		if (r < 0)
			return refuse_fd(opening, r, BROOD_STEP_TERMINAL, fd, NULL);
		ends->has_tty = true;
		ends->tty_fd = fd;
	} else if (fd == 1) {
		long master = RAW3(SYS_fcntl, streams[0].fd, F_DUPFD_CLOEXEC, 3);
		if (master < 0)
			return refuse_fd(opening, (int)master, BROOD_STEP_TERMINAL, fd, NULL);
		streams[1].fd = (int)master;
		streams[0].has_twin = true;
	}
	ends->wants[fd].source = ends->child_ends[ends->tty_fd];
	streams[fd].is_tty = streams[fd].fd >= 0;
	const struct brood_io *inner = io->pointer;
	streams[fd].kind = inner ? inner->kind : BROOD_IO_PIPE;
	return inner ? set_up_stream(opening, inner, fd) : 0;
}

/* The child opens /dev/null itself, unless its root is another: there it need not be there. */
static int open_null(const struct opening *opening, int fd)
{
	struct brood__ends *ends = &opening->all_ends[opening->stage];
	if (!opening->request->stages[opening->stage].attributes.sandbox.root) {
		ends->null_targets |= 1u << fd;
		return 0;
	}
	int opened = brood__fd_open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY, 0);
	if (opened < 0)
		return refuse_fd(opening, opened, BROOD_STEP_OPEN, fd, "/dev/null");
	ends->child_ends[fd] = opened;
	ends->wants[fd].source = opened;
	return 0;
}

static int open_one(const struct opening *opening, const struct brood_io *io, int fd)
{
	struct brood__ends *ends = &opening->all_ends[opening->stage];
	struct brood__fd_want *want = &ends->wants[fd];
	struct brood__stream *stream = &opening->job->stages[opening->stage].streams[fd];
	if (fd == 0 && opening->stage > 0)
		return 0; /* the pipe is there */
	*want = (struct brood__fd_want){ -1, fd, 0 };
	if (fd == 1 && opening->stage + 1 < opening->request->n)
		return open_between(opening);
	uint32_t kind = io->kind;
	if (kind == BROOD_IO_DEFAULT)
		kind = fd == 0 ? BROOD_IO_NULL : BROOD_IO_INHERIT;
	if (share_capture(opening, io, fd))
		return 0;
	stream->kind = kind;
	switch (kind) {
	case BROOD_IO_NULL:
		return open_null(opening, fd);
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
	case BROOD_IO_TTY:
		return open_terminal(opening, io, fd);
	case BROOD_IO_FILE: {
		int opened = brood__stream_open_file(io, fd);
		if (opened < 0)
			return refuse_fd(opening, opened, BROOD_STEP_OPEN, fd, io->pointer);
		ends->child_ends[fd] = opened;
		break;
	}
	default: {
		int r = open_pipe(opening, io, fd);
		if (r < 0)
			return r;
		break;
	}
	}
	want->source = ends->child_ends[fd];
	return 0;
}

static const struct brood_io *io_of(const struct brood_cmd *cmd, int fd)
{
	return fd == 0 ? &cmd->in : fd == 1 ? &cmd->out : &cmd->err;
}

/* Looks at all numbers that the caller names before anything is opened: what we open takes those of
 * closed ones, and the child would get a pipe of ours. */
static int check_numbers(const struct opening *opening)
{
	const struct brood_cmd *cmd = &opening->request->stages[opening->stage].cmd;
	for (int fd = 0; fd < 3; fd++) {
		int r = brood__stream_check_numbers(io_of(cmd, fd));
		if (r < 0)
			return refuse_fd(opening, r, BROOD_STEP_DESCRIPTORS, fd, NULL);
	}
	for (size_t i = 0; i < cmd->n_fds; i++) {
		const struct brood_fd_map *map = &cmd->fds[i];
		int r = map->parent_fd >= 0 ? check_open(map->parent_fd) : 0;
		if (r < 0)
			return refuse_fd(opening, r, BROOD_STEP_DESCRIPTORS, map->child_fd, NULL);
	}
	return 0;
}

int brood__streams_open(struct brood_job *job, const struct brood__request *request,
	struct brood__ends *ends, struct brood_error *error)
{
	struct opening opening = { job, request, ends, 0, error };
	for (size_t i = 0; i < request->n; i++) {
		opening.stage = i;
		int r = check_numbers(&opening);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < request->n; i++) {
		opening.stage = i;
		for (int fd = 0; fd < 3; fd++) {
			int r = open_one(&opening, io_of(&request->stages[i].cmd, fd), fd);
			if (r < 0)
				return r;
		}
	}
	return 0;
}
