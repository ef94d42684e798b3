/* SPDX-License-Identifier: MIT */
#include "pipe/sweep.h"

#include "common/duration.h"
#include "common/file.h"
#include "common/text.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* How long we try: what cannot be killed stays where it is. */
#define LONGEST BROOD_SECOND
#define PAUSE   (2 * BROOD_MILLISECOND)

/* More than the kernel writes there. */
#define LARGEST_NAME 64
#define LARGEST_LIST ((size_t)1 << 20)

/* What a guard calls itself. */
#define GUARD_NAME "brood-guard\n"

bool pipe_adopt(void)
{
	siginfo_t info;
	bool has_children = waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 ||
			    errno != ECHILD;

	return !has_children && prctl(PR_SET_CHILD_SUBREAPER, 1L, 0L, 0L, 0L) == 0;
}

static bool is_guard(pid_t pid)
{
	char path[64];
	struct text name = { 0 };

	snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
	bool is = file_read(path, &name, LARGEST_NAME) == 0 && strcmp(name.bytes, GUARD_NAME) == 0;
	text_done(&name);
	return is;
}

/* Kills whom it finds, and takes those who have ended. Returns how many it found. */
static size_t sweep_once(const char *list, bool is_over, size_t *n_killed)
{
	char *end = NULL;
	size_t n = 0;

	for (const char *at = list;; at = end) {
		pid_t pid = (pid_t)strtol(at, &end, 10);
		if (end == at)
			return n;
		if (!is_over && is_guard(pid))
			continue;
		n++;
		kill(pid, SIGKILL);
		int status;
		/* Killed before it had ended by itself. */
		if (waitpid(pid, &status, WNOHANG | __WALL) == pid && WIFSIGNALED(status))
			++*n_killed;
	}
}

size_t pipe_sweep(bool is_over)
{
	int64_t until = duration_now() + LONGEST;
	size_t n_killed = 0;
	char path[64];

	snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
	for (;;) {
		const struct timespec pause = { 0, PAUSE };
		struct text list = { 0 };
		size_t n = file_read(path, &list, LARGEST_LIST) == 0 && list.length > 0
				   ? sweep_once(list.bytes, is_over, &n_killed)
				   : 0;
		text_done(&list);
		if (n == 0 || duration_now() >= until)
			return n_killed;
		(void)ppoll(NULL, 0, &pause, NULL);
	}
}
