/* SPDX-License-Identifier: MIT */
/* One redirection: its word is expanded, its file opened. */
#include "sh/expand.h"
#include "sh/redirect.h"
#include "sh/traps.h"

#include "common/message.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- here-documents ---- */

/* Returns 1: it is all in the pipe; 0: it does not fit; -errno. */
static int fill_pipe(int write_end, const char *bytes, size_t length)
{
	/* A new pipe has room for that much in any case. */
	if (length > PIPE_BUF && fcntl(write_end, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	ssize_t n = length > 0 ? write(write_end, bytes, length) : 0;
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	return (size_t)n == length;
}

/* What is too long for a pipe. */
struct here_file {
	struct taker taker;
	int fd;    /* -1: there is none yet */
	int error; /* -errno */
};

static int write_here(struct taker *taker, const char *bytes, size_t n)
{
	struct here_file *file = (struct here_file *)taker;

	if (file->fd < 0)
		file->fd = memfd_create("here-document", MFD_CLOEXEC);
	file->error = file->fd < 0 ? -errno : write_all(file->fd, bytes, n);
	return file->error < 0 ? -1 : 0;
}

/* From its beginning. Returns it or -errno. */
static int open_here(const struct here_file *file)
{
	int r = file->error;

	if (r == 0 && lseek(file->fd, 0, SEEK_SET) < 0)
		r = -errno;
	if (r < 0 && file->fd >= 0)
		close(file->fd);
	return r < 0 ? r : file->fd;
}

static int file_of(const char *bytes, size_t length)
{
	struct here_file file = { .fd = -1 };

	(void)write_here(&file.taker, bytes, length);
	return open_here(&file);
}

/* What a pipe holds, unless somebody has made them smaller. */
#define PIPE_HOLDS ((size_t)64 << 10)

int here_document_fd(const char *bytes, size_t length)
{
	int read_end, write_end, r = 0;

	if (length <= PIPE_HOLDS) {
		r = fd_pipe(&read_end, &write_end);
		if (r < 0)
			return r;
		r = fill_pipe(write_end, bytes, length);
		close(write_end);
		if (r == 1)
			return read_end;
		close(read_end);
	}
	return r < 0 ? r : file_of(bytes, length);
}

/* Returns 0, *ret_fd is the descriptor or -errno; or REDIRECT_FATAL. */
static int expand_to_fd(struct shell *sh, const struct word *body, int *ret_fd)
{
	struct here_file file = { .taker = { write_here }, .fd = -1 };
	const char *text;
	size_t length;

	int r = expand_here(sh, body, &file.taker, &text, &length);
	if (r < 0 && file.error == 0) {
		if (file.fd >= 0)
			close(file.fd);
		return REDIRECT_FATAL;
	}
	if (r == 0 && file.fd < 0) {
		*ret_fd = here_document_fd(text, length);
		return 0;
	}
	if (r == 0)
		(void)write_here(&file.taker, text, length);
	*ret_fd = open_here(&file);
	return 0;
}

/* ---- files ---- */

static int refuse(
	struct shell *sh, const struct redirection *redirection, const char *what, const char *why)
{
	shell_error(sh, redirection->place, "%s: %s", what, why);
	return -1;
}

static int open_flags(const struct shell *sh, enum redirection_kind kind)
{
	switch (kind) {
	case REDIRECTION_WRITE:
		if (sh->options[OPTION_NOCLOBBER])
			return O_WRONLY | O_CREAT | O_EXCL;
		return O_WRONLY | O_CREAT | O_TRUNC;
	case REDIRECTION_CLOBBER:
		return O_WRONLY | O_CREAT | O_TRUNC;
	case REDIRECTION_APPEND:
		return O_WRONLY | O_CREAT | O_APPEND;
	case REDIRECTION_READ_WRITE:
		return O_RDWR | O_CREAT;
	case REDIRECTION_READ:
	case REDIRECTION_COPY_IN:
	case REDIRECTION_COPY_OUT:
	case REDIRECTION_HERE:
		break;
	}
	return O_RDONLY;
}

/* A FIFO waits for its other side, which a signal may end. Returns the descriptor or -errno. */
static int open_patiently(const char *path, int flags)
{
	for (;;) {
		int fd = open(path, flags | O_CLOEXEC | O_NOCTTY, 0666);
		if (fd >= 0)
			return fd > STDERR_FILENO ? fd : fd_move_high(fd);
		if (errno != EINTR || traps_pending)
			return -errno;
	}
}

/* `set -C`: what is there is not written over, unless it is no regular file. */
static int open_existing(const char *path)
{
	struct stat status;
	int fd = open_patiently(path, O_WRONLY);

	if (fd < 0)
		return fd;
	if (fstat(fd, &status) < 0 || S_ISREG(status.st_mode)) {
		close(fd);
		return -EEXIST;
	}
	return fd;
}

static bool is_fifo(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISFIFO(status.st_mode);
}

static int open_file(struct shell *sh, const struct redirection *redirection, const char *path,
	bool must_not_block, struct redirect_target *ret_target)
{
	int flags = open_flags(sh, (enum redirection_kind)redirection->kind);

	if (must_not_block && strcmp(path, "/dev/null") != 0 && is_fifo(path))
		return REDIRECT_BLOCKS;
	int fd = open_patiently(path, flags);
	if (fd == -EEXIST && flags & O_EXCL)
		fd = open_existing(path);
	if (fd < 0)
		return refuse(sh, redirection, path,
			fd == -EEXIST ? "exists, and set -C is on (>| writes over it)"
				      : message_errno(-fd));
	*ret_target = (struct redirect_target){ REDIRECT_FILE, fd };
	return 0;
}

static int resolve_copy(struct shell *sh, const struct redirection *redirection, const char *text,
	struct redirect_target *ret_target)
{
	int fd = 0;

	if (strcmp(text, "-") == 0) {
		*ret_target = (struct redirect_target){ REDIRECT_CLOSE, -1 };
		return 0;
	}
	const char *at = text;
	for (; *at >= '0' && *at <= '9' && fd < INT_MAX / 20; at++)
		fd = fd * 10 + (*at - '0');
	if (at == text || *at)
		return refuse(sh, redirection, text, "is no number of a descriptor, and not -");
	*ret_target = (struct redirect_target){ REDIRECT_COPY, fd };
	return 0;
}

static int resolve_here(
	struct shell *sh, const struct redirection *redirection, struct redirect_target *ret_target)
{
	int fd;

	if (expand_to_fd(sh, redirection->body, &fd) < 0)
		return REDIRECT_FATAL;
	if (fd < 0)
		return refuse(sh, redirection, "here-document", message_errno(-fd));
	*ret_target = (struct redirect_target){ REDIRECT_FILE, fd };
	return 0;
}

int redirect_resolve(struct shell *sh, const struct redirection *redirection, bool must_not_block,
	struct redirect_target *ret_target)
{
	const char *text;
	size_t length;

	if (redirection->kind == REDIRECTION_HERE)
		return resolve_here(sh, redirection, ret_target);
	if (expand_string(sh, redirection->word, &text, &length) < 0)
		return REDIRECT_FATAL;
	if (redirection->kind == REDIRECTION_COPY_IN || redirection->kind == REDIRECTION_COPY_OUT)
		return resolve_copy(sh, redirection, text, ret_target);
	return open_file(sh, redirection, text, must_not_block, ret_target);
}
