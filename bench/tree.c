/* SPDX-License-Identifier: MIT */
/*
 * A job that is more than one process: itself, a child, a child that has left for a session of its
 * own, and a child of each. None of them ends by itself.
 *
 *	tree [stubborn] PID FD FD FD FD FD
 *
 * Each holds the write end of a pipe that the process PID reads, and sends its own number through
 * it: so PID learns when all are there, and by the end of a pipe when one is gone. They open these
 * ends themselves, for the runner between shall hold none. With `stubborn` the first child ignores
 * SIGTERM.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *reader;
static char **numbers;

static int appear(int member)
{
	char path[64];
	pid_t self = getpid();
	snprintf(path, sizeof path, "/proc/%s/fd/%s", reader, numbers[member]);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, &self, sizeof self) != sizeof self) {
		perror("bench-tree");
		exit(1);
	}
	return fd;
}

static _Noreturn void stay(void)
{
	for (;;)
		pause();
}

/* Returns in the child, which holds nothing of its parent's. */
static bool branch(int parents_fd)
{
	pid_t pid = fork();
	if (pid < 0) {
		perror("bench-tree: fork");
		exit(1);
	}
	if (pid == 0)
		close(parents_fd);
	return pid == 0;
}

static _Noreturn void limb(int first)
{
	int fd = appear(first);
	if (branch(fd))
		appear(first + 1);
	stay();
}

int main(int argc, char **argv)
{
	bool stubborn = argc > 1 && strcmp(argv[1], "stubborn") == 0;
	if (argc != 7 + stubborn) {
		fprintf(stderr, "bench-tree: to be run by bench-deadline\n");
		return 2;
	}
	reader = argv[1 + stubborn];
	numbers = argv + 2 + stubborn;
	int fd = appear(0);
	if (branch(fd)) {
		if (stubborn)
			signal(SIGTERM, SIG_IGN);
		limb(1);
	}
	if (branch(fd)) {
		setsid();
		limb(3);
	}
	stay();
}
