/* SPDX-License-Identifier: MIT */
/*
 * The limit of feeding and capturing at once: poll(), two pipes of 1 MiB, and one buffer that is
 * doubled when full.
 *
 *	limit_feed N PROGRAM [ARGUMENT...]
 */
#include "../subject.h"
#include "reader.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *input;
static size_t length;

static void write_some(struct pollfd *in, size_t *done)
{
	ssize_t n = write(in->fd, input + *done, length - *done);
	if (n < 0 && errno != EAGAIN)
		bench_die("write");
	*done += n > 0 ? (size_t)n : 0;
	if (*done == length) {
		close(in->fd);
		in->fd = -1;
	}
}

static int64_t feed(char **args)
{
	pid_t pid;
	struct pollfd ends[2] = { { .events = POLLOUT }, { .events = POLLIN } };
	size_t room = (size_t)64 << 10, got = 0, done = 0;
	char *bytes = malloc(room);
	ends[1].fd = bench_start_copying(args, &pid, &ends[0].fd);
	for (;;) {
		if (poll(ends, 2, -1) < 0)
			bench_die("poll");
		if (ends[0].fd >= 0 && ends[0].revents)
			write_some(&ends[0], &done);
		if (!ends[1].revents)
			continue;
		if (got == room)
			bytes = realloc(bytes, room *= 2);
		if (!bytes)
			bench_die("memory");
		ssize_t n = read(ends[1].fd, bytes + got, room - got);
		if (n < 0)
			bench_die("read");
		if (n == 0)
			break;
		got += (size_t)n;
	}
	close(ends[1].fd);
	bench_finish(pid);
	int64_t check = (int64_t)got + (got > 0 && bytes[got - 1] == 'x');
	free(bytes);
	return check;
}

int main(int argc, char **argv)
{
	length = argc > 2 ? strtoull(argv[1], NULL, 10) : 0;
	input = malloc(length);
	if (!input || length == 0)
		bench_die("usage: limit_feed N PROGRAM [ARGUMENT...]");
	memset(input, 'x', length);
	signal(SIGPIPE, SIG_IGN);
	return bench_serve(argc - 1, argv + 1, feed);
}
