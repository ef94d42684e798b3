/* SPDX-License-Identifier: MIT */
#include "common/file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define PIECE_BYTES 65536

int file_read_fd(int fd, struct text *text, size_t limit)
{
	/* Of an empty file too the end is marked. */
	text_add(text, "", 0);
	for (;;) {
		text_reserve(text, PIECE_BYTES);
		ssize_t n = read(fd, text->bytes + text->length, PIECE_BYTES);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return 0;
		text->length += (size_t)n;
		text->bytes[text->length] = '\0';
		if (text->length > limit)
			return -EFBIG;
	}
}

int file_read(const char *path, struct text *text, size_t limit)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return -errno;
	int r = file_read_fd(fd, text, limit);
	close(fd);
	return r;
}
