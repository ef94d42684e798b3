/* SPDX-License-Identifier: MIT */
/*
 * Writes to standard output who it is and what it may do, a line each, by system calls alone where
 * that goes, since its root may have no /proc:
 *
 *	uid R E S       gid R E S       groups G...     (ascending)
 *	inheritable H   permitted H     effective H     bounding H      ambient H
 *	nnp N           seccomp N       dumpable N      keepcaps N      death N
 *	scheduler N P   affinity H      ioprio N        oom N
 *	cwd PATH        sid N           pid N           ppid N          terminal N
 *
 * and cgroup LINE and ns NAME LINK from /proc. H is hexadecimal; terminal is the foreground group
 * of its controlling terminal, or -1.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

struct cap_header {
	uint32_t version;
	int pid;
};
struct cap_data {
	uint32_t effective, permitted, inheritable;
};

static int by_number(const void *a, const void *b)
{
	gid_t x = *(const gid_t *)a;
	gid_t y = *(const gid_t *)b;
	return (x > y) - (x < y);
}

static void show_ids(void)
{
	static gid_t groups[65536];
	unsigned int r = 0;
	unsigned int e = 0;
	unsigned int s = 0;
	getresuid(&r, &e, &s);
	printf("uid %u %u %u\n", r, e, s);
	getresgid(&r, &e, &s);
	printf("gid %u %u %u\ngroups", r, e, s);
	int n = getgroups(65536, groups);
	qsort(groups, n > 0 ? (size_t)n : 0, sizeof *groups, by_number);
	for (int i = 0; i < n; i++)
		printf(" %u", groups[i]);
	printf("\n");
}

static void show_capabilities(void)
{
	struct cap_header header = { 0x20080522, 0 };
	struct cap_data data[2] = { { 0, 0, 0 }, { 0, 0, 0 } };
	uint64_t bounding = 0;
	uint64_t ambient = 0;
	syscall(SYS_capget, &header, data);
	for (int i = 0; i < 64; i++) {
		bounding |= (uint64_t)(prctl(PR_CAPBSET_READ, i, 0, 0, 0) == 1) << i;
		ambient |= (uint64_t)(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, i, 0, 0) == 1)
			   << i;
	}
	printf("inheritable %llx\n",
		data[0].inheritable | (unsigned long long)data[1].inheritable << 32);
	printf("permitted %llx\n", data[0].permitted | (unsigned long long)data[1].permitted << 32);
	printf("effective %llx\n", data[0].effective | (unsigned long long)data[1].effective << 32);
	printf("bounding %llx\nambient %llx\n", (unsigned long long)bounding,
		(unsigned long long)ambient);
}

static void show_flags(void)
{
	int death = 0;
	prctl(PR_GET_PDEATHSIG, &death, 0, 0, 0);
	printf("nnp %d\nseccomp %d\ndumpable %d\nkeepcaps %d\ndeath %d\n",
		prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), prctl(PR_GET_SECCOMP, 0, 0, 0, 0),
		prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0), death);
}

static void show_file(const char *path, const char *name)
{
	char line[4096];
	FILE *file = fopen(path, "re");
	while (file && fgets(line, sizeof line, file))
		printf("%s %s", name, line);
	if (file)
		fclose(file);
}

static void show_scheduling(void)
{
	struct sched_param param = { 0 };
	unsigned long mask[128] = { 0 };
	syscall(SYS_sched_getparam, 0, &param);
	printf("scheduler %d %d\n", (int)syscall(SYS_sched_getscheduler, 0), param.sched_priority);
	syscall(SYS_sched_getaffinity, 0, sizeof mask, mask);
	printf("affinity %lx\nioprio %ld\n", mask[0], syscall(SYS_ioprio_get, 1, 0));
	show_file("/proc/self/oom_score_adj", "oom");
}

static void show_place(void)
{
	static const char *const names[] = { "user", "mnt", "uts", "ipc", "net", "pid", "cgroup",
		"time" };
	char text[4096];
	printf("cwd %s\n", getcwd(text, sizeof text) ? text : "?");
	int terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	printf("sid %d\npid %d\nppid %d\nterminal %d\n", (int)getsid(0), (int)getpid(),
		(int)getppid(), terminal < 0 ? -1 : (int)tcgetpgrp(terminal));
	show_file("/proc/self/cgroup", "cgroup");
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char path[64];
		snprintf(path, sizeof path, "/proc/self/ns/%s", names[i]);
		ssize_t n = readlink(path, text, sizeof text - 1);
		if (n > 0)
			printf("ns %s %.*s\n", names[i], (int)n, text);
	}
}

int main(void)
{
	show_ids();
	show_capabilities();
	show_flags();
	show_scheduling();
	show_place();
	return fflush(stdout) == 0 ? 0 : 1;
}
