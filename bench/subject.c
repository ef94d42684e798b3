/* SPDX-License-Identifier: MIT */
#include "subject.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

_Noreturn void bench_die(const char *what)
{
	fprintf(stderr, "bench: %s%s%s\n", what, errno ? ": " : "", errno ? strerror(errno) : "");
	exit(1);
}

static long number(const char *text)
{
	char *end;
	errno = 0;
	long n = strtol(text, &end, 10);
	if (errno || end == text || *end || n < 0) {
		errno = 0;
		bench_die("not a number");
	}
	return n;
}

static void hold_heap(long mib)
{
	size_t size = (size_t)mib << 20;
	void *heap = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (heap == MAP_FAILED)
		bench_die("heap");
	/* Small pages, as the heap of a program that did not ask for others. */
	(void)madvise(heap, size, MADV_NOHUGEPAGE);
	memset(heap, 1, size);
}

static void hold_fds(long n)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		bench_die("getrlimit");
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		bench_die("setrlimit");
	for (long i = 0; i < n; i++)
		if (open("/dev/null", O_RDONLY | O_CLOEXEC) < 0)
			bench_die("descriptors");
}

int64_t bench_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int bench_serve(int argc, char **argv, bench_work work)
{
	int next = 1;
	for (; next + 1 < argc && strncmp(argv[next], "--", 2) == 0; next += 2) {
		if (strcmp(argv[next], "--heap") == 0)
			hold_heap(number(argv[next + 1]));
		else if (strcmp(argv[next], "--fds") == 0)
			hold_fds(number(argv[next + 1]));
		else
			bench_die("unknown option");
	}
	char line[32];
	while (fgets(line, sizeof line, stdin)) {
		line[strcspn(line, "\n")] = '\0';
		long n = number(line);
		int64_t check = 0;
		int64_t begin = bench_now();
		for (long i = 0; i < n; i++)
			check += work(argv + next);
		int64_t end = bench_now();
		printf("%" PRId64 " %" PRId64 "\n", end - begin, check);
		fflush(stdout);
	}
	return 0;
}
