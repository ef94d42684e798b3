/* SPDX-License-Identifier: MIT */
#include "filter/spill.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE_BYTES 65536

int spill_open(struct spill *spill, const char *path)
{
	struct stat st;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW, 0600);

	if (fd < 0)
		return -errno;
	int r = fstat(fd, &st) < 0 ? -errno : 0;
	if (r == 0 && !S_ISREG(st.st_mode))
		r = -EINVAL;
	else if (r == 0 && flock(fd, LOCK_EX | LOCK_NB) < 0)
		r = -errno;
	else if (r == 0 && st.st_size > 0)
		r = -EEXIST;
	if (r < 0) {
		close(fd);
		return r;
	}
	*spill = (struct spill){ path, fd, 0, 0 };
	return 0;
}

int spill_add(struct spill *spill, const char *bytes, size_t length)
{
	size_t written = 0;

	while (written < length) {
		ssize_t n = pwrite(
			spill->fd, bytes + written, length - written, spill->end + (off_t)written);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			int error = errno;
			(void)!ftruncate(spill->fd, spill->end);
			return -error;
		}
		written += (size_t)n;
	}
	spill->end += (off_t)length;
	return 0;
}

bool spill_is_empty(const struct spill *spill)
{
	return spill->read == spill->end;
}

ssize_t spill_take(struct spill *spill, char *buffer, size_t room)
{
	off_t left = spill->end - spill->read;

	if (left == 0)
		return 0;
	ssize_t n = pread(spill->fd, buffer, (off_t)room < left ? room : (size_t)left, spill->read);
	if (n < 0)
		return -errno;
	if (n == 0)
		return -EIO;
	spill->read += n;
	if (spill->read == spill->end && ftruncate(spill->fd, 0) == 0)
		spill->read = spill->end = 0;
	return n;
}

/* Moves what is left to the beginning of the file. */
static void shift(struct spill *spill)
{
	char piece[PIECE_BYTES];
	off_t to = 0;

	while (spill->read < spill->end) {
		ssize_t n = pread(spill->fd, piece, sizeof piece, spill->read);
		if (n <= 0 || pwrite(spill->fd, piece, (size_t)n, to) != n)
			return;
		spill->read += n;
		to += n;
	}
	(void)!ftruncate(spill->fd, to);
}

void spill_close(struct spill *spill)
{
	struct stat ours, there;

	if (spill->fd < 0)
		return;
	if (!spill_is_empty(spill))
		shift(spill);
	else if (fstat(spill->fd, &ours) == 0 && lstat(spill->path, &there) == 0 &&
		 ours.st_dev == there.st_dev && ours.st_ino == there.st_ino)
		(void)unlink(spill->path);
	close(spill->fd);
	spill->fd = -1;
}
