/* SPDX-License-Identifier: MIT */
#include "mailbox/fifo_hold.h"

#include "common/message.h"

#include <brood/brood.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* More than a FIFO holds: somebody may write without end. */
#define MOST_LOST ((size_t)4 << 20)

void fifo_hold_complain(const char *action, const char *path, int r)
{
	if (r == -EEXIST || r == -EINVAL)
		message("%s: %s: what is there is no FIFO", action, path);
	else if (r == BROOD_EMISUSE)
		message("%s: --fifo: the name of the FIFO is empty", action);
	else
		message("%s: %s: %s", action, path, message_errno(-r));
}

/* Two readers would get halves of each other's lines: the second one is refused. The lock is of a
   kind that the senders' do not see, and ends with us. */
static int claim(const struct fifo_hold *hold)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(hold->fd, F_OFD_SETLK, &lock) < 0 && (errno == EAGAIN || errno == EACCES)) {
		message("%s: %s: another brood mailbox reads it already", hold->action, hold->path);
		return -1;
	}
	return 0;
}

int fifo_hold(struct fifo_hold *hold, mode_t mode, bool must_exist)
{
	int r = must_exist ? 0 : brood_fifo_create(hold->path, mode, 0, NULL);

	hold->is_made = r == 1;
	hold->fd = r < 0 ? r : brood_fifo_open(hold->path, BROOD_FIFO_BOTH, 0, NULL);
	if (hold->fd < 0) {
		fifo_hold_complain(hold->action, hold->path, hold->fd);
		return -1;
	}
	if (claim(hold) == 0)
		return 0;
	close(hold->fd);
	hold->fd = -1;
	return -1;
}

/* Whether the path leads to the FIFO that is open: somebody may have made another one there. */
static bool is_still_there(const struct fifo_hold *hold)
{
	struct stat ours, there;

	return fstat(hold->fd, &ours) == 0 && lstat(hold->path, &there) == 0 &&
	       ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

void fifo_hold_done(struct fifo_hold *hold, bool is_removed)
{
	int r = 0;

	if (hold->fd < 0)
		return;
	if (is_removed && hold->is_made && is_still_there(hold))
		r = brood_fifo_remove(hold->path, NULL);
	if (r < 0)
		message("%s: %s: it cannot be removed: %s", hold->action, hold->path,
			message_errno(-r));
	close(hold->fd);
	hold->fd = -1;
}

void fifo_hold_tell_lost(const struct fifo_hold *hold, struct brood_scanner *scanner, long of_ours,
	bool is_last, const char *what)
{
	size_t length, bytes = 0;
	long n = of_ours;
	const char *line;
	int r = 1;

	if (!is_last) {
		/* What is in the FIFO is for others to read. */
		int none = open("/dev/null", O_RDONLY | O_CLOEXEC);
		if (none < 0 || dup3(none, hold->fd, O_CLOEXEC) < 0)
			r = 0;
		if (none >= 0)
			close(none);
	}
	while (r != 0 && bytes <= MOST_LOST) {
		r = brood_fifo_receive(scanner, NULL, 0, &line, &length, NULL);
		if (r != 1 && r != -EMSGSIZE)
			break;
		bytes += r == 1 ? length + 1 : BROOD_LONGEST_LINE;
		n++;
	}
	if (n > 0)
		message("%s: %s: %s%ld %s%s behind the end %s lost", hold->action, hold->path,
			bytes > MOST_LOST ? "at least " : "", n, what, n == 1 ? "" : "s",
			n == 1 ? "is" : "are");
}
