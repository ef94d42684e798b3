/* SPDX-License-Identifier: MIT */
#include "sh/reader.h"

#include "common/memory.h"
#include "sh/redirect.h"
#include "sh/traps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK 16384

enum how {
	UNKNOWN,
	SEEK,  /* read, and go back */
	PEEK,  /* look at a copy of what is in the pipe */
	WHOLE, /* what one read(2) gives is ours: a terminal's line */
	SINGLE /* byte by byte */
};

struct reader {
	enum how how;
	size_t used, length; /* of bytes */
	int copy[2];         /* PEEK: a pipe of our own; -1 */
	char bytes[BLOCK];
};

static struct reader *reader_of(struct shell *sh)
{
	if (!sh->reader) {
		sh->reader = memory_get(sizeof *sh->reader);
		sh->reader->how = UNKNOWN;
		sh->reader->used = sh->reader->length = 0;
		sh->reader->copy[0] = sh->reader->copy[1] = -1;
	}
	return sh->reader;
}

static void look_how(struct reader *reader, unsigned char delimiter)
{
	struct stat st;

	if (fstat(0, &st) < 0)
		reader->how = SINGLE;
	else if (S_ISREG(st.st_mode) && lseek(0, 0, SEEK_CUR) >= 0)
		reader->how = SEEK;
	else if (S_ISFIFO(st.st_mode))
		reader->how = PEEK;
	else
		reader->how = delimiter == '\n' && isatty(0) ? WHOLE : SINGLE;
}

/* ---- giving back ---- */

/* Takes out of the pipe what was used of the copy. */
static void take_used(struct reader *reader)
{
	char taken[BLOCK];

	while (reader->used > 0) {
		size_t wanted = reader->used < sizeof taken ? reader->used : sizeof taken;
		ssize_t n = read(0, taken, wanted);
		if (n == 0 || (n < 0 && errno != EINTR))
			break;
		reader->used -= n > 0 ? (size_t)n : 0;
	}
}

void reader_settle(struct shell *sh)
{
	struct reader *reader = sh->reader;

	if (!reader || reader->how == UNKNOWN)
		return;
	if (reader->how == SEEK && reader->length > reader->used)
		(void)lseek(0, -(off_t)(reader->length - reader->used), SEEK_CUR);
	if (reader->how == PEEK)
		take_used(reader);
	reader->how = UNKNOWN;
	reader->used = reader->length = 0;
}

int *reader_fd(const struct shell *sh, int fd)
{
	for (int i = 0; sh->reader && i < 2; i++) {
		if (sh->reader->copy[i] == fd)
			return &sh->reader->copy[i];
	}
	return NULL;
}

void reader_free(struct shell *sh)
{
	if (!sh->reader)
		return;
	reader_settle(sh);
	if (sh->reader->copy[0] >= 0) {
		close(sh->reader->copy[0]);
		close(sh->reader->copy[1]);
	}
	free(sh->reader);
	sh->reader = NULL;
}

/* ---- reading ahead ---- */

static int open_copy(struct reader *reader)
{
	int fds[2];

	if (reader->copy[0] >= 0)
		return 0;
	if (pipe2(fds, O_CLOEXEC) < 0)
		return -1;
	reader->copy[0] = fd_move_high(fds[0]);
	reader->copy[1] = fd_move_high(fds[1]);
	if (reader->copy[0] >= 0 && reader->copy[1] >= 0)
		return 0;
	if (reader->copy[0] >= 0)
		close(reader->copy[0]);
	if (reader->copy[1] >= 0)
		close(reader->copy[1]);
	reader->copy[0] = reader->copy[1] = -1;
	return -1;
}

/* The next block of a pipe, which stays in it. */
static ssize_t look_ahead(struct reader *reader)
{
	ssize_t n = open_copy(reader) < 0 ? -1 : tee(0, reader->copy[1], BLOCK, 0);
	size_t got = 0;

	if (n < 0 && errno != EINTR) {
		/* Not with this one: so byte by byte. */
		reader->how = SINGLE;
		return read(0, reader->bytes, 1);
	}
	while (n > 0 && got < (size_t)n) {
		ssize_t part = read(reader->copy[0], reader->bytes + got, (size_t)n - got);
		if (part <= 0)
			return -1;
		got += (size_t)part;
	}
	return n;
}

/* Returns 1; 0 at the end; -1 with errno. */
static int fill(struct reader *reader, unsigned char delimiter)
{
	ssize_t n;

	if (reader->how == PEEK)
		take_used(reader);
	reader->used = reader->length = 0;
	if (reader->how == UNKNOWN)
		look_how(reader, delimiter);
	do {
		if (reader->how == PEEK)
			n = look_ahead(reader);
		else
			n = read(0, reader->bytes, reader->how == SINGLE ? 1 : BLOCK);
	} while (n < 0 && errno == EINTR && !traps_pending);
	reader->length = n > 0 ? (size_t)n : 0;
	return n > 0 ? 1 : n == 0 ? 0 : -1;
}

int reader_byte(struct shell *sh, unsigned char delimiter)
{
	struct reader *reader = reader_of(sh);

	if (reader->used == reader->length) {
		int r = fill(reader, delimiter);
		if (r <= 0)
			return r < 0 ? -2 : -1;
	}
	return (unsigned char)reader->bytes[reader->used++];
}

size_t reader_run(struct shell *sh, unsigned char delimiter, const char **ret_bytes)
{
	struct reader *reader = reader_of(sh);
	const char *from = reader->bytes + reader->used;
	size_t n = reader->length - reader->used;

	if (n == 0)
		return 0;
	const char *end = memchr(from, delimiter, n);
	if (end)
		n = (size_t)(end - from) + 1;
	*ret_bytes = from;
	reader->used += n;
	return n;
}
