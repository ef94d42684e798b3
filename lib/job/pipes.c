/* SPDX-License-Identifier: MIT */
/* The pipes that the caller drives. */

#include "job/job.h"
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
	bool is_pipe = stage == 0 && fd >= 0 && fd <= 2 && job->streams[fd].fd >= 0 &&
		       job->streams[fd].kind == BROOD_IO_PIPE;
	if (!is_pipe) {
		brood__job_leave(job);
		return -EBADF;
	}
	*ret_stream = &job->streams[fd];
	return 0;
}

ssize_t brood_job_read(struct brood_job *job, size_t stage, int fd, void *buffer, size_t size)
{
	struct brood__stream *stream;
	int r = enter_stream(job, stage, fd == 0 ? -1 : fd, &stream);
	if (r < 0)
		return r;
	ssize_t n = brood__fd_read(stream->fd, buffer, size);
	if (n == -EAGAIN)
		brood__job_make_wakeable(job);
	while (n == -EAGAIN) {
		struct pollfd wanted = { .fd = stream->fd, .events = POLLIN };
		r = brood__job_turn(job, INT64_MAX, &wanted, 1);
		if (r < 0 && r != -EPERM) {
			n = r;
			break;
		}
		n = brood__fd_read(stream->fd, buffer, size);
	}
	brood__job_leave(job);
	return n;
}

/* Waits until there is room, or something to read. Returns 0, -EAGAIN: read first; or -errno. */
static int wait_for_room(struct brood_job *job)
{
	struct pollfd wanted[3] = { { .fd = job->streams[0].fd, .events = POLLOUT } };
	unsigned int n = 1;
	brood__job_make_wakeable(job);
	for (int fd = 1; fd < 3; fd++) {
		if (job->streams[fd].kind == BROOD_IO_PIPE && job->streams[fd].fd >= 0)
			wanted[n++] = (struct pollfd){ .fd = job->streams[fd].fd,
				.events = POLLIN };
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

ssize_t brood_job_write(
	struct brood_job *job, size_t stage, int fd, const void *bytes, size_t length)
{
	struct brood__stream *stream;
	int r = enter_stream(job, stage, fd == 0 ? 0 : -1, &stream);
	if (r < 0)
		return r;
	size_t written = 0;
	while (written < length) {
		ssize_t n = brood__pipe_write(
			stream->fd, (const char *)bytes + written, length - written);
		if (n >= 0) {
			written += (size_t)n;
			continue;
		}
		r = (int)n;
		if (r == -EAGAIN)
			r = wait_for_room(job);
		if (r < 0)
			break;
	}
	brood__job_leave(job);
	return written > 0 || r >= 0 ? (ssize_t)written : r;
}

int brood_job_close(struct brood_job *job, size_t stage, int fd)
{
	struct brood__stream *stream;
	int r = enter_stream(job, stage, fd, &stream);
	if (r < 0)
		return r;
	brood__stream_close(stream);
	brood__job_leave(job);
	return 0;
}

int brood_job_take_fd(struct brood_job *job, size_t stage, int fd)
{
	struct brood__stream *stream;
	int r = enter_stream(job, stage, fd, &stream);
	if (r < 0)
		return r;
	r = brood__fd_set_nonblocking(stream->fd, 0);
	if (r == 0)
		r = brood__fd_steal(&stream->fd);
	brood__job_leave(job);
	return r;
}
