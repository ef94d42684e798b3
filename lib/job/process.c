/* SPDX-License-Identifier: MIT */
/* Any process, as far as jobs and trees come into it: the handle of a stage, and children. */

#include "base/error.h"
#include "guard/walk.h"
#include "job/job.h"
#include "process/any.h"
#include "process/procfile.h"
#include "sys/fd.h"
#include <brood/error.h>
#include <errno.h>
#include <fcntl.h>

/* A handle of its own: it signals and waits by the pidfd alone, and never reaps. */
static int hold_stage(struct brood__stage *stage, struct brood_process **ret_process)
{
	if (!stage->started)
		return -ESRCH;
	if (stage->process.pidfd < 0)
		return -ENOSYS;
	if (!stage->process.ending)
		stage->process.ending = brood__ending_new(&stage->status);
	if (!stage->process.ending)
		return -ENOMEM;
	if (stage->ended && stage->status.how != BROOD_LOST)
		brood__ending_write(stage->process.ending, &stage->status);
	int pidfd = fcntl(stage->process.pidfd, F_DUPFD_CLOEXEC, 3);
	if (pidfd < 0)
		return -errno;
	const struct brood__process process = {
		.pid = stage->process.pid,
		.pidfd = pidfd,
		.foreign = true,
		.ending = brood__ending_ref(stage->process.ending),
	};
	struct brood_status status = stage->status;
	status.how = BROOD_RUNNING;
	status.signal = 0;
	return brood__any_new(ret_process, &process, &status);
}

int brood_job_process(struct brood_job *job, size_t stage, struct brood_process **ret_process,
	struct brood_error *error)
{
	int r = ret_process ? brood__job_enter(job) : BROOD_EMISUSE;
	if (r == 0) {
		r = stage < job->n_stages ? hold_stage(&job->stages[stage], ret_process) : -EINVAL;
		brood__job_leave(job);
	}
	return r < 0 ? brood__fail(error, r, BROOD_STEP_OPEN, "job") : 0;
}

struct found {
	pid_t *pids;
	size_t room;
	size_t n;
};

/* Takes a child, and does not look below it. */
static bool take_child(void *data, const struct brood__walk_process *process)
{
	struct found *found = data;
	if (found->n < found->room)
		found->pids[found->n] = process->pid;
	found->n++;
	return false;
}

/* The number is its own if it is there before and after the walk. */
static int check_there(const struct brood__process *process)
{
	AUTO_FD dir = brood__procfile_open(process);
	return dir < 0 ? dir : 0;
}

static long find_children(const struct brood__process *process, struct found *found)
{
	struct brood__walk walk = { .proc = -1 };
	long r = check_there(process);
	if (r == 0)
		r = brood__walk_tree(&walk, process->pid, take_child, found);
	if (r >= 0 && walk.missed < 0)
		r = walk.missed;
	brood__walk_done(&walk);
	int there = check_there(process);
	return there < 0 ? there : r;
}

/* NOLINTBEGIN(readability-non-const-parameter): take_child() writes to it */
ssize_t brood_process_children(
	struct brood_process *process, pid_t *pids, size_t n, struct brood_error *error)
{
	struct found found = { .pids = pids, .room = n };
	if (!pids && n > 0)
		return brood__fail(error, BROOD_EMISUSE, BROOD_STEP_OPEN, "pids");
	int r = brood__any_enter(process);
	if (r < 0)
		return brood__fail(error, r, BROOD_STEP_OPEN, "process");
	pid_t pid = process->process.pid;
	long found_or_code = find_children(&process->process, &found);
	brood__any_leave(process);
	if (found_or_code < 0)
		return brood__procfile_fail(error, (int)found_or_code, pid, "task");
	return (ssize_t)found.n;
}
/* NOLINTEND(readability-non-const-parameter) */
