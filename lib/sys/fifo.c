/* SPDX-License-Identifier: MIT */
/* Named pipes: made, looked at, opened by what they are and not by what they are called; locked. */

#include "sys/fifo.h"

#include "sys/fd.h"
#include "sys/raw.h"
#include "sys/uapi.h"
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

/* Not /proc/self: a thread may have descriptors of its own. */
#define FD_FOLDER "/proc/thread-self/fd/"
#define FD_DIGITS 10

int brood__fifo_make(const char *path, mode_t mode)
{
	return (int)RAW4(SYS_mknodat, AT_FDCWD, path, S_IFIFO | mode, 0);
}

int brood__path_is_fifo(const char *path)
{
	struct stat st = { 0 };
	long r = RAW4(SYS_newfstatat, AT_FDCWD, path, &st, AT_SYMLINK_NOFOLLOW);
	return r < 0 ? (int)r : S_ISFIFO(st.st_mode);
}

int brood__fd_is_fifo(int fd)
{
	struct stat st = { 0 };
	long r = RAW2(SYS_fstat, fd, &st);
	return r < 0 ? (int)r : S_ISFIFO(st.st_mode);
}

bool brood__fd_is_same(int a, int b)
{
	struct stat st_a = { 0 }, st_b = { 0 };
	return RAW2(SYS_fstat, a, &st_a) == 0 && RAW2(SYS_fstat, b, &st_b) == 0 &&
	       st_a.st_dev == st_b.st_dev && st_a.st_ino == st_b.st_ino;
}

static void name_of(int fd, char path[sizeof FD_FOLDER + FD_DIGITS])
{
	char digits[FD_DIGITS];
	size_t n = 0;
	do
		digits[n++] = (char)('0' + fd % 10);
	while ((fd /= 10) > 0);
	memcpy(path, FD_FOLDER, sizeof FD_FOLDER - 1);
	path += sizeof FD_FOLDER - 1;
	while (n > 0)
		*path++ = digits[--n];
	*path = '\0';
}

int brood__fd_reopen(int fd, int flags)
{
	char path[sizeof FD_FOLDER + FD_DIGITS];
	name_of(fd, path);
	return brood__fd_open(path, flags, 0);
}

int brood__fd_mode(int fd)
{
	struct stat st = { 0 };
	long r = RAW2(SYS_fstat, fd, &st);
	return r < 0 ? (int)r : (int)(st.st_mode & 07777);
}

int brood__fd_set_mode(int fd, mode_t mode)
{
	long r = RAW4(BROOD__SYS_FCHMODAT2, fd, "", mode, AT_EMPTY_PATH);
	if (r == 0)
		return 0;
	/* Before Linux 6.6, or where a filter does not know it. */
	char path[sizeof FD_FOLDER + FD_DIGITS];
	name_of(fd, path);
	return (int)RAW3(SYS_fchmodat, AT_FDCWD, path, mode);
}

int brood__path_unlink(const char *path)
{
	return (int)RAW3(SYS_unlinkat, AT_FDCWD, path, 0);
}

int brood__fd_access(int fd)
{
	long flags = RAW2(SYS_fcntl, fd, F_GETFL);
	return flags < 0 ? (int)flags : (int)(flags & O_ACCMODE);
}

int brood__fd_lock(int fd, int operation)
{
	long r;
	do
		r = RAW2(SYS_flock, fd, operation);
	while (r == -EINTR);
	return (int)r;
}

int brood__pipe_unread(int fd)
{
	int n = 0;
	long r = RAW3(SYS_ioctl, fd, FIONREAD, &n);
	return r < 0 ? (int)r : n;
}

int brood__fifo_mark(int fd, bool on)
{
	uint64_t hint = on ? BROOD__LIFE_EXTREME : BROOD__LIFE_NOT_SET;
	return (int)RAW3(SYS_fcntl, fd, F_SET_RW_HINT, &hint);
}

bool brood__fifo_is_marked(int fd)
{
	uint64_t hint = BROOD__LIFE_NOT_SET;
	return RAW3(SYS_fcntl, fd, F_GET_RW_HINT, &hint) == 0 && hint == BROOD__LIFE_EXTREME;
}
