/* SPDX-License-Identifier: MIT */
/* Descriptors: close-on-exec from birth and never 0, 1 or 2. */

#include "sys/fd.h"

#include "sys/raw.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

void brood__fd_close(int *fd)
{
	if (*fd >= 0)
		RAW1(SYS_close, *fd);
	*fd = -1;
}

int brood__fd_above_stdio(int fd)
{
	if (fd < 0 || fd > 2)
		return fd;
	long moved = RAW3(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 3);
	RAW1(SYS_close, fd);
	return (int)moved;
}

/* Numbers left to children: those above what most programs ever have, as far as the kernel copies a
 * table into a place that is always there (NR_OPEN_DEFAULT). */
#define WAY_FIRST 24
#define WAY_END   64

void brood__fd_make_way(int *fd)
{
	if (*fd < WAY_FIRST || *fd >= WAY_END)
		return;
	long moved = RAW3(SYS_fcntl, *fd, F_DUPFD_CLOEXEC, WAY_END);
	if (moved < 0)
		return;
	RAW1(SYS_close, *fd);
	*fd = (int)moved;
}

int brood__fd_open(const char *path, int flags, unsigned int mode)
{
	long fd;
	do
		fd = RAW4(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC | O_LARGEFILE, mode);
	while (fd == -EINTR);
	return brood__fd_above_stdio((int)fd);
}

int brood__fd_set_nonblocking(int fd, int on)
{
	long flags = RAW2(SYS_fcntl, fd, F_GETFL);
	if (flags < 0)
		return (int)flags;
	long wanted = on ? flags | O_NONBLOCK : flags & ~(long)O_NONBLOCK;
	return wanted == flags ? 0 : (int)RAW3(SYS_fcntl, fd, F_SETFL, wanted);
}

ssize_t brood__fd_read(int fd, void *buffer, size_t size)
{
	long n;
	do
		n = RAW3(SYS_read, fd, buffer, size);
	while (n == -EINTR);
	return n;
}

void brood__fd_unwatch(int epoll_fd, int fd)
{
	RAW4(SYS_epoll_ctl, epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

int brood__fd_event(void)
{
	long fd = RAW2(SYS_eventfd2, 0, EFD_CLOEXEC | EFD_NONBLOCK);
	return brood__fd_above_stdio((int)fd);
}

void brood__fd_event_set(int fd)
{
	uint64_t one = 1;
	while (RAW3(SYS_write, fd, &one, sizeof one) == -EINTR)
		;
}

void brood__fd_event_clear(int fd)
{
	uint64_t count;
	brood__fd_read(fd, &count, sizeof count);
}
