/* SPDX-License-Identifier: MIT */
#include "common/file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define PIECE_BYTES 65536

static int read_all(int fd, struct text *text, size_t limit)
{
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
	text_reserve(text, 0);
	int r = read_all(fd, text, limit);
	close(fd);
	return r;
}
