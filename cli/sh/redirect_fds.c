/* SPDX-License-Identifier: MIT */
/* Whose descriptors are whose: what is close-on-exec is the shell's or the library's. */
#include "sh/redirect.h"

#include "sh/input.h"
#include "sh/jobs.h"
#include "sh/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Those below are left to users, by fd_reserve(). What the shell keeps for long is higher still, so
 * that `exec 10>file` in a script does not meet it; but not so high that a fork would have to copy
 * a larger table than the kernel has at hand (64).
 */
#define FIRST_OWN  20
#define FIRST_KEPT 40
/* Where the limit of descriptors is lower than that, and then lower still. */
#define FIRST_POSSIBLE 10
#define FIRST_AT_ALL   3

int fd_keep(int fd)
{
	int kept = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_KEPT);

	if (kept < 0 && errno != EBADF)
		kept = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_POSSIBLE);
	if (kept < 0 && errno != EBADF)
		kept = fcntl(fd, F_DUPFD_CLOEXEC, FIRST_AT_ALL);
	if (kept >= 0)
		return kept;
	return errno == EINVAL ? -EMFILE : -errno;
}

int fd_move_high(int fd)
{
	if (fd >= FIRST_KEPT)
		return fd;
	int high = fd_keep(fd);
	if (high < 0 && fd >= FIRST_AT_ALL)
		return fd;
	close(fd);
	return high;
}

int fd_open_text(const char *path)
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) {
		close(fd);
		return -EISDIR;
	}
	return fd_move_high(fd);
}

/* Who knows the number; NULL: nobody here. */
static int *owner_of(struct shell *sh, int fd)
{
	for (struct input_use *use = sh->inputs; use; use = use->outer) {
		if (*input_fd(use->input) == fd)
			return input_fd(use->input);
	}
	for (struct saved_fds *saved = sh->saved_fds; saved; saved = saved->outer) {
		for (size_t i = 0; i < saved->n; i++) {
			if (saved->items[i].saved == fd)
				return &saved->items[i].saved;
		}
	}
	if (sh->jobs && sh->jobs->terminal == fd)
		return &sh->jobs->terminal;
	return reader_fd(sh, fd);
}

int fd_vacate(struct shell *sh, int fd)
{
	int *owner = owner_of(sh, fd);

	if (!owner)
		return 1;
	int moved = fd_keep(fd);
	if (moved < 0)
		return moved;
	close(fd);
	*owner = moved;
	return 0;
}

bool fd_is_users(int fd)
{
	int flags = fcntl(fd, F_GETFD);

	return flags >= 0 && !(flags & FD_CLOEXEC);
}

bool fd_is_open_for(int fd, int number, enum redirection_kind kind)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || flags & O_PATH)
		return false;
	/* Every script of autoconf's asks `exec 3>&0` whether there is a standard input. */
	if (number <= STDERR_FILENO)
		return true;
	if ((flags & O_ACCMODE) == (kind == REDIRECTION_COPY_OUT ? O_RDONLY : O_WRONLY))
		return false;
	return true;
}

bool fd_is_fit(int fd, enum redirection_kind kind)
{
	return fd_is_open_for(fd, fd, kind) && (fd <= STDERR_FILENO || fd_is_users(fd));
}

/* Something that nobody can read or write. */
static int open_placeholder(void)
{
	return open("/", O_PATH | O_CLOEXEC);
}

bool fd_is_placeholder(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && flags & O_PATH;
}

void fd_reserve(struct shell *sh)
{
	struct rlimit limit;

	if (sh->keeps_fds_low)
		return;
	/* Where there are few, a process can be had only without. */
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < FIRST_KEPT)
		return;
	sh->keeps_fds_low = true;
	/* Each one gets the lowest number that is free. */
	int fd = open_placeholder();
	while (fd >= 0 && fd < FIRST_OWN - 1)
		fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (fd >= FIRST_OWN)
		close(fd);
}

void fd_close_users(struct shell *sh, int fd)
{
	int placeholder = -1;

	if (sh->keeps_fds_low && fd > STDERR_FILENO && fd < FIRST_OWN)
		placeholder = open_placeholder();
	if (placeholder >= 0 && placeholder != fd) {
		(void)!dup3(placeholder, fd, O_CLOEXEC);
		close(placeholder);
	} else if (placeholder < 0 && fd_is_users(fd)) {
		close(fd);
	}
}

static int above_standard(int fd)
{
	if (fd > STDERR_FILENO || fd < 0)
		return fd;
	return fd_move_high(fd);
}

int fd_pipe(int *ret_read_end, int *ret_write_end)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	int read_end = above_standard(ends[0]);
	int write_end = above_standard(ends[1]);
	if (read_end < 0 || write_end < 0) {
		if (read_end >= 0)
			close(read_end);
		if (write_end >= 0)
			close(write_end);
		return read_end < 0 ? read_end : write_end;
	}
	*ret_read_end = read_end;
	*ret_write_end = write_end;
	return 0;
}
