/* SPDX-License-Identifier: MIT */
/* Files of a folder that others write to as well. */

#include "sys/files.h"

#include "sys/fd.h"
#include "sys/fifo.h"
#include "sys/raw.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>

/* Whether it is a regular file, asked before anything is opened: opening a device can do things. */
static int check_kind(int folder_fd, const char *name)
{
	struct stat st = { .st_mode = 0 };
	long r = RAW4(SYS_newfstatat, folder_fd, name, &st, AT_SYMLINK_NOFOLLOW);

	if (r < 0)
		return (int)r;
	return S_ISREG(st.st_mode) ? 0 : -EUCLEAN;
}

int brood__file_open(int folder_fd, const char *name, int flags, mode_t mode)
{
	struct stat st = { .st_mode = 0 };
	int r = check_kind(folder_fd, name);
	long fd;

	if (r < 0 && (r != -ENOENT || !(flags & O_CREAT)))
		return r;
	if (r == 0 && (flags & O_CREAT) && (flags & O_EXCL))
		return -EEXIST;
	do
		fd = RAW4(SYS_openat, folder_fd, name,
			flags | O_CLOEXEC | O_LARGEFILE | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, mode);
	while (fd == -EINTR);
	if (fd == -ELOOP)
		return -EUCLEAN;
	AUTO_FD opened = brood__fd_above_stdio((int)fd);
	if (opened < 0)
		return opened;
	long seen = RAW2(SYS_fstat, opened, &st);
	if (seen < 0)
		return (int)seen;
	return S_ISREG(st.st_mode) ? brood__fd_steal(&opened) : -EUCLEAN;
}

int64_t brood__file_size(int fd)
{
	struct stat st = { .st_mode = 0 };
	long r = RAW2(SYS_fstat, fd, &st);

	return r < 0 ? r : st.st_size;
}

int64_t brood__file_end(int fd)
{
	return RAW3(SYS_lseek, fd, 0, SEEK_END);
}

ssize_t brood__file_read_some(int fd, void *to, size_t n, uint64_t offset)
{
	long r;

	do
		r = RAW4(SYS_pread64, fd, to, n, offset);
	while (r == -EINTR);
	return r;
}

ssize_t brood__file_read_at(int fd, void *to, size_t n, uint64_t offset)
{
	size_t done = 0;

	while (done < n) {
		ssize_t r = brood__file_read_some(fd, (char *)to + done, n - done, offset + done);
		if (r < 0)
			return r;
		if (r == 0)
			break;
		done += (size_t)r;
	}
	return (ssize_t)done;
}

ssize_t brood__file_append_both(int fd, const void *a, size_t n_a, const void *b, size_t n_b)
{
	struct iovec parts[2] = { { (void *)(uintptr_t)a, n_a }, { (void *)(uintptr_t)b, n_b } };
	long n;

	do
		n = RAW3(SYS_writev, fd, parts, 2);
	while (n == -EINTR);
	return n;
}

int64_t brood__file_position(int fd)
{
	return RAW3(SYS_lseek, fd, 0, SEEK_CUR);
}

int brood__file_lock(int fd)
{
	return brood__fd_lock(fd, LOCK_EX);
}

int brood__file_try_lock(int fd)
{
	return brood__fd_lock(fd, LOCK_EX | LOCK_NB);
}

void brood__file_unlock(int fd)
{
	brood__fd_lock(fd, LOCK_UN);
}

int brood__file_lease(int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return (int)RAW3(SYS_fcntl, fd, F_OFD_SETLK, &lock);
}

int brood__file_is_leased(int fd)
{
	struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
	long r = RAW3(SYS_fcntl, fd, F_OFD_GETLK, &lock);

	return r < 0 ? (int)r : lock.l_type != F_UNLCK;
}

int brood__file_sync(int fd)
{
	long r;

	do
		r = RAW1(SYS_fdatasync, fd);
	while (r == -EINTR);
	return (int)r;
}
