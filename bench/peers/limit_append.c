/* SPDX-License-Identifier: MIT */
/*
 * The limit of putting messages in: a file that each of them is appended to by one write(2), and
 * brought to the disk if that is asked for.
 *
 *	limit_append MEMBERS SYNC LENGTH [WRITES]
 *
 * SYNC is off, or always: an fdatasync(2) after each. WRITES: so many appended for one piece of
 * work.
 */
#include "../subject.h"
#include "../team.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct state {
	int fd;
	bool syncs;
	long writes;
	size_t length;
	char *bytes;
};

static void *begin(char **args, const char *folder)
{
	static struct state state;
	char path[4096];
	if (!args[0] || !args[1])
		bench_die("usage: limit_append MEMBERS SYNC LENGTH [WRITES]");
	state.syncs = strcmp(args[0], "off") != 0;
	state.length = (size_t)strtoul(args[1], NULL, 10);
	state.writes = args[2] ? strtol(args[2], NULL, 10) : 1;
	state.bytes = calloc(1, state.length + 1);
	snprintf(path, sizeof path, "%s/log", folder);
	state.fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (state.fd < 0 || !state.bytes)
		bench_die(path);
	errno = 0;
	return &state;
}

static void work(void *data, long n)
{
	const struct state *state = data;
	for (long i = 0; i < n * state->writes; i++) {
		if (write(state->fd, state->bytes, state->length) != (ssize_t)state->length)
			bench_die("write");
		if (state->syncs && fdatasync(state->fd) < 0)
			bench_die("fdatasync");
	}
}

int main(int argc, char **argv)
{
	static const struct bench_member member = { begin, work };
	(void)argc;
	return bench_serve_team(&member, argv + 1);
}
