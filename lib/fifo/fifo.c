/* SPDX-License-Identifier: MIT */
/*
 * Named pipes: made, opened, removed. Between a look at a path and its opening anything can be put
 * there; so the path is asked once, and what was looked at is what is opened.
 */

#include "sys/fifo.h"
#include "base/deadline.h"
#include "base/error.h"
#include "sys/clock.h"
#include "sys/fd.h"
#include "sys/pidfd.h"
#include <brood/fifo.h>
#include <errno.h>
#include <fcntl.h>

#define ALL_PERMISSIONS 0777

/* How often somebody may remove the FIFO between two looks before it is taken for malice. */
#define TRIES 64

/* How often is looked whether a reader has come. */
#define FIRST_PAUSE   (500 * BROOD_MICROSECOND)
#define LONGEST_PAUSE (10 * BROOD_MILLISECOND)

static bool is_path(const char *path)
{
	return path && path[0] != '\0';
}

/*
 * The umask may have taken permissions away, the folder's default ACL too. Returns 1: it has them
 * now; 0: it has others, so that it is somebody else's, put there meanwhile; -ESTALE: it is gone;
 * -EEXIST: there is something else.
 */
static int set_mode(const char *path, mode_t mode)
{
	AUTO_FD node = brood__fd_open(path, O_PATH | O_NOFOLLOW, 0);
	if (node < 0)
		return node == -ENOENT ? -ESTALE : node;
	int r = brood__fd_is_fifo(node);
	if (r <= 0)
		return r < 0 ? r : -EEXIST;
	int has = brood__fd_mode(node);
	if (has < 0 || has == (int)mode)
		return has < 0 ? has : 1;
	if (has & ~(int)mode)
		return 0;
	r = brood__fd_set_mode(node, mode);
	return r < 0 ? r : 1;
}

static int make(const char *path, mode_t mode)
{
	int r = brood__fifo_make(path, mode);
	if (r < 0)
		return r;
	r = set_mode(path, mode);
	if (r < 0 && r != -ESTALE && r != -EEXIST)
		brood__path_unlink(path);
	return r;
}

int brood_fifo_create(const char *path, mode_t mode, uint64_t flags, struct brood_error *error)
{
	if (!is_path(path) || flags & ~BROOD_FIFO_EXCLUSIVE || mode & ~(mode_t)ALL_PERMISSIONS)
		return brood__fail(error, BROOD_EMISUSE, BROOD_STEP_OPEN, path);
	for (int i = 0;; i++) {
		int r = make(path, mode);
		if (r == 0 && flags & BROOD_FIFO_EXCLUSIVE)
			r = -EEXIST;
		if (r >= 0)
			return r;
		if (r == -ESTALE && i < TRIES)
			continue;
		if (r != -EEXIST || flags & BROOD_FIFO_EXCLUSIVE)
			return brood__fail(error, r, BROOD_STEP_OPEN, path);
		r = brood__path_is_fifo(path);
		if (r == 1)
			return 0;
		if (r == 0)
			return brood__fail(error, -EEXIST, BROOD_STEP_OPEN, path);
		/* Gone in between: there is room for ours now. */
		if (r != -ENOENT || i == TRIES)
			return brood__fail(error, r, BROOD_STEP_OPEN, path);
	}
}

int brood_fifo_exists(const char *path)
{
	if (!is_path(path))
		return BROOD_EMISUSE;
	int r = brood__path_is_fifo(path);
	return r == -ENOENT || r == -ENOTDIR ? 0 : r;
}

/* Where there is no /proc: the path is asked twice, and the answers compared. */
static int open_again(const char *path, int node, int flags)
{
	AUTO_FD fd = brood__fd_open(path, flags | O_NOFOLLOW, 0);
	if (fd < 0)
		return fd == -ELOOP ? -EINVAL : fd;
	return brood__fd_is_same(fd, node) ? brood__fd_steal(&fd) : -EINVAL;
}

/* Returns the descriptor; -ENXIO: for writing, and there is no reader; -errno. */
static int open_once(const char *path, int access)
{
	AUTO_FD node = brood__fd_open(path, O_PATH | O_NOFOLLOW, 0);
	if (node < 0)
		return node;
	int r = brood__fd_is_fifo(node);
	if (r <= 0)
		return r < 0 ? r : -EINVAL;
	int fd = brood__fd_reopen(node, access | O_NONBLOCK);
	return fd == -ENOENT ? open_again(path, node, access | O_NONBLOCK) : fd;
}

/*
 * No event tells that a reader has come: one that waits in open(2) for a writer, as a shell does
 * with `<`, is not told of by inotify until it has been let in. So it is tried again and again; by
 * the path, since who reads may make the FIFO anew.
 */
static int open_with_reader(const char *path, brood_duration timeout)
{
	brood__instant now = brood__clock_now();
	brood__instant deadline = brood__deadline(now, timeout);
	brood_duration pause = FIRST_PAUSE;
	for (;;) {
		int fd = open_once(path, O_WRONLY);
		if (fd != -ENXIO)
			return fd;
		now = brood__clock_now();
		if (now >= deadline)
			return -ETIME;
		brood__instant until = brood__earlier(deadline, brood__deadline(now, pause));
		int r = brood__poll(NULL, 0, now, until);
		if (r < 0 && r != -EINTR)
			return r;
		pause = pause < LONGEST_PAUSE / 2 ? pause * 2 : LONGEST_PAUSE;
	}
}

int brood_fifo_open(
	const char *path, uint64_t how, brood_duration timeout, struct brood_error *error)
{
	int fd = BROOD_EMISUSE;
	if (is_path(path) && how == BROOD_FIFO_READ)
		fd = open_once(path, O_RDONLY);
	else if (is_path(path) && how == BROOD_FIFO_BOTH)
		fd = open_once(path, O_RDWR);
	else if (is_path(path) && how == BROOD_FIFO_WRITE)
		fd = open_with_reader(path, timeout);
	return fd < 0 ? brood__fail(error, fd, BROOD_STEP_OPEN, path) : fd;
}

int brood_fifo_remove(const char *path, struct brood_error *error)
{
	if (!is_path(path))
		return brood__fail(error, BROOD_EMISUSE, BROOD_STEP_OPEN, path);
	int r = brood__path_is_fifo(path);
	if (r == 1)
		r = brood__path_unlink(path);
	else if (r == 0)
		r = -EINVAL;
	if (r == 0)
		return 1;
	return r == -ENOENT ? 0 : brood__fail(error, r, BROOD_STEP_OPEN, path);
}
