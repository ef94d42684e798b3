/* SPDX-License-Identifier: MIT */
/*
 * The limit of starting and waiting: what a careful C programmer would write by hand for this one
 * case, and nothing more. Standard input from /dev/null; all signals blocked around vfork, so that
 * no handler of the parent runs in the child; the child's mask put back before it executes.
 *
 *	limit_spawn [--heap MIB] [--fds N] PROGRAM [ARGUMENT...]
 */
#include "../subject.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int64_t start_and_wait(char **args)
{
	sigset_t all, old;
	sigfillset(&all);
	if (sigprocmask(SIG_SETMASK, &all, &old) < 0)
		bench_die("sigprocmask");
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (null < 0)
		bench_die("/dev/null");
	/* The child shares this memory: a local is how it says that it failed. */
	volatile int failed = 0;
	pid_t pid = vfork();
	if (pid == 0) {
		if (dup2(null, STDIN_FILENO) == STDIN_FILENO &&
			sigprocmask(SIG_SETMASK, &old, NULL) == 0)
			execve(args[0], args, environ);
		failed = errno;
		_exit(127);
	}
	if (pid < 0)
		bench_die("vfork");
	close(null);
	sigprocmask(SIG_SETMASK, &old, NULL);
	siginfo_t info;
	while (waitid(P_PID, (id_t)pid, &info, WEXITED) < 0)
		if (errno != EINTR)
			bench_die("waitid");
	if (failed) {
		errno = failed;
		bench_die("execve");
	}
	if (info.si_code != CLD_EXITED || info.si_status != 0) {
		errno = 0;
		bench_die("the child failed");
	}
	return 1;
}

int main(int argc, char **argv)
{
	return bench_serve(argc, argv, start_and_wait);
}
