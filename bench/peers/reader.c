/* SPDX-License-Identifier: MIT */
#include "reader.h"

#include "../subject.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void open_pipe(int fds[2])
{
	if (pipe2(fds, O_CLOEXEC) < 0)
		bench_die("pipe");
	(void)fcntl(fds[0], F_SETPIPE_SZ, 1 << 20);
}

static int start(char **args, pid_t *ret_pid, int in)
{
	int fds[2];
	open_pipe(fds);
	posix_spawn_file_actions_t actions;
	if (posix_spawn_file_actions_init(&actions) ||
		(in < 0 ? posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
			: posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO)) ||
		posix_spawn_file_actions_adddup2(&actions, fds[1], STDOUT_FILENO))
		bench_die("posix_spawn_file_actions");
	errno = posix_spawn(ret_pid, args[0], &actions, NULL, args, environ);
	if (errno)
		bench_die("posix_spawn");
	posix_spawn_file_actions_destroy(&actions);
	close(fds[1]);
	return fds[0];
}

int bench_start_reading(char **args, pid_t *ret_pid)
{
	return start(args, ret_pid, -1);
}

int bench_start_copying(char **args, pid_t *ret_pid, int *ret_in)
{
	int fds[2];
	open_pipe(fds);
	int out = start(args, ret_pid, fds[0]);
	close(fds[0]);
	if (fcntl(fds[1], F_SETFL, O_NONBLOCK) < 0)
		bench_die("O_NONBLOCK");
	*ret_in = fds[1];
	return out;
}

void bench_finish(pid_t pid)
{
	int status;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			bench_die("waitpid");
	errno = 0;
	if (status != 0)
		bench_die("the child failed");
}
