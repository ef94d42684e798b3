/* SPDX-License-Identifier: MIT */
/*
 * The limit of capturing: read() into one buffer that is doubled when full, and a pipe of 1 MiB.
 * realloc moves pages of a buffer this large instead of copying it.
 *
 *	limit_capture PROGRAM [ARGUMENT...]
 */
#include "../subject.h"
#include "reader.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static int64_t capture(char **args)
{
	pid_t pid;
	int fd = bench_start_reading(args, &pid);
	size_t room = (size_t)64 << 10, length = 0;
	char *bytes = malloc(room);
	for (;;) {
		if (length == room)
			bytes = realloc(bytes, room *= 2);
		if (!bytes)
			bench_die("memory");
		ssize_t n = read(fd, bytes + length, room - length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			bench_die("read");
		if (n == 0)
			break;
		length += (size_t)n;
	}
	close(fd);
	bench_finish(pid);
	/* The last byte is looked at, so that no compiler finds the reading useless. */
	int64_t check = (int64_t)length + (length > 0 && bytes[length - 1] == 'x');
	free(bytes);
	return check;
}

int main(int argc, char **argv)
{
	return bench_serve(argc, argv, capture);
}
