/* SPDX-License-Identifier: MIT */
/* The pipes that the caller drives. */

#include "job/job.h"
#include "pump/tty.h"
#include "sys/fd.h"
#include <brood/error.h>
#include <errno.h>

/* Claims the job and finds the stream. Returns 0, -EBADF, -EBUSY or BROOD_EMISUSE. */
static int enter_stream(
	struct brood_job *job, size_t stage, int fd, struct brood__stream **ret_stream)
{
	int r = brood__job_enter(job);
	if (r < 0)
		return r;
	bool is_pipe = stage < job->n_stages && fd >= 0 && fd <= 2 &&
		       job->stages[stage].streams[fd].fd >= 0 &&
		       job->stages[stage].streams[fd].kind == BROOD_IO_PIPE;
	if (!is_pipe) {
		brood__job_leave(job);
		return -EBADF;
	}
	*ret_stream = &job->stages[stage].streams[fd];
	return 0;
}

/* The other side of a pseudo-terminal is gone: the end. */
static ssize_t read_some(const struct brood__stream *stream, void *buffer, size_t size)
{
	ssize_t n = brood__fd_read(stream->fd, buffer, size);
	return n == -EIO && stream->is_tty ? 0 : n;
}

ssize_t brood_job_read(struct brood_job *job, size_t stage, int fd, void *buffer, size_t size)
{
	struct brood__stream *stream;
	int r = enter_stream(job, stage, fd == 0 ? -1 : fd, &stream);
	if (r < 0)
		return r;
	ssize_t n = read_some(stream, buffer, size);
	if (n == -EAGAIN)
		brood__job_make_wakeable(job);
	while (n == -EAGAIN) {
		struct pollfd wanted = { .fd = stream->fd, .events = POLLIN };
		r = brood__job_turn(job, INT64_MAX, &wanted, 1);
		if (r < 0 && r != -EPERM) {
			n = r;
			break;
		}
		n = read_some(stream, buffer, size);
	}
	brood__job_leave(job);
	return n;
}

/*
 * Waits until there is room, or something to read: from a stage's output by hand, of which only the
 * first few can be looked at. Returns 0, -EAGAIN: read first; or -errno.
 */
static int wait_for_room(struct brood_job *job, const struct brood__stream *to)
{
	struct pollfd wanted[3] = { { .fd = to->fd, .events = POLLOUT } };
	unsigned int n = 1;
	brood__job_make_wakeable(job);
	for (size_t i = 3 * job->n_stages; i-- > 0 && n < 3;) {
		const struct brood__stream *stream = &job->stages[i / 3].streams[i % 3];
		if (i % 3 != 0 && stream->kind == BROOD_IO_PIPE && stream->fd >= 0)
			wanted[n++] = (struct pollfd){ .fd = stream->fd, .events = POLLIN };
	}
	do {
		int r = brood__job_turn(job, INT64_MAX, wanted, n);
		if (r < 0 && r != -EPERM)
			return r;
		if (wanted[0].revents)
			return 0;
		for (unsigned int i = 1; i < n; i++) {
			if (wanted[i].revents & POLLIN)
				return -EAGAIN;
			/* At its end: poll() would say so again and again. */
			if (wanted[i].revents)
				wanted[i].fd = -1;
		}
	} while (true);
}

static ssize_t write_some(struct brood__stream *stream, const char *bytes, size_t length)
{
	if (!stream->is_tty)
		return brood__pipe_write(stream->fd, bytes, length);
	ssize_t n = brood__tty_write(stream->fd, bytes, length);
	if (n > 0)
		stream->last_typed = (unsigned char)bytes[n - 1];
	return n == -EIO ? -EPIPE : n;
}

ssize_t brood_job_write(
	struct brood_job *job, size_t stage, int fd, const void *bytes, size_t length)
{
	struct brood__stream *stream;
	int r = enter_stream(job, stage, fd == 0 ? 0 : -1, &stream);
	if (r < 0)
		return r;
	size_t written = 0;
	while (written < length) {
		ssize_t n = write_some(stream, (const char *)bytes + written, length - written);
		if (n >= 0) {
			written += (size_t)n;
			continue;
		}
		r = (int)n;
		if (r == -EAGAIN)
			r = wait_for_room(job, stream);
		if (r < 0)
			break;
	}
	brood__job_leave(job);
	return written > 0 || r >= 0 ? (ssize_t)written : r;
}

/* Types the end of file, for which there must be room. */
static int end_typing(struct brood_job *job, struct brood__stream *stream)
{
	int r = brood__stream_end_input(stream);
	while (r == -EAGAIN) {
		r = wait_for_room(job, stream);
		if (r == 0)
			r = brood__stream_end_input(stream);
	}
	return r == -EIO ? 0 : r;
}

int brood_job_close(struct brood_job *job, size_t stage, int fd)
{
	struct brood__stream *stream;
	int r = enter_stream(job, stage, fd, &stream);
	if (r < 0)
		return r;
	if (stream->is_tty && fd == 0)
		r = end_typing(job, stream);
	if (r == 0 && fd == 0)
		brood__stream_retire(stream);
	else if (r == 0)
		brood__stream_close(stream);
	/* The terminal is hung up when nobody has its side open. */
	if (r == 0 && stream->is_tty && fd != 0)
		brood__stream_close(&job->stages[stage].streams[0]);
	brood__job_leave(job);
	return r;
}

int brood_job_take_fd(struct brood_job *job, size_t stage, int fd)
{
	struct brood__stream *stream;
	int r = enter_stream(job, stage, fd, &stream);
	if (r < 0)
		return r;
	for (int slot = 0; slot < 3; slot++)
		brood__job_unwatch(job, &job->stages[stage], (enum brood__slot)slot);
	r = brood__fd_set_nonblocking(stream->fd, 0);
	if (r == 0)
		r = brood__fd_steal(&stream->fd);
	brood__job_leave(job);
	return r;
}
