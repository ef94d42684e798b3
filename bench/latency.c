/* SPDX-License-Identifier: MIT */
/*
 * How long a line takes through a filter that runs: a line is written to the program's standard
 * input, and it has to come out of its standard output before the next one is written.
 *
 *	latency PERCENT PROGRAM [ARGUMENT...]
 *
 * For each request n (subject.h) n times 1000 lines go through; the answer is n times the time that
 * so many percent of them did not exceed.
 */
#include "subject.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINES 1000

static const char line[] =
	"2026-11-22T07:44:22.123Z INFO [worker-7] request finished id=4711 latency=12 "
	"status=200 path=/cart\n";

static int64_t times[LINES];
static int to_program, from_program;

static pid_t start(char **args)
{
	int in[2], out[2];
	if (pipe(in) < 0 || pipe(out) < 0)
		bench_die("pipe");
	pid_t pid = fork();
	if (pid == 0) {
		if (dup2(in[0], STDIN_FILENO) < 0 || dup2(out[1], STDOUT_FILENO) < 0)
			_exit(127);
		close(in[0]);
		close(in[1]);
		close(out[0]);
		close(out[1]);
		execv(args[0], args);
		_exit(127);
	}
	if (pid < 0)
		bench_die("fork");
	close(in[0]);
	close(out[1]);
	to_program = in[1];
	from_program = out[0];
	return pid;
}

static int64_t pass_line(void)
{
	char answer[sizeof line];
	size_t length = 0;
	int64_t begin = bench_now();
	if (write(to_program, line, sizeof line - 1) != sizeof line - 1)
		bench_die("write");
	while (length < sizeof line - 1) {
		ssize_t n = read(from_program, answer + length, sizeof answer - length);
		if (n <= 0)
			bench_die("the line did not come out");
		length += (size_t)n;
	}
	int64_t end = bench_now();
	errno = 0;
	if (length != sizeof line - 1 || memcmp(answer, line, length) != 0)
		bench_die("another line came out");
	return end - begin;
}

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	char request[32];
	if (argc < 3)
		bench_die("usage: latency PERCENT PROGRAM [ARGUMENT...]");
	long percent = strtol(argv[1], NULL, 10);
	pid_t pid = start(argv + 2);
	while (fgets(request, sizeof request, stdin)) {
		long n = strtol(request, NULL, 10);
		int64_t sum = 0;
		for (long i = 0; i < n; i++) {
			for (size_t j = 0; j < LINES; j++)
				times[j] = pass_line();
			qsort(times, LINES, sizeof *times, by_size);
			sum += times[(size_t)percent * (LINES - 1) / 100];
		}
		printf("%" PRId64 " %ld\n", sum, n * LINES);
		fflush(stdout);
	}
	close(to_program);
	int status;
	if (waitpid(pid, &status, 0) < 0)
		bench_die("waitpid");
	return 0;
}
