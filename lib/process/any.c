/* SPDX-License-Identifier: MIT */
/* Any process: taking hold of one, signalling it, letting go of it. */

#include "process/any.h"

#include "base/error.h"
#include "base/strings.h"
#include "process/procfile.h"
#include "sys/fd.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define RELEASED 0x80000000u

#define LAST_SIGNAL 64

int brood__any_fail(struct brood_error *error, int code, int step, pid_t pid)
{
	char subject[32];
	struct brood__text text = brood__text_over(subject, sizeof subject);
	brood__text_add(&text, "process ");
	brood__text_add_int(&text, pid);
	return brood__fail(error, code, step, subject);
}

static bool is_ours(const struct brood_process *process)
{
	return process && process->owner == getpid();
}

static bool is_released(const struct brood_process *process)
{
	return atomic_load(&process->use) & RELEASED;
}

static void let_go(struct brood_process *process)
{
	brood__fd_close(&process->process.pidfd);
}

int brood__any_enter(struct brood_process *process)
{
	if (!is_ours(process))
		return BROOD_EMISUSE;
	unsigned int use = atomic_load(&process->use);
	do {
		if (use & RELEASED)
			return BROOD_EMISUSE;
	} while (!atomic_compare_exchange_weak(&process->use, &use, use + 1));
	return 0;
}

void brood__any_leave(struct brood_process *process)
{
	if (atomic_fetch_sub(&process->use, 1) == (RELEASED | 1))
		let_go(process);
}

int brood__any_new(struct brood_process **ret_process, const struct brood__process *process,
	const struct brood_status *status)
{
	struct brood_process *any = malloc(sizeof *any);
	struct brood__process held = *process;
	if (!any) {
		brood__fd_close(&held.pidfd);
		brood__ending_unref(&held.ending);
		return -ENOMEM;
	}
	brood__fd_make_way(&held.pidfd);
	any->process = held;
	any->owner = getpid();
	any->ended_seen = 0;
	any->status = *status;
	atomic_init(&any->use, 0);
	atomic_init(&any->done, false);
	atomic_init(&any->collecting, false);
	*ret_process = any;
	return 0;
}

/* Holds a process that has no status yet. Takes pidfd. */
static int hold(struct brood_process **ret_process, pid_t pid, int pidfd, bool foreign)
{
	const struct brood__process process = { .pid = pid, .pidfd = pidfd, .foreign = foreign };
	const struct brood_status status = {
		.size = sizeof status,
		.pid = pid,
		.how = BROOD_RUNNING,
		.exit_code = -1,
	};
	return brood__any_new(ret_process, &process, &status);
}

static bool is_child(pid_t pid, int pidfd)
{
	struct brood__exit ignored;
	return brood__wait_exit(pidfd, pid, WNOHANG | WNOWAIT, &ignored) >= 0;
}

/* What a kernel that knows no pidfds says, or a filter in its place. */
static bool is_refused(int r)
{
	return r == -ENOSYS || r == -EPERM || r == -EACCES || r == -EOPNOTSUPP;
}

/* What the kernel says of the number of a thread. */
static bool is_of_thread(int r)
{
	return r == -EINVAL || r == -ENOENT;
}

/* Returns the pidfd, or -1: then *ret_code is 0 for a child, which is safe without one. */
static int open_pidfd(pid_t pid, int *ret_code)
{
	int pidfd = brood__pidfd_open(pid);
	*ret_code = 0;
	if (pidfd >= 0)
		return pidfd;
	*ret_code = pidfd;
	if (is_refused(pidfd) && is_child(pid, -1))
		*ret_code = 0;
	else if (is_refused(pidfd) ? brood__kill(pid, 0) == -ESRCH : is_of_thread(pidfd))
		*ret_code = -ESRCH;
	return -1;
}

int brood_process_open(struct brood_process **ret_process, pid_t pid, struct brood_error *error)
{
	int code = 0;
	if (!ret_process)
		return brood__fail(error, BROOD_EMISUSE, BROOD_STEP_OPEN, "ret_process");
	if (pid <= 0)
		return brood__any_fail(error, -EINVAL, BROOD_STEP_OPEN, pid);
	int pidfd = open_pidfd(pid, &code);
	if (code == 0)
		code = hold(ret_process, pid, pidfd, !is_child(pid, pidfd));
	return code < 0 ? brood__any_fail(error, code, BROOD_STEP_OPEN, pid) : 0;
}

int brood_process_open_started(struct brood_process **ret_process, pid_t pid, uint64_t start_ticks,
	struct brood_error *error)
{
	struct brood_process *process;
	struct brood__proc_stat stat;
	int r = brood_process_open(ret_process ? &process : NULL, pid, error);
	if (r < 0)
		return r;
	r = brood__procfile_stat_of(&process->process, &stat, error);
	if (r == 0 && stat.start_ticks != start_ticks)
		r = brood__any_fail(error, -ESRCH, BROOD_STEP_OPEN, pid);
	if (r == 0)
		*ret_process = process;
	else
		brood_process_free(process);
	return r;
}

int brood_process_open_pidfd(
	struct brood_process **ret_process, int pidfd, struct brood_error *error)
{
	if (!ret_process)
		return brood__fail(error, BROOD_EMISUSE, BROOD_STEP_OPEN, "ret_process");
	int flags = fcntl(pidfd, F_GETFL);
	int64_t pid = flags < 0 ? -EBADF : brood__procfile_pid_of(pidfd);
	/* PIDFD_THREAD: it would be signalled, and would end, alone. */
	if (pid >= 0 && flags & O_EXCL)
		pid = -EINVAL;
	int copy = pid < 0 ? (int)pid : fcntl(pidfd, F_DUPFD_CLOEXEC, 3);
	int r = copy;
	if (copy < 0 && pid >= 0)
		r = -errno;
	/* A number that /proc tells may be one of another namespace: it is never used. */
	if (copy >= 0)
		r = hold(ret_process, (pid_t)pid, copy, true);
	return r < 0 ? brood__fail(error, r, BROOD_STEP_OPEN, "pidfd") : 0;
}

pid_t brood_process_pid(const struct brood_process *process)
{
	if (!is_ours(process))
		return BROOD_EMISUSE;
	return is_released(process) ? -1 : process->process.pid;
}

int brood_process_pidfd(const struct brood_process *process)
{
	if (!is_ours(process) || is_released(process))
		return BROOD_EMISUSE;
	return process->process.pidfd < 0 ? -ENOSYS : process->process.pidfd;
}

int brood_process_signal(struct brood_process *process, int signal)
{
	int r = brood__any_enter(process);
	if (r < 0)
		return r;
	if (signal < 0 || signal > LAST_SIGNAL)
		r = -EINVAL;
	else if (atomic_load(&process->done))
		r = -ESRCH;
	else
		r = brood__process_signal(&process->process, signal);
	brood__any_leave(process);
	return r;
}

int brood_process_signal_group(struct brood_process *process, int signal)
{
	int r = brood__any_enter(process);
	if (r < 0)
		return r;
	if (signal < 0 || signal > LAST_SIGNAL)
		r = -EINVAL;
	else
		r = brood__process_signal_group(&process->process, signal);
	brood__any_leave(process);
	return r;
}

int brood_process_release(struct brood_process *process)
{
	if (!is_ours(process))
		return BROOD_EMISUSE;
	if (atomic_fetch_or(&process->use, RELEASED) == 0)
		let_go(process);
	return 0;
}

void brood_process_free(struct brood_process *process)
{
	if (!process)
		return;
	let_go(process);
	brood__ending_unref(&process->process.ending);
	free(process);
}
