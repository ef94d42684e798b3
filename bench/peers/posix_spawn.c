/* SPDX-License-Identifier: MIT */
/*
 * glibc's posix_spawn, standard input from /dev/null. With CLOSEFROM in the environment it also
 * closes all other descriptors in the child, as brood does.
 *
 *	posix_spawn [--heap MIB] [--fds N] PROGRAM [ARGUMENT...]
 */
#include "../subject.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int closes_from;

static int64_t start_and_wait(char **args)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int status;
	if (posix_spawn_file_actions_init(&actions) ||
		posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0) ||
		(closes_from && posix_spawn_file_actions_addclosefrom_np(&actions, 3)))
		bench_die("posix_spawn_file_actions");
	errno = posix_spawn(&pid, args[0], &actions, NULL, args, environ);
	if (errno)
		bench_die("posix_spawn");
	posix_spawn_file_actions_destroy(&actions);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			bench_die("waitpid");
	if (status != 0)
		bench_die("the child failed");
	return 1;
}

int main(int argc, char **argv)
{
	closes_from = getenv("CLOSEFROM") != NULL;
	return bench_serve(argc, argv, start_and_wait);
}
