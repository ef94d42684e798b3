/* SPDX-License-Identifier: MIT */
#include "reader.h"

#include "../subject.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

int bench_start_reading(char **args, pid_t *ret_pid)
{
	int pipe_fds[2];
	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		bench_die("pipe");
	(void)fcntl(pipe_fds[0], F_SETPIPE_SZ, 1 << 20);
	posix_spawn_file_actions_t actions;
	if (posix_spawn_file_actions_init(&actions) ||
		posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0) ||
		posix_spawn_file_actions_adddup2(&actions, pipe_fds[1], STDOUT_FILENO))
		bench_die("posix_spawn_file_actions");
	errno = posix_spawn(ret_pid, args[0], &actions, NULL, args, environ);
	if (errno)
		bench_die("posix_spawn");
	posix_spawn_file_actions_destroy(&actions);
	close(pipe_fds[1]);
	return pipe_fds[0];
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
