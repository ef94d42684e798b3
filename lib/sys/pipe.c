/* SPDX-License-Identifier: MIT */
/* Pipes: opened safely, written to without SIGPIPE, resized. */

#include "sys/fd.h"
#include "sys/raw.h"
#include "sys/signals.h"
#include "sys/uapi.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/uio.h>

int brood__pipe_open(int *ret_read_end, int *ret_write_end)
{
	int ends[2] = { -1, -1 };
	long r = RAW2(SYS_pipe2, ends, O_CLOEXEC);
	if (r < 0)
		return (int)r;
	int read_end = brood__fd_above_stdio(ends[0]);
	int write_end = brood__fd_above_stdio(ends[1]);
	if (read_end < 0 || write_end < 0) {
		int error = read_end < 0 ? read_end : write_end;
		brood__fd_close(&read_end);
		brood__fd_close(&write_end);
		return error;
	}
	*ret_read_end = read_end;
	*ret_write_end = write_end;
	return 0;
}

/* Before Linux 6.18: SIGPIPE is blocked around the write, and taken back if it came from it. */
static ssize_t write_with_mask(int fd, const void *bytes, size_t length)
{
	const uint64_t sigpipe = UINT64_C(1) << (SIGPIPE - 1);
	uint64_t pending = 0;
	uint64_t old;
	RAW2(SYS_rt_sigpending, &pending, sizeof pending);
	brood__signals_block(sigpipe, &old);
	long n;
	do
		n = RAW3(SYS_write, fd, bytes, length);
	while (n == -EINTR);
	if (n == -EPIPE && !(pending & sigpipe)) {
		const struct timespec at_once = { 0, 0 };
		while (RAW4(SYS_rt_sigtimedwait, &sigpipe, 0, &at_once, sizeof sigpipe) == -EINTR)
			;
	}
	brood__signals_restore(old);
	return n;
}

static ssize_t write_with_flag(int fd, const void *bytes, size_t length)
{
	struct iovec iov = { .iov_base = (void *)(uintptr_t)bytes, .iov_len = length };
	long n;
	do
		n = RAW6(SYS_pwritev2, fd, &iov, 1, -1, -1, BROOD__RWF_NOSIGNAL);
	while (n == -EINTR);
	return n;
}

static bool is_refusal(ssize_t n)
{
	return n == -EOPNOTSUPP || n == -ENOSYS || n == -EPERM || n == -EINVAL;
}

static atomic_bool no_flag; /* as a pipe has shown: the kernel is older, or a filter forbids it */

ssize_t brood__pipe_write(int fd, const void *bytes, size_t length)
{
	if (!atomic_load_explicit(&no_flag, memory_order_relaxed)) {
		ssize_t n = write_with_flag(fd, bytes, length);
		if (!is_refusal(n))
			return n;
		atomic_store_explicit(&no_flag, true, memory_order_relaxed);
	}
	return write_with_mask(fd, bytes, length);
}

ssize_t brood__fd_write(int fd, const void *bytes, size_t length)
{
	if (!atomic_load_explicit(&no_flag, memory_order_relaxed)) {
		ssize_t n = write_with_flag(fd, bytes, length);
		if (!is_refusal(n)) /* by what fd is, which says nothing of others */
			return n;
	}
	return write_with_mask(fd, bytes, length);
}

int brood__fd_write_all(int fd, const void *bytes, size_t length)
{
	while (length > 0) {
		ssize_t n = brood__fd_write(fd, bytes, length);
		if (n == -EAGAIN) {
			struct pollfd room = { .fd = fd, .events = POLLOUT };
			RAW5(SYS_ppoll, &room, 1, NULL, NULL, 0);
			continue;
		}
		if (n <= 0)
			return n < 0 ? (int)n : -EIO;
		bytes = (const char *)bytes + n;
		length -= (size_t)n;
	}
	return 0;
}

int brood__pipe_resize(int fd, int size)
{
	return (int)RAW3(SYS_fcntl, fd, F_SETPIPE_SZ, size);
}

int brood__pipe_size(int fd)
{
	return (int)RAW2(SYS_fcntl, fd, F_GETPIPE_SZ);
}
