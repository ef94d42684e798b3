/* SPDX-License-Identifier: MIT */
#include "crowd.h"

#include "subject.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

struct holding {
	long memory_kib;
	long fds;
	long threads;
	long heap_kib;
};

/* The number behind a word at the beginning of a line. */
static long number_in(const char *path, const char *word)
{
	char line[256];
	long found = -1;
	FILE *file = fopen(path, "re");
	if (!file)
		bench_die(path);
	while (found < 0 && fgets(line, sizeof line, file)) {
		if (strncmp(line, word, strlen(word)) == 0)
			found = strtol(line + strlen(word), NULL, 10);
	}
	fclose(file);
	if (found < 0)
		bench_die(word);
	return found;
}

static long count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	if (!dir)
		bench_die("/proc/self/fd");
	long n = 0;
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* smaps_rollup counts, VmRSS in status estimates. */
static struct holding look(void)
{
	struct mallinfo2 heap = mallinfo2();
	return (struct holding){
		.memory_kib = number_in("/proc/self/smaps_rollup", "Rss:"),
		.fds = count_fds(),
		.threads = number_in("/proc/self/status", "Threads:"),
		.heap_kib = (long)((heap.uordblks + heap.hblkhd) / 1024),
	};
}

static void allow_fds(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		bench_die("getrlimit");
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		bench_die("setrlimit");
}

int bench_serve_crowd(int argc, char **argv, bench_crowd_start start, bench_crowd_wait wait)
{
	size_t n = argc > 2 ? strtoul(argv[1], NULL, 10) : 0;
	char line[32];
	if (n == 0) {
		errno = 0;
		bench_die("usage: PROGRAM N CHILD [ARGUMENT...]");
	}
	allow_fds();
	while (fgets(line, sizeof line, stdin)) {
		int gate[2];
		if (pipe2(gate, O_CLOEXEC) < 0)
			bench_die("pipe");
		struct holding before = look();
		int64_t begin = bench_now();
		start(n, argv + 2, gate[0]);
		int64_t started = bench_now();
		struct holding held = look();
		int64_t open = bench_now();
		close(gate[0]);
		close(gate[1]);
		wait(n);
		int64_t end = bench_now();
		printf("%" PRId64 " %zu %" PRId64 " %ld %ld %ld %ld\n",
			end - open + started - begin, n, started - begin,
			held.memory_kib - before.memory_kib, held.fds - before.fds,
			held.threads - before.threads, held.heap_kib - before.heap_kib);
		fflush(stdout);
	}
	return 0;
}
