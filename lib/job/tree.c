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
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * How far behind a guard may be with what it has to do before it counts as lost. That time is
 * passed in so many looks: who sleeps through several of them, with a frozen control group or a
 * machine that stands still, counts one, since the guard has slept too.
 */
#define PATIENCE (2 * BROOD_SECOND)
#define LOOKS    4
#define LOOK     (PATIENCE / LOOKS)

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

static uint32_t guard_flags(const struct brood__request *request, int tier)
{
	uint64_t flags = request->options.flags;
	return (flags & BROOD_ORPHANS_WAIT ? BROOD__GUARD_ORPHANS_WAIT : 0) |
	       (flags & BROOD_ORPHANS_LEAVE ? BROOD__GUARD_ORPHANS_LEAVE : 0) |
	       (flags & BROOD_MEASURE_TREE ? BROOD__GUARD_MEASURE : 0) |
	       (tier == BROOD_TREE_PIDNS ? BROOD__GUARD_PIDNS : 0) |
	       (request->n > 1 ? BROOD__GUARD_HOLD : 0);
}

static int launch_guarded(struct brood_job *job, struct brood__stage *stage,
	const struct brood__request *request, struct brood__start *start,
	struct brood__child *ret_child, struct brood__report *report)
{
	int tier = request->options.tree ? request->options.tree : BROOD_TREE_GUARD;
	struct brood__tree *tree = stage->tree;
	struct brood__cgroup *cgroup = &tree->cgroup;
	if (tier == BROOD_TREE_CGROUP) {
		int r = brood__cgroup_make(cgroup);
		if (r < 0) {
			report->step = BROOD_STEP_CGROUP;
			report->fd = -1;
			return r;
		}
	}
	const struct brood__guard_terms terms = {
		.flags = guard_flags(request, tier),
		.deadline = job->deadline,
		.steps = job->steps,
		.n_steps = job->stop.n,
		.cgroup_dir = cgroup->dir,
		.cgroup_parent = cgroup->parent,
		.cgroup_name = cgroup->name,
	};
	int r = brood__guard_start(&tree->guard, start, &terms, ret_child, report);
	if (r < 0)
		brood__cgroup_done(cgroup, true);
	if (r == 0) {
		job->tier = tier;
		tree->is_held = request->n > 1;
		tree->due = brood__deadline(job->deadline, LOOK);
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
static long go_through_adopted(struct brood__stage *stage, int signal)
{
	struct adopted adopted = {
		.signal = signal,
		.kept = stage->process.has_status ? 0 : stage->process.pid,
	};
	long r = brood__walk_tree(&stage->tree->walk, getpid(), treat_adopted, &adopted);
	return r < 0 ? r : (long)adopted.alive;
}

/* Kills what a guard left behind that may have started the job before it was killed itself. */
static void kill_adopted(struct brood__stage *stage)
{
	int64_t now = brood__clock_now();
	int64_t until = now + KILL_PATIENCE;
	while (go_through_adopted(stage, SIGKILL) > 0 && now < until) {
		brood__poll(NULL, 0, now, now + BROOD_MILLISECOND);
		now = brood__clock_now();
	}
	brood__walk_done(&stage->tree->walk);
}

static int make_tree(struct brood__stage *stage)
{
	struct brood__tree *tree = calloc(1, sizeof *tree);
	if (!tree)
		return -ENOMEM;
	tree->guard = (struct brood__guard)BROOD__GUARD_NONE;
	tree->cgroup = (struct brood__cgroup)BROOD__CGROUP_NONE;
	tree->due = BROOD__NEVER;
	stage->tree = tree;
	return 0;
}

void brood__tree_done(struct brood_job *job, struct brood__stage *stage)
{
	struct brood__tree *tree = stage->tree;
	if (!tree)
		return;
	brood__job_unwatch(job, stage, BROOD__SLOT_GUARD);
	brood__job_unwatch(job, stage, BROOD__SLOT_GUARD_END);
	brood__guard_close(&tree->guard);
	brood__cgroup_done(&tree->cgroup, tree->guard_lost);
	brood__walk_done(&tree->walk);
	stage->tree = NULL;
	free(tree);
}

/* The group of the job is what looks after it: its first stage leads it. */
static int launch_in_group(struct brood_job *job, struct brood__stage *stage,
	struct brood__start *start, struct brood__child *ret_child, struct brood__report *report)
{
	struct brood__plan *plan = &start->plan;
	if (!plan->new_session && !plan->new_group && !plan->join_group) {
		plan->new_group = stage == job->stages;
		plan->join_group = stage == job->stages ? 0 : job->group;
	}
	int r = brood__launch(start, ret_child, report);
	if (r == 0)
		job->tier = BROOD_TREE_GROUP;
	return r;
}

int brood__tree_launch(struct brood_job *job, struct brood__stage *stage,
	const struct brood__request *request, struct brood__start *start,
	struct brood__child *ret_child, struct brood__report *report)
{
	const struct brood_options *options = &request->options;
	if (!(options->flags & BROOD_KILL_TREE))
		return brood__launch(start, ret_child, report);
	job->tree_flags = options->flags;
	int r = make_tree(stage);
	if (r < 0) {
		report->step = BROOD_STEP_GUARD;
		return r;
	}
	bool by_group = options->tree == BROOD_TREE_GROUP || brood__request_has_function(request) ||
			job->tier == BROOD_TREE_GROUP;
	if (!by_group) {
		r = launch_guarded(job, stage, request, start, ret_child, report);
		if (r == -EOWNERDEAD && options->flags & BROOD_ADOPTED)
			kill_adopted(stage);
		bool has_none = r < 0 && r != -EOWNERDEAD && report->step == BROOD_STEP_GUARD;
		if (!has_none || options->tree != BROOD_TREE_AUTO || stage != job->stages)
			return r;
	}
	return launch_in_group(job, stage, start, ret_child, report);
}

/* The sum of all graces: when KILL is due at the latest. What a job leaves behind gets none that
 * has no end. */
static brood_duration longest_stop(const struct brood_job *job, const struct brood__stage *stage)
{
	int64_t sum = 0;
	for (size_t i = 0; i < job->stop.n; i++) {
		if (job->steps[i].signal == SIGKILL)
			break;
		bool is_rest = stage->ended && job->steps[i].grace == BROOD_FOREVER;
		sum = brood__deadline(sum, is_rest ? BROOD__REST_GRACE : job->steps[i].grace);
		if (is_rest)
			break;
	}
	return sum;
}

/* From now on the guard has that long for what it has to do. */
static void expect(struct brood__tree *tree, int64_t now, brood_duration within)
{
	tree->due = brood__deadline(brood__deadline(now, within), LOOK);
	tree->looks = 0;
}

/*
 * Without its guard the job is stopped, since nobody can promise any more that nothing is left
 * behind. What the guard had adopted has come to us if we are a subreaper.
 */
static void lose_guard(struct brood_job *job, struct brood__stage *stage, int code, int64_t now)
{
	struct brood__tree *tree = stage->tree;
	tree->guard_code = code;
	brood__job_unwatch(job, stage, BROOD__SLOT_GUARD);
	brood__job_unwatch(job, stage, BROOD__SLOT_GUARD_END);
	tree->guard_lost = true;
	job->notes |= BROOD_NOTE_GUARD_LOST;
	brood__guard_reap(&tree->guard, false);
	brood__cgroup_kill(&tree->cgroup);
	tree->due = BROOD__NEVER;
	tree->end_seen = false;
	if (!(job->tree_flags & BROOD_ADOPTED) && job->tier != BROOD_TREE_CGROUP)
		job->notes |= BROOD_NOTE_TREE_NOT_EMPTY;
	if (job->stop.begun) {
		/* Its steps were the guard's; how far that came is not known. */
		job->stop.next = 0;
		job->stop.due = now;
	} else if (job->n_running > 0) {
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
static bool has_really_ended(const struct brood__stage *stage)
{
	struct pollfd end = { .fd = stage->process.pidfd, .events = POLLIN };
	return end.fd < 0 || brood__poll(&end, 1, 0, 0) != 0;
}

/* The guard looks after what the stage has left behind from now on. */
static void expect_rest(struct brood_job *job, struct brood__stage *stage, int64_t now)
{
	if (job->tree_flags & BROOD_ORPHANS_WAIT && !job->stop.begun)
		expect(stage->tree, job->deadline, 0);
	else
		expect(stage->tree, now, longest_stop(job, stage));
}

static void take_end(struct brood_job *job, struct brood__stage *stage, int64_t now)
{
	const struct brood__guard_report *last = &stage->tree->guard.last;
	struct brood_status *status = &stage->status;
	const struct brood__exit ended = {
		.code = last->code,
		.status = last->status,
		.usage = last->usage,
	};
	bool recovered;
	brood__process_note_exit(&stage->process, 1, &ended, status, &recovered);
	if (last->ended_ns >= status->started_ns && last->ended_ns <= status->ended_ns)
		status->ended_ns = last->ended_ns;
	if (stage->tree->is_held && !job->stop.begun)
		expect(stage->tree, job->deadline, 0);
	brood__job_note_end(job, stage, now);
	if (!stage->tree->is_held)
		expect_rest(job, stage, now);
}

void brood__tree_release_held(struct brood_job *job, int64_t now)
{
	for (size_t i = 0; i < job->n_stages; i++) {
		struct brood__stage *stage = &job->stages[i];
		if (!stage->tree || !stage->tree->is_held)
			continue;
		stage->tree->is_held = false;
		if (!brood__tree_has_guard(stage) || stage->tree->done)
			continue;
		/* One that has gone already has said its last word, or is missed soon. */
		brood__guard_ask(&stage->tree->guard, BROOD__GUARD_RELEASE, 0);
		expect_rest(job, stage, now);
	}
}

static void take_stop(struct brood_job *job, struct brood__stage *stage, int64_t now)
{
	/* The others have the same deadline; asked for it they stop at once. */
	brood__job_begin_stop(job, stage->tree->guard.last.reason, now);
	expect(stage->tree, now, longest_stop(job, stage));
}

static void finish_tree(struct brood_job *job, struct brood__stage *stage)
{
	struct brood__tree *tree = stage->tree;
	const struct brood__guard_report *last = &tree->guard.last;
	brood__job_unwatch(job, stage, BROOD__SLOT_GUARD);
	brood__job_unwatch(job, stage, BROOD__SLOT_GUARD_END);
	tree->killed = last->killed;
	tree->done = true;
	if (!(last->flags & BROOD__GUARD_EMPTY))
		job->notes |= BROOD_NOTE_TREE_NOT_EMPTY;
	brood__guard_reap(&tree->guard, true);
}

/* One stop that was continued again between two reports is told all the same. */
static void take_stops(struct brood_job *job, struct brood__stage *stage, uint64_t before)
{
	const struct brood__guard_report *last = &stage->tree->guard.last;
	if (stage->ended)
		return;
	if (last->stopped && last->stops != before) {
		brood__stage_note_stop(job, stage, last->stopped);
		job->stop_reported = job->tree_flags & BROOD_REPORT_STOPS;
	} else if (!last->stopped && stage->status.how == BROOD_STOPPED) {
		brood__stage_note_stop(job, stage, 0);
		job->stop_reported = false;
	}
}

static void take_report(struct brood_job *job, struct brood__stage *stage, uint32_t news,
	uint64_t stops, int64_t now)
{
	struct brood__tree *tree = stage->tree;
	uint32_t flags = tree->guard.last.flags;
	if (news & BROOD__GUARD_STOPPING)
		take_stop(job, stage, now);
	if (news & BROOD__GUARD_ESCALATED)
		job->notes |= BROOD_NOTE_ESCALATED;
	if (news & BROOD__GUARD_REFUSED)
		tree->refused = !stage->ended;
	take_stops(job, stage, stops);
	if (news & BROOD__GUARD_ENDED) {
		if (!has_really_ended(stage)) {
			lose_guard(job, stage, -EPROTO, now);
			return;
		}
		take_end(job, stage, now);
	}
	if (flags & BROOD__GUARD_EMPTY || (news & BROOD__GUARD_STUCK && stage->ended)) {
		finish_tree(job, stage);
	} else if (flags & BROOD__GUARD_STUCK && news & BROOD__GUARD_ENDED) {
		/* It has gone after all, and the rest may follow. */
		tree->due = brood__deadline(now, KILL_PATIENCE);
		tree->looks = LOOKS;
	} else if (news & BROOD__GUARD_STUCK) {
		/* Nobody else is believed that it cannot be killed. */
		brood__process_signal(&stage->process, SIGKILL);
		tree->due = BROOD__NEVER;
	}
}

void brood__tree_hear(struct brood_job *job, struct brood__stage *stage, int64_t now)
{
	while (brood__tree_has_guard(stage) && !stage->tree->done) {
		uint32_t before = stage->tree->guard.last.flags;
		uint64_t stops = stage->tree->guard.last.stops;
		int r = brood__guard_hear(&stage->tree->guard);
		if (r == 0)
			return;
		if (r < 0)
			lose_guard(job, stage, r, now);
		else
			take_report(
				job, stage, stage->tree->guard.last.flags & ~before, stops, now);
	}
}

void brood__tree_see_guard_end(struct brood_job *job, struct brood__stage *stage, int64_t now)
{
	brood__tree_hear(job, stage, now);
	if (brood__tree_has_guard(stage) && !stage->tree->done)
		lose_guard(job, stage, -EPIPE, now);
}

void brood__tree_see_end(struct brood__stage *stage, int64_t now)
{
	stage->tree->end_seen = true;
	if (stage->tree->due > brood__deadline(now, LOOK))
		expect(stage->tree, now, 0);
}

void brood__tree_stop(struct brood_job *job, struct brood__stage *stage, int reason, int64_t now)
{
	stage->tree->is_held = false;
	if (brood__guard_ask(&stage->tree->guard, BROOD__GUARD_STOP, reason) < 0) {
		/* It may have finished: then its last word is there. */
		brood__tree_hear(job, stage, now);
		if (brood__tree_has_guard(stage) && !stage->tree->done)
			lose_guard(job, stage, -EPIPE, now);
		return;
	}
	expect(stage->tree, now, longest_stop(job, stage));
}

/* Whether orphans of the tree come to us, and to nobody else. */
static bool reaches_adopted(const struct brood_job *job, const struct brood__stage *stage)
{
	return job->tree_flags & BROOD_ADOPTED && brood__tree_is_ours(stage);
}

void brood__tree_signal(struct brood_job *job, struct brood__stage *stage, int signal, int64_t now)
{
	if (signal == SIGKILL && !stage->tree->killing) {
		stage->tree->killing = true;
		stage->tree->due = brood__deadline(now, KILL_PATIENCE);
	}
	if (reaches_adopted(job, stage))
		go_through_adopted(stage, signal);
}

/* Whether somebody of the group is left, once its leader has ended. One who has ended and is not
 * reaped yet can be signalled too. */
static long count_group(struct brood__stage *stage)
{
	if (!stage->process.leads_group)
		return 0;
	if (brood__process_can_signal_group(&stage->process) &&
		brood__pidfd_signal_group(stage->process.pidfd, 0) == -ESRCH)
		return 0;
	return brood__walk_group(&stage->tree->walk, stage->process.pid);
}

/* How many are left; 1 where that cannot be known. */
static uint32_t count_rest(struct brood_job *job, struct brood__stage *stage)
{
	long n = reaches_adopted(job, stage)
			 ? go_through_adopted(stage, stage->tree->killing ? SIGKILL : 0)
			 : count_group(stage);
	return n < 0 ? 1 : (uint32_t)n;
}

/* A step without end was for the job itself: what is left gets KILL all the same. */
static void limit_rest(struct brood_job *job, struct brood__tree *tree, int64_t now)
{
	if (tree->killing || job->stop.due != BROOD__NEVER)
		return;
	if (tree->due == BROOD__NEVER)
		tree->due = brood__deadline(now, BROOD__REST_GRACE);
	if (now < tree->due)
		return;
	job->stop.next = job->stop.n;
	job->stop.due = now;
}

/* All of the job has ended and what this stage left behind is our affair. */
static void look_after_rest(struct brood_job *job, struct brood__stage *stage, int64_t now)
{
	struct brood__tree *tree = stage->tree;
	bool is_waiting = tree->look_pause > 0 && !job->stop.begun;
	tree->look_pause = !is_waiting ? LOOK_AGAIN : 2 * tree->look_pause;
	if (tree->look_pause > LONGEST_PAUSE)
		tree->look_pause = LONGEST_PAUSE;
	uint32_t rest = count_rest(job, stage);
	if (rest == 0) {
		tree->done = true;
		return;
	}
	if (job->tree_flags & BROOD_ORPHANS_LEAVE && !job->stop.begun) {
		tree->done = true;
		return;
	}
	bool waits = job->tree_flags & BROOD_ORPHANS_WAIT && !job->stop.begun;
	if (waits && now < job->deadline)
		return;
	if (tree->killed == 0)
		tree->killed = rest;
	if (waits)
		brood__job_begin_stop(job, BROOD__STOP_TIMEOUT, now);
	brood__job_begin_stop(job, BROOD__STOP_NONE, now);
	limit_rest(job, tree, now);
	if (tree->killing && now >= tree->due) {
		job->notes |= BROOD_NOTE_TREE_NOT_EMPTY;
		tree->done = true;
	}
}

/* Whether the guard is too far behind with something. */
static bool is_late(struct brood__tree *tree, int64_t now)
{
	if (now < tree->due)
		return false;
	tree->looks++;
	tree->due = brood__deadline(now, LOOK);
	return tree->looks >= LOOKS;
}

void brood__tree_turn(struct brood_job *job, struct brood__stage *stage, int64_t now)
{
	struct brood__tree *tree = stage->tree;
	if (!tree || tree->done)
		return;
	if (!brood__tree_has_guard(stage)) {
		if (job->n_running == 0)
			look_after_rest(job, stage, now);
		return;
	}
	if (now >= stage->status.started_ns + UNWATCHED)
		tree->watches_end = true;
	/* If it is us who were stopped for that long, it may have done all in time. */
	if (now >= tree->due)
		brood__tree_hear(job, stage, now);
	if (!brood__tree_has_guard(stage) || tree->done || !is_late(tree, now))
		return;
	if (stage->ended && tree->guard.last.flags & BROOD__GUARD_STUCK)
		finish_tree(job, stage);
	else
		lose_guard(job, stage, -ETIMEDOUT, now);
}

int64_t brood__tree_next_due(
	const struct brood_job *job, const struct brood__stage *stage, int64_t now)
{
	const struct brood__tree *tree = stage->tree;
	if (!tree || tree->done)
		return BROOD__NEVER;
	if (brood__tree_has_guard(stage))
		return tree->watches_end || stage->ended
			       ? tree->due
			       : brood__earlier(tree->due, stage->status.started_ns + UNWATCHED);
	return job->n_running == 0 ? brood__deadline(now, tree->look_pause) : BROOD__NEVER;
}
