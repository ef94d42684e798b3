/* SPDX-License-Identifier: MIT */
/* The controlling terminal's foreground, stops and continues, and the size of a job's own terminal.
 */

#include "base/size.h"
#include "job/job.h"
#include "pump/tty.h"
#include "sys/clock.h"
#include "sys/fd.h"
#include "sys/raw.h"
#include "sys/signals.h"
#include "sys/uapi.h"
#include <brood/error.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* The group that has a terminal, or -errno. */
static pid_t foreground_of(int fd)
{
	int group = 0;
	long r = RAW3(SYS_ioctl, fd, TIOCGPGRP, &group);
	return r < 0 ? (pid_t)r : group;
}

int brood__terminal_open(struct brood_job *job)
{
	int fd = brood__fd_open("/dev/tty", O_RDWR | O_NOCTTY, 0);
	int failure = fd;
	for (int own = 0; fd < 0 && own < 3; own++) {
		if (foreground_of(own) >= 0)
			fd = (int)RAW3(SYS_fcntl, own, F_DUPFD_CLOEXEC, 3);
	}
	if (fd < 0)
		return failure;
	pid_t owner = foreground_of(fd);
	if (owner < 0) {
		brood__fd_close(&fd);
		return owner;
	}
	job->terminal = fd;
	job->terminal_owner = owner;
	job->has_terminal = true;
	return 0;
}

/* Who is not in the foreground may only do this with SIGTTOU blocked. */
static int hand_over(int fd, pid_t group)
{
	uint64_t mask;
	brood__signals_block(UINT64_C(1) << (SIGTTOU - 1), &mask);
	int to = group;
	long r = RAW3(SYS_ioctl, fd, TIOCSPGRP, &to);
	brood__signals_restore(mask);
	return (int)r;
}

void brood__terminal_give_back(struct brood_job *job)
{
	if (!job->has_terminal)
		return;
	job->has_terminal = false;
	/* The group may be gone: then nobody is there to get it. */
	(void)hand_over(job->terminal, job->terminal_owner);
}

int brood_job_foreground(struct brood_job *job)
{
	int r = brood__job_enter(job);
	if (r < 0)
		return r;
	if (job->group == 0) {
		r = -EINVAL;
	} else if (job->n_running == 0) {
		r = -ESRCH;
	} else {
		brood__fd_close(&job->terminal);
		r = brood__terminal_open(job);
		if (r == 0 && job->terminal_owner == job->group)
			job->terminal_owner = getpgrp();
		if (r == 0)
			r = hand_over(job->terminal, job->group);
		if (r == 0)
			r = brood__kill(-job->group, SIGCONT);
		if (r < 0)
			brood__terminal_give_back(job);
	}
	brood__job_leave(job);
	return r;
}

void brood__stage_note_stop(struct brood_job *job, struct brood__stage *stage, int signal)
{
	stage->status.how = signal ? BROOD_STOPPED : BROOD_RUNNING;
	stage->status.signal = signal;
	stage->stop_news = signal ? BROOD_EVENT_STAGE_STOPPED : BROOD_EVENT_STAGE_CONTINUED;
	for (size_t i = 0; i < job->n_stages; i++) {
		if (!job->stages[i].ended && job->stages[i].status.how != BROOD_STOPPED)
			return;
	}
	brood__terminal_give_back(job);
}

/* Takes one change of a child of ours. Returns whether there was one. */
static bool look_once(struct brood_job *job, struct brood__stage *stage)
{
	siginfo_t info = { .si_pid = 0 };
	const int options = WSTOPPED | WCONTINUED | WNOHANG | __WALL;
	long r = RAW5(SYS_waitid, BROOD__P_PIDFD, stage->process.pidfd, &info, options, 0);
	/* Refused by the kernel's age or by a filter; nobody but us reaps the child meanwhile. */
	if (r < 0 && r != -ECHILD)
		r = RAW5(SYS_waitid, P_PID, stage->process.pid, &info, options, 0);
	if (r < 0 || info.si_pid == 0)
		return false;
	brood__stage_note_stop(job, stage, info.si_code == CLD_CONTINUED ? 0 : info.si_status);
	return true;
}

static bool look_for_stops(struct brood_job *job, struct brood__stage *stage)
{
	if (!stage->started || stage->ended || stage->process.has_status)
		return false;
	if (brood__tree_has_guard(stage)) {
		brood__tree_hear(job, stage, brood__clock_now());
		return stage->stop_news != 0;
	}
	bool found = false;
	while (!stage->process.foreign && look_once(job, stage))
		found = true;
	return found;
}

int brood_job_check(struct brood_job *job)
{
	int r = brood__job_enter(job);
	if (r < 0)
		return r;
	bool found = false;
	for (size_t i = 0; !job->done && i < job->n_stages; i++)
		found |= look_for_stops(job, &job->stages[i]);
	brood__job_leave(job);
	return found;
}

int brood_job_status(struct brood_job *job, size_t stage, struct brood_status *ret_status)
{
	if (!ret_status)
		return BROOD_EMISUSE;
	int r = brood__job_enter(job);
	if (r < 0)
		return r;
	if (stage < job->n_stages)
		r = brood__struct_give(
			ret_status, &job->stages[stage].status, sizeof(struct brood_status));
	else
		r = -EINVAL;
	brood__job_leave(job);
	return r;
}

int brood_job_resize(struct brood_job *job, unsigned int rows, unsigned int columns)
{
	if (rows == 0 || columns == 0 || rows > UINT16_MAX || columns > UINT16_MAX)
		return job ? -EINVAL : BROOD_EMISUSE;
	int r = brood__job_enter(job);
	if (r < 0)
		return r;
	r = -EBADF;
	for (int fd = 0; fd < 3 && r == -EBADF; fd++) {
		const struct brood__stream *stream = &job->stages[0].streams[fd];
		if (stream->is_tty && stream->fd >= 0)
			r = brood__tty_resize(stream->fd, rows, columns);
	}
	brood__job_leave(job);
	return r;
}
