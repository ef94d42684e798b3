/* SPDX-License-Identifier: MIT */
/* Redirections of built-ins, functions and compound commands: the shell's own descriptors. */
#include "sh/redirect.h"

#include "common/message.h"
#include "sh/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static struct saved_fd *add_saved(struct shell *sh, struct saved_fds *saved)
{
	if (saved->n == saved->size) {
		size_t size = saved->size * 2 + 4;
		struct saved_fd *items = arena_get(&sh->scratch, size * sizeof *items);
		if (saved->n > 0)
			memcpy(items, saved->items, saved->n * sizeof *items);
		saved->items = items;
		saved->size = size;
	}
	return &saved->items[saved->n++];
}

/* Keeps what a descriptor is now, once. Returns 0 or -errno. */
static int save(struct shell *sh, int fd, struct saved_fds *saved)
{
	for (size_t i = 0; i < saved->n; i++) {
		if (saved->items[i].fd == fd)
			return 0;
	}
	int kept = fd_keep(fd);
	if (kept < 0 && kept != -EBADF)
		return kept;
	bool is_own = kept >= 0 && fd > STDERR_FILENO && !fd_is_users(fd);
	*add_saved(sh, saved) = (struct saved_fd){ fd, kept < 0 ? -1 : kept, is_own };
	return 0;
}

static int refuse(struct shell *sh, const struct redirection *redirection, int fd, int error)
{
	shell_error(sh, redirection->place, "%d: %s", fd, message_errno(error));
	return -1;
}

/* Makes one descriptor what the other is; both are the same number if it was opened there. */
static int put(struct shell *sh, const struct redirection *redirection,
	const struct redirect_target *target)
{
	int fd = redirection->fd;
	int r = 0;

	switch (target->what) {
	case REDIRECT_CLOSE:
		fd_close_users(sh, fd);
		break;
	case REDIRECT_COPY:
		if (!fd_is_fit(target->fd, (enum redirection_kind)redirection->kind))
			r = -EBADF;
		else if (target->fd != fd && dup2(target->fd, fd) < 0)
			r = -errno;
		if (r < 0)
			return refuse(sh, redirection, r == -EBADF ? target->fd : fd, -r);
		break;
	case REDIRECT_FILE:
		if (target->fd == fd)
			r = fcntl(fd, F_SETFD, 0);
		else
			r = dup2(target->fd, fd);
		r = r < 0 ? -errno : 0;
		if (target->fd != fd)
			close(target->fd);
		if (r < 0)
			return refuse(sh, redirection, fd, -r);
		break;
	}
	return 0;
}

/* A number at which the shell, or the library, keeps something. */
static bool is_taken(int fd)
{
	int flags = fd <= STDERR_FILENO ? -1 : fcntl(fd, F_GETFD);

	return flags >= 0 && flags & FD_CLOEXEC && !fd_is_placeholder(fd);
}

static int begin_one(struct shell *sh, const struct redirection *redirection, bool is_lasting,
	struct saved_fds *saved)
{
	struct redirect_target target;
	int fd = redirection->fd;

	/* Before something of ours is opened at that number. */
	int r = is_taken(fd) ? fd_vacate(sh, fd) : 0;
	if (r > 0 && is_lasting) {
		shell_error(sh, redirection->place, "%d: is used by the shell itself", fd);
		return -1;
	}
	if (r >= 0 && !is_lasting)
		r = save(sh, fd, saved);
	if (r < 0)
		return refuse(sh, redirection, fd, -r);
	r = redirect_resolve(sh, redirection, false, &target);
	if (r < 0)
		return r;
	if (fd == STDOUT_FILENO)
		sh->out.capture = NULL;
	else if (fd == STDIN_FILENO)
		reader_settle(sh);
	return put(sh, redirection, &target);
}

int redirect_begin(
	struct shell *sh, const struct redirection *list, bool is_lasting, struct saved_fds *saved)
{
	int r = 0;

	*saved = (struct saved_fds){
		.capture = sh->out.capture,
		.is_linked = !is_lasting,
		.outer = sh->saved_fds,
	};
	if (!is_lasting)
		sh->saved_fds = saved;
	if (list && sh->out.text.length > 0)
		(void)output_flush(sh);
	for (; list && r == 0; list = list->next)
		r = begin_one(sh, list, is_lasting, saved);
	return r;
}

static void put_back(struct shell *sh, const struct saved_fd *item)
{
	int r;

	do
		r = dup3(item->saved, item->fd, item->is_own ? O_CLOEXEC : 0);
	while (r < 0 && (errno == EINTR || errno == EBUSY));
	if (r < 0)
		shell_error(sh, (struct place){ 0 }, "%d: cannot be put back: %s", item->fd,
			message_errno(errno));
}

void redirect_end(struct shell *sh, struct saved_fds *saved)
{
	while (saved->n > 0) {
		const struct saved_fd *item = &saved->items[--saved->n];
		if (item->fd == STDIN_FILENO)
			reader_settle(sh);
		if (item->saved < 0) {
			fd_close_users(sh, item->fd);
			continue;
		}
		put_back(sh, item);
		close(item->saved);
	}
	sh->out.capture = saved->capture;
	if (saved->is_linked)
		sh->saved_fds = saved->outer;
}

int redirect_old_stderr(const struct saved_fds *saved)
{
	for (size_t i = 0; i < saved->n; i++) {
		if (saved->items[i].fd == STDERR_FILENO && saved->items[i].saved >= 0)
			return saved->items[i].saved;
	}
	return STDERR_FILENO;
}
