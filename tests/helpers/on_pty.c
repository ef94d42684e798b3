/* SPDX-License-Identifier: MIT */
/*
 * Runs a program on a new pseudo-terminal, in the foreground, as if a person sat there:
 *
 *	on_pty [TEXT KEYS]... -- PROGRAM [ARGUMENT...]
 *
 * waits until the program has shown TEXT, then types KEYS (^C is Ctrl-C, ^\ Ctrl-\, ^M Return), and
 * so on. What the program shows goes to standard output, without carriage returns. At its end
 * writes "exit N" or "signal N" to standard error and exits with 0. With 99 and a hang-up if a TEXT
 * or that end never came.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* How long it may show nothing, in milliseconds. */
#define PATIENCE 30000

static char shown[1 << 20];
static size_t n_shown, n_seen;

static pid_t start(int terminal, char **argv)
{
	pid_t pid = fork();
	if (pid != 0)
		return pid;
	setsid();
	/* The first terminal that a session leader opens is its own. */
	int fd = open(ptsname(terminal), O_RDWR);
	if (fd < 0 || dup2(fd, 0) < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
		_exit(98);
	if (fd > 2)
		close(fd);
	close(terminal);
	execvp(argv[0], argv);
	_exit(98);
}

/* Returns 0 when the other side is gone, -1 when nothing comes any more. */
static int take(int terminal)
{
	char piece[4096];
	struct pollfd there = { .fd = terminal, .events = POLLIN };
	if (poll(&there, 1, PATIENCE) == 0)
		return -1;
	ssize_t n = read(terminal, piece, sizeof piece);
	if (n <= 0)
		return n < 0 && errno == EINTR;
	for (ssize_t i = 0; i < n && n_shown + 1 < sizeof shown; i++)
		if (piece[i] != '\r')
			shown[n_shown++] = piece[i];
	return 1;
}

static int await(int terminal, const char *text)
{
	for (;;) {
		char *found = memmem(shown + n_seen, n_shown - n_seen, text, strlen(text));
		if (found) {
			n_seen = (size_t)(found - shown) + strlen(text);
			return 1;
		}
		if (take(terminal) <= 0)
			return 0;
	}
}

static int type(int terminal, const char *keys)
{
	for (; *keys; keys++) {
		char key = *keys;
		if (key == '^' && keys[1])
			key = (char)(*++keys & 0x1f);
		if (write(terminal, &key, 1) != 1)
			return 0;
	}
	return 1;
}

int main(int argc, char **argv)
{
	int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	int first = 1, status = 0;
	while (first < argc && strcmp(argv[first], "--") != 0)
		first++;
	if (terminal < 0 || grantpt(terminal) < 0 || unlockpt(terminal) < 0 || first + 1 >= argc)
		return 99;
	pid_t pid = start(terminal, argv + first + 1);
	for (int i = 1; i + 1 < first; i += 2) {
		if (!await(terminal, argv[i]) || !type(terminal, argv[i + 1])) {
			fprintf(stderr, "'%s' never came, but:\n%.*s\n", argv[i], (int)n_shown,
				shown);
			return 99;
		}
	}
	int more = 1;
	while (more > 0)
		more = take(terminal);
	if (more < 0) {
		fprintf(stderr, "it never ends:\n%.*s\n", (int)n_shown, shown);
		return 99;
	}
	if (waitpid(pid, &status, 0) < 0)
		return 99;
	fwrite(shown, 1, n_shown, stdout);
	if (WIFSIGNALED(status))
		fprintf(stderr, "signal %d\n", WTERMSIG(status));
	else
		fprintf(stderr, "exit %d\n", WEXITSTATUS(status));
	return fflush(stdout) == 0 ? 0 : 99;
}
