/* SPDX-License-Identifier: MIT */
/*
 * Writes to standard output all that a program finds itself with, a line each: what
 * /proc/self/status says of ids, groups, capabilities, rights and signals; umask, directory, nice,
 * scheduler, I/O priority, oom score; limits; open descriptors and where they lead; whether it is
 * the process that its first argument names; the environment in its own order.
 */
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char **environ;

static void show_status(void)
{
	static const char *const wanted[] = { "Uid", "Gid", "Groups", "NoNewPrivs",
		"Seccomp:", "Cap", "SigBlk", "SigIgn", "SigCgt", "Umask", "Cpus_allowed:" };
	char line[8192];
	FILE *status = fopen("/proc/self/status", "r");

	if (!status)
		exit(99);
	while (fgets(line, sizeof line, status))
		for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
			if (strncmp(line, wanted[i], strlen(wanted[i])) == 0)
				fputs(line, stdout);
	fclose(status);
}

static void show_file(const char *name, const char *path)
{
	char line[256] = "?\n";
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, line, sizeof line - 1);

	if (n >= 0)
		line[n] = '\0';
	if (fd >= 0)
		close(fd);
	printf("%s %s", name, line);
}

/* Those that are there before the folder itself is opened. */
static void show_descriptors(void)
{
	char path[64], target[4096];

	for (int fd = 0; fd < 4096; fd++) {
		int flags = fcntl(fd, F_GETFD);
		if (flags < 0)
			continue;
		snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
		ssize_t n = readlink(path, target, sizeof target - 1);
		target[n > 0 ? n : 0] = '\0';
		printf("fd %d %s %s\n", fd, flags & FD_CLOEXEC ? "close-on-exec" : "open", target);
	}
}

int main(int argc, char **argv)
{
	char line[4096];
	struct sched_param parameters = { 0 };

	show_descriptors();
	show_status();
	printf("cwd %s\n", getcwd(line, sizeof line) ? line : "?");
	printf("nice %d\n", getpriority(PRIO_PROCESS, 0));
	syscall(SYS_sched_getparam, 0, &parameters);
	printf("scheduler %d %d\n", (int)syscall(SYS_sched_getscheduler, 0),
		parameters.sched_priority);
	printf("io %ld\n", syscall(SYS_ioprio_get, 1, 0));
	show_file("oom", "/proc/self/oom_score_adj");
	for (int resource = 0; resource < RLIM_NLIMITS; resource++) {
		struct rlimit limit = { 0, 0 };
		getrlimit(resource, &limit);
		printf("limit %d %llu %llu\n", resource, (unsigned long long)limit.rlim_cur,
			(unsigned long long)limit.rlim_max);
	}
	if (argc > 1)
		printf("same %d\n", strtol(argv[1], NULL, 10) == getpid());
	for (char **entry = environ; *entry; entry++)
		printf("env %s\n", *entry);
	return fflush(stdout) == 0 ? 0 : 1;
}
