/* SPDX-License-Identifier: MIT */
/* Processes by descriptor. */

#include "sys/pidfd.h"

#include "sys/fd.h"
#include "sys/raw.h"
#include "sys/uapi.h"
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

int brood__pidfd_open(pid_t pid)
{
	return brood__fd_above_stdio((int)RAW2(SYS_pidfd_open, pid, 0));
}

int brood__pidfd_signal(int pidfd, int signal)
{
	return (int)RAW4(SYS_pidfd_send_signal, pidfd, signal, 0, 0);
}

int brood__pidfd_signal_group(int pidfd, int signal)
{
	return (int)RAW4(
		SYS_pidfd_send_signal, pidfd, signal, 0, BROOD__PIDFD_SIGNAL_PROCESS_GROUP);
}

int brood__kill(pid_t pid, int signal)
{
	return (int)RAW2(SYS_kill, pid, signal);
}

static long wait_once(
	int pidfd, pid_t pid, int options, siginfo_t *ret_info, struct rusage *ret_usage)
{
	static atomic_bool no_pidfd;
	if (pidfd >= 0 && !atomic_load_explicit(&no_pidfd, memory_order_relaxed)) {
		long r = RAW5(SYS_waitid, BROOD__P_PIDFD, pidfd, ret_info, options, ret_usage);
		if (r != -EINVAL && r != -ENOSYS && r != -EPERM)
			return r;
		atomic_store_explicit(&no_pidfd, true, memory_order_relaxed);
	}
	/* If somebody else has reaped it, its number may be another child's. */
	if (pidfd >= 0 && brood__pidfd_signal(pidfd, 0) == -ESRCH)
		return -ECHILD;
	return RAW5(SYS_waitid, P_PID, pid, ret_info, options, ret_usage);
}

int brood__wait_exit(int pidfd, pid_t pid, int options, struct brood__exit *ret_exit)
{
	siginfo_t info;
	long r;
	do {
		info.si_pid = 0;
		r = wait_once(pidfd, pid, options | WEXITED | BROOD__WALL, &info, &ret_exit->usage);
	} while (r == -EINTR);
	if (r < 0)
		return (int)r;
	if (info.si_pid == 0)
		return 0;
	ret_exit->code = info.si_code;
	ret_exit->status = info.si_status;
	return 1;
}

int brood__pidfd_look_exit(int pidfd, struct brood__exit *ret_exit)
{
	struct brood__pidfd_info info;
	long r;
	/* It looks for the status first and for the child then, who may go in between. */
	for (int i = 0; i < 2; i++) {
		info = (struct brood__pidfd_info){ .mask = BROOD__PIDFD_INFO_EXIT };
		r = RAW3(SYS_ioctl, pidfd, BROOD__PIDFD_GET_INFO, &info);
		if (r != -ESRCH)
			break;
	}
	if (r < 0)
		return (int)r;
	if (!(info.mask & BROOD__PIDFD_INFO_EXIT))
		return 0;
	*ret_exit = brood__exit_of(info.exit_code);
	return 1;
}

struct brood__exit brood__exit_of(int status)
{
	struct brood__exit ended;
	memset(&ended, 0, sizeof ended);
	if (WIFEXITED(status)) {
		ended.code = CLD_EXITED;
		ended.status = WEXITSTATUS(status);
	} else {
		ended.code = WCOREDUMP(status) ? CLD_DUMPED : CLD_KILLED;
		ended.status = WTERMSIG(status);
	}
	return ended;
}

/* How often, and for how long each time, a reaper is waited for who has not quite finished. */
#define REAPER_TRIES 100
#define REAPER_PAUSE 10000000L

int brood__pidfd_last_exit(int pidfd, struct brood__exit *ret_exit)
{
	for (int i = 0; i <= REAPER_TRIES; i++) {
		int r = brood__pidfd_look_exit(pidfd, ret_exit);
		if (r != 0)
			return r;
		/* The status is stored after the child is taken, before the descriptor hangs up. */
		struct pollfd hangup = { .fd = pidfd };
		struct timespec pause = { 0, REAPER_PAUSE };
		RAW5(SYS_ppoll, &hangup, 1, &pause, 0, sizeof(uint64_t));
	}
	return -ENODATA;
}

int brood__poll(struct pollfd *fds, unsigned int n, int64_t now, int64_t until)
{
	struct timespec left;
	struct timespec *timeout = NULL;
	if (until != INT64_MAX) {
		int64_t nanoseconds = until > now ? until - now : 0;
		left.tv_sec = (time_t)(nanoseconds / 1000000000);
		left.tv_nsec = (long)(nanoseconds % 1000000000);
		timeout = &left;
	}
	return (int)RAW5(SYS_ppoll, fds, n, timeout, 0, sizeof(uint64_t));
}
