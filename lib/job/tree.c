/* SPDX-License-Identifier: MIT */
/*
 * Nothing of a job's tree survives it. With a guard that is the guard's work, and ours is to hear
 * how it goes and not to wait for a guard that is lost. Without one it is the process group's.
 */

#include "base/deadline.h"
#include "guard/cgroup.h"
#include "job/job.h"
#include "sys/clock.h"
#include <brood/error.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* How far behind a guard may be with what it has to do before it counts as lost. */
#define PATIENCE  (2 * BROOD_SECOND)
#define OVERSLEPT BROOD_SECOND

/*
 * An end is told by the guard. To be woken by the pidfd as well, a moment before, costs short jobs
 * a tenth of their time, so it is watched only from then on, for guards that stall.
 */
#define UNWATCHED BROOD_SECOND

/* How long KILL may take to show an effect. */
#define KILL_PATIENCE BROOD_SECOND

/* How often to look where nothing tells that a group, or our adopted children, are gone: less and
 * less often, since it takes a look at every process there is. */
#define LOOK_AGAIN    (10 * BROOD_MILLISECOND)
#define LONGEST_PAUSE (250 * BROOD_MILLISECOND)

static uint32_t guard_flags(uint64_t flags, int tier)
{
	return (flags & BROOD_ORPHANS_WAIT ? BROOD__GUARD_ORPHANS_WAIT : 0) |
	       (flags & BROOD_ORPHANS_LEAVE ? BROOD__GUARD_ORPHANS_LEAVE : 0) |
	       (flags & BROOD_MEASURE_TREE ? BROOD__GUARD_MEASURE : 0) |
	       (tier == BROOD_TREE_PIDNS ? BROOD__GUARD_PIDNS : 0);
}

static int launch_guarded(struct brood_job *job, const struct brood__request *request,
	struct brood__start *start, struct brood__child *ret_child, struct brood__report *report)
{
	int tier = request->options.tree ? request->options.tree : BROOD_TREE_GUARD;
	struct brood__cgroup *cgroup = &job->cgroup;
	if (tier == BROOD_TREE_CGROUP) {
		int r = brood__cgroup_make(cgroup);
		if (r < 0) {
			report->step = BROOD_STEP_CGROUP;
			report->fd = -1;
			return r;
		}
	}
	const struct brood__guard_terms terms = {
		.flags = guard_flags(request->options.flags, tier),
		.deadline = job->deadline,
		.steps = job->steps,
		.n_steps = job->stop.n,
		.cgroup_dir = cgroup->dir,
		.cgroup_parent = cgroup->parent,
		.cgroup_name = cgroup->name,
	};
	int r = brood__guard_start(&job->guard, start, &terms, ret_child, report);
	if (r < 0)
		brood__cgroup_done(cgroup, true);
	if (r == 0) {
		job->tier = tier;
		job->tree_due = brood__deadline(job->deadline, PATIENCE);
	}
	return r;
}

struct adopted {
	int signal;
	pid_t kept; /* its status is for somebody else */
	uint32_t alive;
};

/* A zombie of ours is reaped, the rest of what was adopted is signalled. */
static bool treat_adopted(void *data, const struct brood__walk_process *process)
{
	struct adopted *adopted = data;
	struct brood__exit ignored;
	if (process->state == 'Z') {
		if (process->is_adopted && process->pid != adopted->kept)
			brood__wait_exit(-1, process->pid, WNOHANG, &ignored);
		return true;
	}
	adopted->alive++;
	if (adopted->signal) {
		brood__walk_signal(process, adopted->signal);
		if (brood__stop_needs_cont(adopted->signal))
			brood__walk_signal(process, SIGCONT);
	}
	return true;
}

/* Returns how many are alive, or -errno. */
static long go_through_adopted(struct brood_job *job, int signal)
{
	struct adopted adopted = {
		.signal = signal,
		.kept = job->process.has_status ? 0 : job->process.pid,
	};
	long r = brood__walk_tree(&job->walk, getpid(), treat_adopted, &adopted);
	return r < 0 ? r : (long)adopted.alive;
}

/* Kills what a guard left behind that may have started the job before it was killed itself. */
static void kill_adopted(struct brood_job *job)
{
	int64_t now = brood__clock_now();
	int64_t until = now + KILL_PATIENCE;
	while (go_through_adopted(job, SIGKILL) > 0 && now < until) {
		brood__poll(NULL, 0, now, now + BROOD_MILLISECOND);
		now = brood__clock_now();
	}
	brood__walk_done(&job->walk);
}

int brood__tree_launch(struct brood_job *job, const struct brood__request *request,
	struct brood__start *start, struct brood__child *ret_child, struct brood__report *report)
{
	const struct brood_options *options = &request->options;
	if (!(options->flags & BROOD_KILL_TREE))
		return brood__launch(start, ret_child, report);
	job->tree_flags = options->flags;
	if (options->tree != BROOD_TREE_GROUP && !start->function) {
		int r = launch_guarded(job, request, start, ret_child, report);
		if (r == -EOWNERDEAD && options->flags & BROOD_ADOPTED)
			kill_adopted(job);
		bool has_none = r < 0 && r != -EOWNERDEAD && report->step == BROOD_STEP_GUARD;
		if (!has_none || options->tree != BROOD_TREE_AUTO)
			return r;
	}
	start->plan.new_group = !start->plan.new_session && !start->plan.join_group;
	int r = brood__launch(start, ret_child, report);
	if (r == 0)
		job->tier = BROOD_TREE_GROUP;
	return r;
}

/* The sum of all graces: when KILL is due at the latest. What a job leaves behind gets none that
 * has no end. */
static brood_duration longest_stop(const struct brood_job *job)
{
	int64_t sum = 0;
	for (size_t i = 0; i < job->stop.n; i++) {
		if (job->steps[i].signal == SIGKILL)
			break;
		bool is_rest = job->ended && job->steps[i].grace == BROOD_FOREVER;
		sum = brood__deadline(sum, is_rest ? BROOD__REST_GRACE : job->steps[i].grace);
		if (is_rest)
			break;
	}
	return sum;
}

/* From now on the guard has that long for what it has to do. */
static void expect(struct brood_job *job, int64_t now, brood_duration within)
{
	job->tree_due = brood__deadline(brood__deadline(now, within), PATIENCE);
	job->has_waited_longer = false;
}

/*
 * Without its guard the job is stopped, since nobody can promise any more that nothing is left
 * behind. What the guard had adopted has come to us if we are a subreaper.
 */
static void lose_guard(struct brood_job *job, int64_t now)
{
	job->guard_lost = true;
	job->notes |= BROOD_NOTE_GUARD_LOST;
	brood__guard_reap(&job->guard, false);
	brood__cgroup_kill(&job->cgroup);
	job->tree_due = BROOD__NEVER;
	job->end_seen = false;
	if (!(job->tree_flags & BROOD_ADOPTED) && job->tier != BROOD_TREE_CGROUP)
		job->notes |= BROOD_NOTE_TREE_NOT_EMPTY;
	if (job->stop.begun) {
		/* Its steps were the guard's; how far that came is not known. */
		job->stop.next = 0;
		job->stop.due = now;
	} else if (!job->ended) {
		brood__job_begin_stop(job,
			atomic_load(&job->stop_asked) ? BROOD__STOP_CANCEL
			: now >= job->deadline        ? BROOD__STOP_TIMEOUT
						      : BROOD__STOP_GUARD,
			now);
	} else {
		bool is_limited = job->tree_flags & BROOD_ORPHANS_WAIT && now >= job->deadline;
		brood__job_begin_stop(
			job, is_limited ? BROOD__STOP_TIMEOUT : BROOD__STOP_NONE, now);
	}
}

/* Whether what it says of the end of the job can be true. */
static bool has_really_ended(const struct brood_job *job)
{
	struct pollfd end = { .fd = job->process.pidfd, .events = POLLIN };
	return end.fd < 0 || brood__poll(&end, 1, 0, 0) != 0;
}

static void take_end(struct brood_job *job, int64_t now)
{
	const struct brood__guard_report *last = &job->guard.last;
	const struct brood__exit ended = {
		.code = last->code,
		.status = last->status,
		.usage = last->usage,
	};
	bool recovered;
	brood__process_note_exit(&job->process, 1, &ended, &job->status, &recovered);
	if (last->ended_ns >= job->status.started_ns && last->ended_ns <= job->status.ended_ns)
		job->status.ended_ns = last->ended_ns;
	brood__job_note_end(job, now);
	if (job->tree_flags & BROOD_ORPHANS_WAIT && !job->stop.begun)
		job->tree_due = brood__deadline(job->deadline, PATIENCE);
	else
		expect(job, now, longest_stop(job));
}

static void take_stop(struct brood_job *job, int64_t now)
{
	if (!job->stop.begun) {
		job->stop_reason = job->guard.last.reason;
		brood__stop_begin(&job->stop, now);
	}
	/* The guard goes through the steps. */
	job->stop.due = BROOD__NEVER;
	expect(job, now, longest_stop(job));
}

static void finish_tree(struct brood_job *job)
{
	const struct brood__guard_report *last = &job->guard.last;
	job->tree_killed = last->killed;
	job->tree_done = true;
	if (!(last->flags & BROOD__GUARD_EMPTY))
		job->notes |= BROOD_NOTE_TREE_NOT_EMPTY;
	brood__guard_reap(&job->guard, true);
}

static void take_report(struct brood_job *job, uint32_t news, int64_t now)
{
	uint32_t flags = job->guard.last.flags;
	if (news & BROOD__GUARD_STOPPING)
		take_stop(job, now);
	if (news & BROOD__GUARD_ESCALATED)
		job->notes |= BROOD_NOTE_ESCALATED;
	if (news & BROOD__GUARD_REFUSED)
		job->refused = !job->ended;
	if (job->guard.last.stopped && !job->was_stopped)
		job->stop_news = job->tree_flags & BROOD_REPORT_STOPS;
	else if (!job->guard.last.stopped)
		job->stop_news = false;
	job->was_stopped = job->guard.last.stopped;
	if (news & BROOD__GUARD_ENDED) {
		if (!has_really_ended(job)) {
			lose_guard(job, now);
			return;
		}
		take_end(job, now);
	}
	if (flags & BROOD__GUARD_EMPTY || (news & BROOD__GUARD_STUCK && job->ended)) {
		finish_tree(job);
	} else if (flags & BROOD__GUARD_STUCK && news & BROOD__GUARD_ENDED) {
		/* It has gone after all, and the rest may follow. */
		job->tree_due = brood__deadline(now, KILL_PATIENCE);
		job->has_waited_longer = true;
	} else if (news & BROOD__GUARD_STUCK) {
		/* Nobody else is believed that it cannot be killed. */
		brood__process_signal(&job->process, SIGKILL);
		job->tree_due = BROOD__NEVER;
	}
}

void brood__tree_hear(struct brood_job *job, int64_t now)
{
	while (brood__tree_has_guard(job) && !job->tree_done) {
		uint32_t before = job->guard.last.flags;
		int r = brood__guard_hear(&job->guard);
		if (r == 0)
			return;
		if (r < 0)
			lose_guard(job, now);
		else
			take_report(job, job->guard.last.flags & ~before, now);
	}
}

void brood__tree_see_guard_end(struct brood_job *job, int64_t now)
{
	brood__tree_hear(job, now);
	if (brood__tree_has_guard(job) && !job->tree_done)
		lose_guard(job, now);
}

void brood__tree_see_end(struct brood_job *job, int64_t now)
{
	job->end_seen = true;
	int64_t due = brood__deadline(now, PATIENCE);
	job->tree_due = brood__earlier(job->tree_due, due);
}

void brood__tree_stop(struct brood_job *job, int reason, int64_t now)
{
	job->stop.due = BROOD__NEVER;
	if (brood__guard_ask(&job->guard, BROOD__GUARD_STOP, reason) < 0) {
		/* It may have finished: then its last word is there. */
		brood__tree_hear(job, now);
		if (brood__tree_has_guard(job) && !job->tree_done)
			lose_guard(job, now);
		return;
	}
	expect(job, now, longest_stop(job));
}

/* Whether orphans of the tree come to us, and to nobody else. */
static bool reaches_adopted(const struct brood_job *job)
{
	return job->tree_flags & BROOD_ADOPTED && brood__tree_is_ours(job);
}

void brood__tree_signal(struct brood_job *job, int signal, int64_t now)
{
	if (signal == SIGKILL && !job->tree_killing) {
		job->tree_killing = true;
		job->tree_due = brood__deadline(now, KILL_PATIENCE);
	}
	if (reaches_adopted(job))
		go_through_adopted(job, signal);
}

/* Whether somebody of the group is left, once its leader has ended. One who has ended and is not
 * reaped yet can be signalled too. */
static long count_group(struct brood_job *job)
{
	if (!job->process.leads_group)
		return 0;
	if (brood__process_can_signal_group(&job->process) &&
		brood__pidfd_signal_group(job->process.pidfd, 0) == -ESRCH)
		return 0;
	return brood__walk_group(&job->walk, job->process.pid);
}

/* How many are left; 1 where that cannot be known. */
static uint32_t count_rest(struct brood_job *job)
{
	long n = reaches_adopted(job) ? go_through_adopted(job, job->tree_killing ? SIGKILL : 0)
				      : count_group(job);
	return n < 0 ? 1 : (uint32_t)n;
}

/* A step without end was for the job itself: what is left gets KILL all the same. */
static void limit_rest(struct brood_job *job, int64_t now)
{
	if (job->tree_killing || job->stop.due != BROOD__NEVER)
		return;
	if (job->tree_due == BROOD__NEVER)
		job->tree_due = brood__deadline(now, BROOD__REST_GRACE);
	if (now < job->tree_due)
		return;
	job->stop.next = job->stop.n;
	job->stop.due = now;
}

/* The job has ended and what it left behind is our affair. */
static void look_after_rest(struct brood_job *job, int64_t now)
{
	bool is_waiting = job->look_pause > 0 && !job->stop.begun;
	job->look_pause = !is_waiting ? LOOK_AGAIN : 2 * job->look_pause;
	if (job->look_pause > LONGEST_PAUSE)
		job->look_pause = LONGEST_PAUSE;
	uint32_t rest = count_rest(job);
	if (rest == 0) {
		job->tree_done = true;
		return;
	}
	if (job->tree_flags & BROOD_ORPHANS_LEAVE && !job->stop.begun) {
		job->tree_done = true;
		return;
	}
	bool waits = job->tree_flags & BROOD_ORPHANS_WAIT && !job->stop.begun;
	if (waits && now < job->deadline)
		return;
	if (job->tree_killed == 0)
		job->tree_killed = rest;
	if (waits)
		brood__job_begin_stop(job, BROOD__STOP_TIMEOUT, now);
	brood__job_begin_stop(job, BROOD__STOP_NONE, now);
	limit_rest(job, now);
	if (job->tree_killing && now >= job->tree_due) {
		job->notes |= BROOD_NOTE_TREE_NOT_EMPTY;
		job->tree_done = true;
	}
}

/*
 * Whether the guard is behind with something. One who wakes up long after that was due has slept
 * too, maybe together with the guard (a frozen control group): then it gets some more time.
 */
static bool is_late(struct brood_job *job, int64_t now)
{
	if (now < job->tree_due)
		return false;
	if (job->has_waited_longer || now - job->tree_due < OVERSLEPT)
		return true;
	job->has_waited_longer = true;
	job->tree_due = brood__deadline(now, PATIENCE);
	return false;
}

void brood__tree_turn(struct brood_job *job, int64_t now)
{
	if (job->tree_done || job->tier == BROOD_TREE_AUTO)
		return;
	if (brood__tree_has_guard(job)) {
		if (now >= job->status.started_ns + UNWATCHED)
			job->watches_end = true;
		/* If it is us who were stopped for that long, it may have done all in time. */
		if (now >= job->tree_due)
			brood__tree_hear(job, now);
		if (!brood__tree_has_guard(job) || job->tree_done || !is_late(job, now))
			return;
		if (job->ended && job->guard.last.flags & BROOD__GUARD_STUCK)
			finish_tree(job);
		else
			lose_guard(job, now);
		return;
	}
	if (job->ended)
		look_after_rest(job, now);
}

int64_t brood__tree_next_due(const struct brood_job *job, int64_t now)
{
	if (job->tree_done || job->tier == BROOD_TREE_AUTO)
		return BROOD__NEVER;
	if (brood__tree_has_guard(job))
		return job->watches_end || job->ended
			       ? job->tree_due
			       : brood__earlier(job->tree_due, job->status.started_ns + UNWATCHED);
	return job->ended ? brood__deadline(now, job->look_pause) : BROOD__NEVER;
}
