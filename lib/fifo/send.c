/* SPDX-License-Identifier: MIT */
/*
 * Messages into a FIFO, none within another. A short one is one write, which the kernel does not
 * divide, under a shared lock; a long one takes several, under a lock of its own. The lock belongs
 * to an open file, which threads and forked processes share: so each message is written through one
 * that was opened for it.
 */

#include "base/deadline.h"
#include "base/error.h"
#include "sys/clock.h"
#include "sys/fd.h"
#include "sys/fifo.h"
#include "sys/pidfd.h"
#include <brood/fifo.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>

/* How often is looked whether the lock is free. */
#define FIRST_PAUSE   (50 * BROOD_MICROSECOND)
#define LONGEST_PAUSE (5 * BROOD_MILLISECOND)

struct sending {
	int fd;   /* what is written to */
	bool own; /* and it is ours alone, and does not block */
	brood_duration timeout;
	brood__instant deadline;
};

static int begin(struct sending *sending, int fd, int *own, brood_duration timeout)
{
	int r = brood__fd_is_fifo(fd);
	if (r <= 0)
		return r < 0 ? r : -EINVAL;
	r = brood__fd_access(fd);
	if (r < 0 || r == O_RDONLY)
		return r < 0 ? r : -EBADF;
	*own = brood__fd_reopen(fd, O_WRONLY | O_NONBLOCK);
	if (*own == -ENXIO)
		return -EPIPE;
	/* Without /proc, without a free descriptor, or with less permission than when it was
	 * opened: then through what we were given. */
	*sending = (struct sending){
		.fd = *own >= 0 ? *own : fd,
		.own = *own >= 0,
		.timeout = timeout,
		.deadline = brood__deadline(brood__clock_now(), timeout),
	};
	return 0;
}

/* Returns 0, -ETIME or -errno. Nothing tells when a lock becomes free, but by blocking for it. */
static int take_lock(const struct sending *sending, int operation)
{
	brood_duration pause = FIRST_PAUSE;
	for (;;) {
		int r = brood__fd_lock(sending->fd, operation | LOCK_NB);
		if (r != -EWOULDBLOCK)
			return r;
		brood__instant now = brood__clock_now();
		if (now >= sending->deadline)
			return -ETIME;
		brood__instant until = brood__earlier(
			sending->deadline, brood__deadline(now, pause));
		r = brood__poll(NULL, 0, now, until);
		if (r < 0 && r != -EINTR)
			return r;
		pause = pause < LONGEST_PAUSE / 2 ? pause * 2 : LONGEST_PAUSE;
	}
}

/* Not left to the close: a child that another thread forks meanwhile has the same open file. */
static void release_lock(const struct sending *sending)
{
	brood__fd_lock(sending->fd, LOCK_UN);
}

/* Returns 0 when there may be room, or nobody to write for; -ETIME; -errno. */
static int await_room(const struct sending *sending, brood__instant until)
{
	for (;;) {
		struct pollfd room = { .fd = sending->fd, .events = POLLOUT };
		int r = brood__poll(&room, 1, brood__clock_now(), until);
		if (r != -EINTR)
			return r > 0 ? 0 : r == 0 ? -ETIME : r;
	}
}

/* Returns the count, -EAGAIN or -errno. */
static ssize_t write_now(const struct sending *sending, const char *bytes, size_t length)
{
	if (sending->own)
		return brood__pipe_write(sending->fd, bytes, length);
	/* It may block: but not for this much where poll has seen room. */
	if (await_room(sending, brood__clock_now()) == -ETIME)
		return -EAGAIN;
	return brood__pipe_write(sending->fd, bytes, length < PIPE_BUF ? length : PIPE_BUF);
}

/* Up to PIPE_BUF bytes. Returns 0, -ETIME, -errno; 1: not sent, since the line before is torn. */
static int send_short(const struct sending *sending, const char *line, size_t length)
{
	for (;;) {
		int r = take_lock(sending, LOCK_SH);
		if (r < 0)
			return r;
		bool is_torn = brood__fifo_is_marked(sending->fd);
		ssize_t n = is_torn ? 0 : write_now(sending, line, length);
		release_lock(sending);
		if (is_torn)
			return 1;
		if (n != -EAGAIN)
			return n < 0 ? (int)n : (size_t)n == length ? 0 : -EIO;
		r = await_room(sending, sending->deadline);
		if (r < 0)
			return r;
	}
}

/* Under the lock. *written is counted up. Returns 0, -ETIME or -errno. */
static int write_on(
	const struct sending *sending, const char *bytes, size_t length, size_t *written)
{
	size_t end = *written + length;
	while (*written < end) {
		ssize_t n = write_now(sending, bytes, end - *written);
		if (n > 0) {
			bytes += n;
			*written += (size_t)n;
			continue;
		}
		if (n != -EAGAIN)
			return n < 0 ? (int)n : -EIO;
		brood__instant until = sending->deadline;
		if (*written > 0)
			until = brood__deadline(brood__clock_now(), sending->timeout);
		int r = await_room(sending, until);
		if (r < 0)
			return r;
	}
	return 0;
}

/* Who does not wait must not begin what may not fit. */
static bool certainly_fits(const struct sending *sending, size_t length)
{
	return brood__pipe_unread(sending->fd) == 0 &&
	       (int64_t)length < brood__pipe_size(sending->fd);
}

/* Under the lock: the line that somebody has left torn, if there is one, and then the message. */
static int write_locked(const struct sending *sending, const char *message, size_t length)
{
	size_t written = 0;
	if (brood__fifo_is_marked(sending->fd)) {
		int r = write_on(sending, "\n", 1, &written);
		if (r < 0)
			return r;
		brood__fifo_mark(sending->fd, false);
		written = 0;
	}
	if (sending->timeout <= 0 && !certainly_fits(sending, length))
		return -ETIME;
	/* Before the first byte: we may be killed behind it. */
	brood__fifo_mark(sending->fd, true);
	int r = write_on(sending, message, length, &written);
	if (r == 0)
		r = write_on(sending, "\n", 1, &written);
	if (r == 0 || written == 0)
		brood__fifo_mark(sending->fd, false);
	return r == -ETIME && written > 0 ? -EIO : r;
}

static int send_long(const struct sending *sending, const char *message, size_t length)
{
	int r = take_lock(sending, LOCK_EX);
	if (r < 0)
		return r;
	r = write_locked(sending, message, length);
	release_lock(sending);
	return r;
}

int brood_fifo_send(int fd, const void *message, size_t length, brood_duration timeout,
	struct brood_error *error)
{
	AUTO_FD own = -1;
	struct sending sending;
	char line[PIPE_BUF];
	if ((!message && length > 0) || fd < 0)
		return brood__fail_fd(error, BROOD_EMISUSE, BROOD_STEP_PUMP, fd, NULL);
	if (length > 0 && memchr(message, '\n', length))
		return brood__fail_fd(error, -EILSEQ, BROOD_STEP_PUMP, fd, NULL);
	int r = begin(&sending, fd, &own, timeout);
	if (r == 0 && length < sizeof line) {
		if (length > 0)
			memcpy(line, message, length);
		line[length] = '\n';
		r = send_short(&sending, line, length + 1);
	} else if (r == 0) {
		r = 1;
	}
	if (r == 1)
		r = send_long(&sending, message, length);
	return r < 0 ? brood__fail_fd(error, r, BROOD_STEP_PUMP, fd, NULL) : 0;
}
