/* SPDX-License-Identifier: MIT */
/*
 * Writes to standard output what it was started with, a line each: pid, ppid, pgid, sid and umask
 * in decimal, the working directory, SigBlk, SigIgn and SigCgt as the kernel shows them, nice, and
 * "limit RESOURCE SOFT HARD" for each resource.
 */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void)
{
	char line[4096];
	FILE *status = fopen("/proc/self/status", "r");

	if (!status)
		return 99;
	printf("pid %d\nppid %d\npgid %d\nsid %d\n", (int)getpid(), (int)getppid(), (int)getpgid(0),
		(int)getsid(0));
	mode_t mask = umask(0);
	printf("umask %d\n", (int)mask);
	printf("cwd %s\n", getcwd(line, sizeof line) ? line : "?");
	while (fgets(line, sizeof line, status))
		if (strncmp(line, "Sig", 3) == 0 && strncmp(line, "SigQ", 4) != 0 &&
			strncmp(line, "SigPnd", 6) != 0)
			fputs(line, stdout);
	fclose(status);
	printf("nice %d\n", getpriority(PRIO_PROCESS, 0));
	for (int resource = 0; resource < RLIM_NLIMITS; resource++) {
		struct rlimit limit = { 0, 0 };
		if (getrlimit(resource, &limit) < 0)
			return 98;
		printf("limit %d %llu %llu\n", resource, (unsigned long long)limit.rlim_cur,
			(unsigned long long)limit.rlim_max);
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
