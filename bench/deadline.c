/* SPDX-License-Identifier: MIT */
/*
 * How late a runner with a time limit is, and what it leaves alive. Not one of the programs of
 * subject.h: for each line that bench/run writes there is one run, and an answer of three numbers:
 *	LATENESS    nanoseconds from the deadline to the end of the last process that has ended
 *	LEFT        how many of the five processes of the tree have not
 *	STARTUP     nanoseconds from the start of the runner to the first word of its job
 *
 *	deadline LIMIT_MS RUNNER [ARGUMENT...] TREE [stubborn]
 *
 * The deadline is LIMIT_MS after the moment just before the runner is started, so that its own
 * start makes it late. The end of a process is the end of the pipe that it held (tree.c).
 */
#include "subject.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define N_MEMBERS 5
#define MS        ((int64_t)1000000)
/* How long after the end of its runner a process counts as left alive. */
#define SETTLE   (50 * MS)
#define PATIENCE (20000 * MS)
/* With a machine so busy that the tree is not complete before the deadline, nothing is measured. */
#define TRIES    5
#define TIME_OUT 124

extern char **environ;

struct run {
	pid_t pid;
	int64_t start;
	int64_t deadline;
	int64_t first_word;
	int64_t last_end;
	int n_there;
	int n_left;
	bool is_over; /* the runner itself */
	int write_ends[N_MEMBERS];
	struct pollfd polled[N_MEMBERS + 1]; /* fd < 0: gone; the last one is the runner's */
};

static void open_pipes(struct run *run, char text[][16], char **words)
{
	snprintf(text[0], sizeof text[0], "%d", (int)getpid());
	words[0] = text[0];
	for (int i = 0; i < N_MEMBERS; i++) {
		int ends[2];
		if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
			bench_die("pipe");
		run->polled[i] = (struct pollfd){ .fd = ends[0], .events = POLLIN };
		run->write_ends[i] = ends[1];
		snprintf(text[i + 1], sizeof text[i + 1], "%d", ends[0]);
		words[i + 1] = text[i + 1];
	}
	words[N_MEMBERS + 1] = NULL;
}

static void start(struct run *run, char **argv)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0)
		bench_die("/dev/null");
	volatile int failed = 0;
	run->start = bench_now();
	run->pid = vfork();
	if (run->pid == 0) {
		/* What it says about the limit is not wanted here. */
		for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
			dup2(null, fd);
		execve(argv[0], argv, environ);
		failed = errno;
		_exit(127);
	}
	errno = failed ? failed : errno;
	if (run->pid < 0 || failed)
		bench_die(argv[0]);
	close(null);
	int pidfd = pidfd_open(run->pid, 0);
	if (pidfd < 0)
		bench_die("pidfd_open");
	run->polled[N_MEMBERS] = (struct pollfd){ .fd = pidfd, .events = POLLIN };
}

/* Once all are there nobody but they may hold the pipes; before that no pipe may end. */
static void close_write_ends(struct run *run)
{
	for (int i = 0; i < N_MEMBERS; i++) {
		close(run->write_ends[i]);
		run->write_ends[i] = -1;
	}
}

static void take(struct run *run, int member)
{
	pid_t pid;
	ssize_t n = read(run->polled[member].fd, &pid, sizeof pid);
	if (n > 0) {
		if (member == 0)
			run->first_word = bench_now();
		if (++run->n_there == N_MEMBERS)
			close_write_ends(run);
	} else if (n == 0) {
		run->last_end = bench_now();
		run->n_left--;
		close(run->polled[member].fd);
		run->polled[member].fd = -1;
	} else if (errno != EAGAIN && errno != EINTR) {
		bench_die("read");
	}
}

/* Waits until something happens. Returns false when nothing has happened until then. */
static bool turn(struct run *run, int64_t until)
{
	int64_t left = until - bench_now();
	struct timespec time = { 0 };
	if (left > 0)
		time = (struct timespec){ left / (1000 * MS), left % (1000 * MS) };
	int n = ppoll(run->polled, N_MEMBERS + 1, &time, NULL);
	if (n < 0 && errno != EINTR)
		bench_die("ppoll");
	for (int i = 0; n > 0 && i < N_MEMBERS; i++)
		if (run->polled[i].revents)
			take(run, i);
	if (n > 0 && run->polled[N_MEMBERS].revents) {
		run->is_over = true;
		close(run->polled[N_MEMBERS].fd);
		run->polled[N_MEMBERS].fd = -1;
	}
	return n != 0;
}

/* All that was left alive has become our child, and what dies makes us the parent of its own. */
static void kill_children(void)
{
	char path[64];
	int pid;
	snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
	FILE *children = fopen(path, "re");
	if (!children)
		bench_die(path);
	while (fscanf(children, "%d", &pid) == 1)
		kill(pid, SIGKILL);
	fclose(children);
}

static void clean_up(struct run *run)
{
	int status = 0;
	int pid;
	if (!run->is_over)
		kill(run->pid, SIGKILL);
	if (waitpid(run->pid, &status, 0) != run->pid)
		bench_die("waitpid");
	do {
		kill_children();
		pid = waitpid(-1, NULL, 0);
	} while (pid > 0);
	if (run->write_ends[0] >= 0)
		close_write_ends(run);
	for (int i = 0; i <= N_MEMBERS; i++)
		if (run->polled[i].fd >= 0)
			close(run->polled[i].fd);
	errno = 0;
	if (run->is_over && (!WIFEXITED(status) || WEXITSTATUS(status) != TIME_OUT))
		bench_die("the runner did not answer that the time was over");
}

/* Returns whether the tree was complete before the deadline. */
static bool run_once(struct run *run, char **argv, char **rest, int64_t limit)
{
	char text[N_MEMBERS + 1][16];
	*run = (struct run){ .n_left = N_MEMBERS };
	open_pipes(run, text, rest);
	start(run, argv);
	run->deadline = run->start + limit;
	while (run->n_there < N_MEMBERS && !run->is_over && turn(run, run->deadline))
		;
	bool complete = run->n_there == N_MEMBERS;
	int64_t give_up = run->deadline + PATIENCE;
	while (complete && !run->is_over)
		if (!turn(run, give_up)) {
			errno = 0;
			bench_die("the runner does not end");
		}
	for (int64_t until = bench_now() + SETTLE; complete && run->n_left > 0;)
		if (!turn(run, until))
			break;
	clean_up(run);
	return complete;
}

int main(int argc, char **argv)
{
	char *end;
	int64_t limit = argc > 2 ? strtol(argv[1], &end, 10) * MS : 0;
	char **words = calloc((size_t)argc + N_MEMBERS + 2, sizeof *words);
	if (limit <= 0 || *end || !words)
		bench_die("deadline LIMIT_MS RUNNER [ARGUMENT...] TREE [stubborn]");
	for (int i = 2; i < argc; i++)
		words[i - 2] = argv[i];
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		bench_die("PR_SET_CHILD_SUBREAPER");
	char line[32];
	while (fgets(line, sizeof line, stdin)) {
		struct run run;
		int tries = 0;
		while (!run_once(&run, words, words + argc - 2, limit))
			if (++tries == TRIES)
				bench_die("the tree is never complete before the deadline");
		printf("%" PRId64 " %d %" PRId64 "\n", run.last_end - run.deadline, run.n_left,
			run.first_word - run.start);
		fflush(stdout);
	}
	return 0;
}
