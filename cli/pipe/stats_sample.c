/* SPDX-License-Identifier: MIT */
#include "pipe/stats_sample.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* More of a stage are not looked at. */
#define MOST_PROCESSES 256
#define MOST_THREADS   64
#define NAME_SIZE      80
#define FILE_SIZE      1024

bool stats_can_sample(void)
{
	char target[32];
	ssize_t length = readlink("/proc/self", target, sizeof target - 1);

	if (length <= 0)
		return false;
	target[length] = '\0';
	return strtol(target, NULL, 10) == getpid();
}

/* The file's first bytes as a string. Returns false if there are none. */
static bool read_name(const char *path, char text[FILE_SIZE])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return false;
	ssize_t length = read(fd, text, FILE_SIZE - 1);
	close(fd);
	if (length <= 0)
		return false;
	text[length] = '\0';
	return true;
}

static bool is_one_of(const char *place, const char *const *names)
{
	for (; *names; names++)
		if (strstr(place, *names))
			return true;
	return false;
}

static enum stats_wait wait_of_place(const char *place)
{
	static const char *const reads[] = { "pipe_read", "pipe_wait_readable", "n_tty_read",
		NULL };
	static const char *const writes[] = { "pipe_write", "pipe_wait_writable", "n_tty_write",
		NULL };
	static const char *const polls[] = { "poll", "select", "pipe_wait", "wait_woken", NULL };
	static const char *const network[] = { "sk_", "inet_", "tcp_", "unix_stream", "unix_dgram",
		"skb_", NULL };

	if (is_one_of(place, reads))
		return STATS_READS;
	if (is_one_of(place, writes))
		return STATS_WRITES;
	/* "0": the kernel does not tell. */
	if (place[0] == '\0' || strcmp(place, "0") == 0 || is_one_of(place, polls))
		return STATS_POLLS;
	if (is_one_of(place, network))
		return STATS_NETWORK;
	if (strncmp(place, "do_wait", 7) == 0 || strncmp(place, "kernel_wait", 11) == 0)
		return STATS_CHILDREN;
	return STATS_SLEEPS;
}

enum stats_wait stats_wait_of(char state, const char *place)
{
	switch (state) {
	case 'R':
		return STATS_RUNS;
	case 'D':
		return STATS_DISK;
	case 'T':
	case 't':
		return STATS_STOPPED;
	case 'S':
		return wait_of_place(place);
	default:
		return STATS_UNKNOWN;
	}
}

/* What proc_pid_stat(5) says, as far as it is needed. */
struct stat_line {
	char state;
	pid_t parent;
	int64_t ticks;
	int64_t children_ticks; /* of those that it has waited for, contained in ticks */
	uint64_t started;
};

static bool read_stat(const char *path, struct stat_line *ret)
{
	char text[FILE_SIZE];
	int parent = 0;
	uint64_t user = 0, sys = 0;
	int64_t children_user = 0, children_sys = 0;

	if (!read_name(path, text))
		return false;
	/* The name of the program stands in parentheses and may hold any. */
	const char *rest = strrchr(text, ')');
	if (!rest || sscanf(rest, /* NOLINT(cert-err34-c): the kernel's own numbers */
			     ") %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64
			     " %" SCNd64 " %" SCNd64 " %*d %*d %*d %*d %" SCNu64,
			     &ret->state, &parent, &user, &sys, &children_user, &children_sys,
			     &ret->started) != 7)
		return false;
	ret->parent = parent;
	ret->children_ticks = children_user + children_sys;
	ret->ticks = (int64_t)user + (int64_t)sys + ret->children_ticks;
	return true;
}

static int64_t number_behind(const char *text, const char *name)
{
	const char *found = strstr(text, name);

	return found ? strtoll(found + strlen(name), NULL, 10) : 0;
}

/* Adds a file like /proc/PID/io; sign is 1 or -1. */
static bool add_volumes(const char *path, struct stats_counts *counts, int sign)
{
	static const char *const names[STATS_N_COUNTS] = {
		[STATS_COUNT_READ] = "rchar: ",
		[STATS_COUNT_WRITTEN] = "wchar: ",
		[STATS_COUNT_DISK_READ] = "\nread_bytes: ",
		[STATS_COUNT_DISK_WRITTEN] = "\nwrite_bytes: ",
	};
	char text[FILE_SIZE];

	if (!read_name(path, text))
		return false;
	for (int count = 0; count < STATS_N_COUNTS; count++)
		if (names[count])
			counts->of[count] += sign * number_behind(text, names[count]);
	return true;
}

static int64_t ns_of(int64_t ticks)
{
	return ticks * (1000000000 / sysconf(_SC_CLK_TCK));
}

/* Processes still to be looked at. */
struct walk {
	pid_t pids[MOST_PROCESSES];
	size_t n;
	size_t next;
};

static void add_children(const char *path, struct walk *walk)
{
	FILE *file = fopen(path, "re");
	int pid;

	if (!file)
		return;
	/* NOLINTNEXTLINE(cert-err34-c): the kernel's own numbers */
	while (walk->n < MOST_PROCESSES && fscanf(file, "%d", &pid) == 1)
		walk->pids[walk->n++] = pid;
	(void)fclose(file);
}

/* What a thread waits for raises *wait; its children are added to the walk. */
static void look_at_thread(pid_t pid, const char *thread, enum stats_wait *wait, struct walk *walk)
{
	char path[NAME_SIZE], place[FILE_SIZE] = "";
	struct stat_line line;

	snprintf(path, sizeof path, "/proc/%d/task/%.16s/stat", (int)pid, thread);
	if (wait && read_stat(path, &line)) {
		snprintf(path, sizeof path, "/proc/%d/task/%.16s/wchan", (int)pid, thread);
		if (line.state == 'S')
			(void)read_name(path, place);
		enum stats_wait found = stats_wait_of(line.state, place);
		if (found > *wait)
			*wait = found;
	}
	snprintf(path, sizeof path, "/proc/%d/task/%.16s/children", (int)pid, thread);
	add_children(path, walk);
}

static void look_at_threads(pid_t pid, enum stats_wait *wait, struct walk *walk)
{
	char path[NAME_SIZE];
	size_t n = 0;

	snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
	DIR *folder = opendir(path);
	if (!folder)
		return;
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): one thread */
	for (struct dirent *entry = readdir(folder); entry && n < MOST_THREADS;) {
		if (entry->d_name[0] != '.') {
			look_at_thread(pid, entry->d_name, wait, walk);
			n++;
		}
		entry = readdir(folder); /* NOLINT(concurrency-mt-unsafe) */
	}
	closedir(folder);
}

/* The kernel adds to the figures of a process those of children that it has waited for. */
static void add_process(pid_t pid, struct stats_sample *sample, struct walk *walk)
{
	char path[NAME_SIZE];
	struct stat_line line;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	if (!read_stat(path, &line))
		return;
	sample->counts.of[STATS_COUNT_CPU] += ns_of(line.ticks);
	snprintf(path, sizeof path, "/proc/%d/io", (int)pid);
	/* Kernels differ in whether they tell of zombies. */
	if (!add_volumes(path, &sample->counts, 1) && line.state != 'Z')
		sample->has_volumes = false;
	look_at_threads(pid, &sample->wait, walk);
}

/* A guard is no part of the stage, but what has ended below it is. */
static enum stats_end add_guard(struct stats_sample *sample, struct walk *walk)
{
	char path[NAME_SIZE], own[NAME_SIZE];
	struct stat_line line;
	struct stats_counts counts = { 0 };

	snprintf(path, sizeof path, "/proc/%d/stat", (int)sample->guard);
	if (!read_stat(path, &line) ||
		(sample->guard_started != 0 && line.started != sample->guard_started))
		return STATS_END_REAPED;
	sample->guard_started = line.started;
	sample->guards.of[STATS_COUNT_CPU] = ns_of(line.ticks - line.children_ticks);
	look_at_threads(sample->guard, NULL, walk);
	snprintf(path, sizeof path, "/proc/%d/io", (int)sample->guard);
	snprintf(own, sizeof own, "/proc/%d/task/%d/io", (int)sample->guard, (int)sample->guard);
	if (!add_volumes(own, &sample->guards, 1) || !add_volumes(path, &counts, 1))
		return STATS_END_LATER;
	counts.of[STATS_COUNT_CPU] = ns_of(line.ticks);
	for (int count = 0; count < STATS_N_COUNTS; count++)
		sample->counts.of[count] += counts.of[count] - sample->guards.of[count];
	return STATS_END_KNOWN;
}

static void add_walk(struct stats_sample *sample, struct walk *walk)
{
	while (walk->next < walk->n)
		add_process(walk->pids[walk->next++], sample, walk);
}

void stats_sample_stage(pid_t pid, struct stats_sample *ret_sample)
{
	char path[NAME_SIZE];
	struct walk walk = { .n = 0 };
	struct stat_line line;

	*ret_sample = (struct stats_sample){ 0 };
	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	if (pid <= 0 || !read_stat(path, &line))
		return;
	*ret_sample = (struct stats_sample){
		.is_known = true,
		.has_volumes = true,
		.started = line.started,
		.guard = line.parent == getpid() ? 0 : line.parent,
	};
	if (ret_sample->guard > 0)
		add_guard(ret_sample, &walk);
	if (walk.n == 0)
		walk.pids[walk.n++] = pid;
	add_walk(ret_sample, &walk);
}

enum stats_end stats_sample_end(const struct stats_sample *before, struct stats_sample *ret_sample)
{
	struct walk walk = { .n = 0 };
	struct stats_sample sample = {
		.is_known = true,
		.has_volumes = true,
		.started = before->started,
		.guard = before->guard,
		.guard_started = before->guard_started,
	};

	if (before->guard == 0)
		return STATS_END_REAPED;
	enum stats_end end = add_guard(&sample, &walk);
	if (end != STATS_END_KNOWN)
		return end;
	add_walk(&sample, &walk);
	*ret_sample = sample;
	return end;
}

bool stats_sample_children(struct stats_counts *ret_counts)
{
	char own[NAME_SIZE];
	struct stats_counts counts = { 0 };
	struct rusage usage;

	snprintf(own, sizeof own, "/proc/self/task/%d/io", (int)gettid());
	if (getrusage(RUSAGE_CHILDREN, &usage) < 0 || !add_volumes("/proc/self/io", &counts, 1) ||
		!add_volumes(own, &counts, -1))
		return false;
	counts.of[STATS_COUNT_CPU] = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) *
					     INT64_C(1000000000) +
				     (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) *
					     INT64_C(1000);
	*ret_counts = counts;
	return true;
}

void stats_sample_thread(struct stats_counts *ret_counts)
{
	char own[NAME_SIZE];

	*ret_counts = (struct stats_counts){ 0 };
	snprintf(own, sizeof own, "/proc/self/task/%d/io", (int)gettid());
	(void)add_volumes(own, ret_counts, 1);
}

static bool is_pipe(pid_t pid, int fd)
{
	char path[NAME_SIZE], target[8];

	snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pid, fd);
	return readlink(path, target, sizeof target) > 5 && memcmp(target, "pipe:", 5) == 0;
}

/* From here to close() we are one more holder of that end. */
static bool ask_copy(int copy, struct stats_queue *ret)
{
	struct stat is;
	int bytes = 0;
	int capacity = -1;
	bool is_ours = fstat(copy, &is) == 0 && S_ISFIFO(is.st_mode) &&
		       ioctl(copy, FIONREAD, &bytes) == 0;

	if (is_ours)
		capacity = fcntl(copy, F_GETPIPE_SZ);
	close(copy);
	if (!is_ours || capacity <= 0)
		return false;
	*ret = (struct stats_queue){ bytes, capacity };
	return true;
}

static bool ask_process(pid_t pid, int fd, struct stats_queue *ret)
{
	if (pid <= 0 || !is_pipe(pid, fd))
		return false;
	int process = (int)syscall(SYS_pidfd_open, pid, 0);
	if (process < 0)
		return false;
	int copy = (int)syscall(SYS_pidfd_getfd, process, fd, 0);
	bool is_known = copy >= 0 && ask_copy(copy, ret);
	close(process);
	return is_known;
}

void stats_sample_queue(pid_t reader, pid_t writer, struct stats_queue *ret_queue)
{
	if (!ask_process(reader, STDIN_FILENO, ret_queue) &&
		!ask_process(writer, STDOUT_FILENO, ret_queue))
		*ret_queue = (struct stats_queue){ -1, -1 };
}
