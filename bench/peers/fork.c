/* SPDX-License-Identifier: MIT */
/*
 * fork and exec, as in the textbooks; shows what a large heap costs.
 *
 *	fork [--heap MIB] [--fds N] PROGRAM [ARGUMENT...]
 */
#include "../subject.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int64_t start_and_wait(char **args)
{
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
		if (null >= 0 && dup2(null, STDIN_FILENO) == STDIN_FILENO)
			execve(args[0], args, environ);
		_exit(127);
	}
	if (pid < 0)
		bench_die("fork");
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			bench_die("waitpid");
	errno = 0;
	if (status != 0)
		bench_die("the child failed");
	return 1;
}

int main(int argc, char **argv)
{
	return bench_serve(argc, argv, start_and_wait);
}
