/* SPDX-License-Identifier: MIT */
/* One turn of a job: does what is due, then waits for one round of events and handles them. */

#include "base/deadline.h"
#include "job/job.h"
#include "sys/clock.h"
#include "sys/fd.h"
#include <brood/error.h>
#include <errno.h>
#include <signal.h>

static bool has_open_streams(const struct brood_job *job)
{
	for (size_t i = 0; i < job->n_stages; i++) {
		for (int fd = 0; fd < 3; fd++) {
			if (brood__stream_is_pumped(&job->stages[i].streams[fd]))
				return true;
		}
	}
	return false;
}

static bool trees_are_over(const struct brood_job *job)
{
	for (size_t i = 0; i < job->n_stages; i++) {
		if (!brood__tree_is_over(&job->stages[i]))
			return false;
	}
	return true;
}

bool brood__job_is_over(const struct brood_job *job)
{
	return job->n_running == 0 && !has_open_streams(job) && trees_are_over(job);
}

/* Only the first failure of a stream counts, as in Go. */
static void note_failure(struct brood_job *job, size_t stage, int fd, int code)
{
	if (job->pump_code)
		return;
	job->pump_code = code;
	job->pump_fd = fd;
	job->pump_stage = stage;
	/* Overrun by what a child left behind: nobody is there to be stopped. */
	if (code == BROOD_ELIMIT && job->n_running == 0 && job->stop_reason == BROOD__STOP_NONE)
		job->stop_reason = BROOD__STOP_LIMIT;
}

void brood__job_begin_stop(struct brood_job *job, int reason, int64_t now)
{
	if (job->stop.begun)
		return;
	job->stop_reason = reason;
	brood__stop_begin(&job->stop, now);
	for (size_t i = 0; i < job->n_stages; i++) {
		struct brood__stage *stage = &job->stages[i];
		if (brood__tree_has_guard(stage) && !stage->tree->done &&
			!(stage->tree->guard.last.flags & BROOD__GUARD_STOPPING))
			brood__tree_stop(job, stage, reason, now);
	}
	if (!brood__tree_any_unguarded(job))
		job->stop.due = BROOD__NEVER; /* guards go through the steps */
}

static void handle_stream(struct brood_job *job, size_t i, int fd, int64_t now)
{
	struct brood__stream *stream = &job->stages[i].streams[fd];
	int r = fd == 0 ? brood__stream_write(stream) : brood__stream_read(stream);
	if (r >= 0)
		return;
	note_failure(job, i, fd, r);
	if (r == BROOD_ELIMIT && job->n_running > 0)
		brood__job_begin_stop(job, BROOD__STOP_LIMIT, now);
}

/* Goes on where brood_job_stop() began: that one has sent the first step. */
static void take_over_stop(struct brood_job *job, int64_t now)
{
	int sent;
	bool ignored;
	if (job->stop.begun || !atomic_load(&job->stop_asked))
		return;
	brood__job_begin_stop(job, BROOD__STOP_CANCEL, now);
	if (job->stop.due != BROOD__NEVER)
		brood__stop_due(&job->stop, now, &sent, &ignored);
}

/* All children are gone: pipes that only the caller drives are of no use any more. */
static void note_last_end(struct brood_job *job, int64_t now)
{
	brood__tree_release_held(job, now);
	brood__terminal_give_back(job);
	/* What is waited for may write. */
	bool waits = job->tree_flags & BROOD_ORPHANS_WAIT && !trees_are_over(job);
	job->delay_due = waits ? BROOD__NEVER : brood__deadline(now, job->wait_delay);
	for (size_t i = 0; job->dropping && i < job->n_stages; i++) {
		for (int fd = 0; fd < 3; fd++) {
			if (job->stages[i].streams[fd].kind == BROOD_IO_PIPE)
				brood__stream_close(&job->stages[i].streams[fd]);
		}
	}
}

void brood__job_note_end(struct brood_job *job, struct brood__stage *stage, int64_t now)
{
	if (stage->ended)
		return;
	/* Stopped by another thread, it may be gone before this one has heard of that. */
	take_over_stop(job, now);
	stage->ended = true;
	stage->stop_news = 0;
	/* What was lost to us may be found by others. */
	if (stage->status.how != BROOD_LOST)
		brood__ending_write(stage->process.ending, &stage->status);
	if (--job->n_running == 0)
		note_last_end(job, now);
}

void brood__job_adopt_exit(
	struct brood_job *job, struct brood__stage *stage, const struct brood__child *child)
{
	bool recovered = false;
	brood__process_note_exit(
		&stage->process, child->waited, &child->exit, &stage->status, &recovered);
	if (recovered)
		job->notes |= BROOD_NOTE_STATUS_RECOVERED;
	brood__job_note_end(job, stage, stage->status.ended_ns);
}

static void try_reap(struct brood_job *job, struct brood__stage *stage, bool hang)
{
	bool recovered = false;
	if (stage->ended || !brood__process_reap(&stage->process, hang, &stage->status, &recovered))
		return;
	if (recovered)
		job->notes |= BROOD_NOTE_STATUS_RECOVERED;
	brood__job_note_end(job, stage, stage->status.ended_ns);
}

/*
 * Before Linux 6.9 a group can be signalled safely only while its leader is there. So as long as
 * that may be needed, the leader stays a zombie, and only its end is noted.
 */
static bool must_keep_leader(const struct brood_job *job, const struct brood__stage *stage)
{
	bool is_needed = has_open_streams(job) || job->n_running > 1 || brood__tree_is_ours(stage);
	return stage->process.leads_group && is_needed && !stage->process.foreign &&
	       !brood__process_can_signal_group(&stage->process);
}

/* The pidfd says that it has ended. */
static void see_end(struct brood_job *job, struct brood__stage *stage, int64_t now)
{
	if (brood__tree_has_guard(stage)) {
		brood__tree_see_end(stage, now);
		return;
	}
	if (must_keep_leader(job, stage) && brood__process_peek(&stage->process, &stage->status))
		brood__job_note_end(job, stage, now);
	else
		try_reap(job, stage, false);
	stage->is_held = !stage->ended;
}

/* A process group outlives its leader; anything else is gone when the child is. */
static bool can_signal(const struct brood_job *job)
{
	for (size_t i = 0; i < job->n_stages; i++) {
		const struct brood__stage *stage = &job->stages[i];
		bool is_guarded = brood__tree_has_guard(stage);
		if ((!stage->ended && !is_guarded) || brood__tree_is_ours(stage) ||
			(stage->process.leads_group && !is_guarded && has_open_streams(job)))
			return true;
	}
	return false;
}

/* What guards were refused. */
static int take_refusal(struct brood_job *job)
{
	int r = 0;
	for (size_t i = 0; i < job->n_stages; i++) {
		struct brood__tree *tree = job->stages[i].tree;
		if (!brood__tree_has_guard(&job->stages[i]) || !tree->refused)
			continue;
		tree->refused = false;
		r = -EPERM;
	}
	return r;
}

/* Sends the stop steps that are due. Returns 0 or -EPERM. */
static int send_due(struct brood_job *job, int64_t now)
{
	int signal;
	bool escalated;
	int refused = take_refusal(job);
	if (refused < 0)
		return refused;
	while (can_signal(job) && brood__stop_due(&job->stop, now, &signal, &escalated)) {
		/* Who dies of it hands its children on, and they would be missed behind it. */
		for (size_t i = 0; i < job->n_stages; i++) {
			if (brood__tree_is_ours(&job->stages[i]))
				brood__tree_signal(job, &job->stages[i], signal, now);
		}
		int r = brood__job_send_step(job, signal);
		if (r == -EPERM && job->n_running > 0)
			return r;
		if (escalated && job->n_running > 0)
			job->notes |= BROOD_NOTE_ESCALATED;
		if (brood__stop_needs_cont(signal))
			brood__job_send_step(job, SIGCONT);
	}
	return 0;
}

/* The wait delay is over: what is there is taken, then the pipes are closed. */
static void close_held(struct brood_job *job)
{
	for (size_t i = 0; i < 3 * job->n_stages; i++) {
		int fd = (int)(i % 3);
		struct brood__stream *stream = &job->stages[i / 3].streams[fd];
		if (!brood__stream_is_pumped(stream))
			continue;
		int r = 0;
		if (fd == 0)
			brood__stream_close(stream);
		else
			r = brood__stream_drain(stream);
		if (r != 1)
			job->notes |= BROOD_NOTE_PIPE_HELD;
		if (r < 0)
			note_failure(job, i / 3, fd, r);
	}
}

/* One that ended before anybody looked has neither run into its limit nor been cancelled. */
static void look_for_ends(struct brood_job *job)
{
	for (size_t i = 0; i < job->n_stages; i++) {
		struct brood__stage *stage = &job->stages[i];
		struct pollfd end = { .fd = stage->process.pidfd, .events = POLLIN };
		if (!stage->ended && end.fd >= 0 && !brood__tree_has_guard(stage) &&
			brood__poll(&end, 1, 0, 0) > 0)
			see_end(job, stage, brood__clock_now());
	}
}

static bool is_cancelled(const struct brood_job *job)
{
	return job->context && brood__context_cancelled(job->context) < 0;
}

static void begin_due_stop(struct brood_job *job, int64_t now)
{
	take_over_stop(job, now);
	if (job->stop.begun)
		return;
	int reason = BROOD__STOP_NONE;
	if (is_cancelled(job))
		reason = brood__context_error_at(job->context, now) == BROOD_ETIMEOUT
				 ? BROOD__STOP_TIMEOUT
				 : BROOD__STOP_CANCEL;
	else if (now >= job->deadline && brood__tree_any_unguarded(job))
		reason = BROOD__STOP_TIMEOUT;
	if (reason == BROOD__STOP_NONE)
		return;
	look_for_ends(job);
	if (job->n_running > 0)
		brood__job_begin_stop(job, reason, now);
}

static int do_due(struct brood_job *job, int64_t now)
{
	if (job->n_running > 0 && !job->stop.begun)
		begin_due_stop(job, now);
	/* Orphans that are waited for belong to the job. */
	bool waits = job->tree_flags & BROOD_ORPHANS_WAIT && !trees_are_over(job);
	if (job->n_running == 0 && waits && is_cancelled(job))
		brood__job_begin_stop(job, BROOD__STOP_CANCEL, now);
	for (size_t i = 0; i < job->n_stages; i++)
		brood__tree_turn(job, &job->stages[i], now);
	int r = send_due(job, now);
	if (r < 0)
		return r;
	if (job->n_running > 0)
		return 0;
	if (atomic_load(&job->stop_asked) || is_cancelled(job))
		job->delay_due = now; /* what is left to stop is the wait for its pipes */
	if (job->delay_due == BROOD__NEVER && trees_are_over(job))
		job->delay_due = brood__deadline(now, job->wait_delay);
	if (now >= job->delay_due)
		close_held(job);
	return 0;
}

/* Where no descriptor tells the end of a child. */
static bool is_blind(const struct brood_job *job)
{
	for (size_t i = 0; i < job->n_stages; i++) {
		const struct brood__stage *stage = &job->stages[i];
		if (!stage->ended && (stage->process.pidfd < 0 || stage->is_held))
			return true;
	}
	return false;
}

/* How long to sleep at most where no descriptor tells the end of a child, or of a stop. */
#define BLIND_PAUSE (10 * BROOD_MILLISECOND)

int64_t brood__job_next_due(const struct brood_job *job, int64_t now)
{
	int64_t due = INT64_MAX;
	if (job->n_running > 0 && !job->stop.begun && brood__tree_any_unguarded(job))
		due = brood__earlier(due, job->deadline);
	if (job->stop.begun && can_signal(job))
		due = brood__earlier(due, job->stop.due);
	for (size_t i = 0; i < job->n_stages; i++)
		due = brood__earlier(due, brood__tree_next_due(job, &job->stages[i], now));
	if (is_blind(job) || job->cannot_be_woken)
		due = brood__earlier(due, brood__deadline(now, BLIND_PAUSE));
	if (job->n_running == 0 && has_open_streams(job))
		due = brood__earlier(due, job->delay_due);
	return due;
}

static struct brood__watch watch_stream(
	const struct brood_job *job, const struct brood__stage *stage, enum brood__slot slot)
{
	const struct brood__watch nothing = { -1, 0 };
	const struct brood__stream *stream = &stage->streams[slot];
	bool is_drained = slot != BROOD__SLOT_IN && job->dropping;
	if (stream->fd < 0 || (stream->kind == BROOD_IO_PIPE && !is_drained))
		return nothing;
	if (slot != BROOD__SLOT_IN)
		return brood__stream_wants(stream) || stream->kind == BROOD_IO_PIPE
			       ? (struct brood__watch){ stream->fd, POLLIN }
			       : nothing;
	if (!brood__stream_is_pumped(stream))
		return nothing;
	if (!brood__stream_wants_source(stream))
		return (struct brood__watch){ stream->fd, POLLOUT };
	/* No events: only an error counts, when nobody reads the pipe any more. */
	return stream->is_tty ? nothing : (struct brood__watch){ stream->fd, 0 };
}

struct brood__watch brood__job_watch(
	const struct brood_job *job, const struct brood__stage *stage, enum brood__slot slot)
{
	const struct brood__watch nothing = { -1, 0 };
	bool is_guarded = brood__tree_has_guard(stage);
	switch (slot) {
	case BROOD__SLOT_SOURCE: {
		const struct brood__stream *in = &stage->streams[0];
		bool wants = in->fd >= 0 && in->kind == BROOD_IO_SOURCE &&
			     brood__stream_wants_source(in);
		return wants ? (struct brood__watch){ in->source_fd, POLLIN } : nothing;
	}
	case BROOD__SLOT_GUARD:
		return is_guarded && !stage->tree->done
			       ? (struct brood__watch){ stage->tree->guard.socket, POLLIN }
			       : nothing;
	case BROOD__SLOT_GUARD_END:
		return is_guarded && !stage->tree->done
			       ? (struct brood__watch){ stage->tree->guard.pidfd, POLLIN }
			       : nothing;
	case BROOD__SLOT_END: {
		bool by_guard = is_guarded && (!stage->tree->watches_end || stage->tree->end_seen);
		bool wants = stage->started && !stage->ended && !stage->is_held && !by_guard;
		return wants ? (struct brood__watch){ stage->process.pidfd, POLLIN } : nothing;
	}
	case BROOD__SLOT_IN:
	case BROOD__SLOT_OUT:
	case BROOD__SLOT_ERR:
	case BROOD__SLOTS:
		break;
	}
	return watch_stream(job, stage, slot);
}

/* What one turn waits for: descriptors of the caller, the wake-up, those of contexts, then slots.
 */
struct round {
	struct pollfd *fds;
	struct brood__round_slot *slots;
	unsigned int n;
	int wake;              /* index of the wake-up, or -1 */
	unsigned int n_others; /* in front of the slots */
	bool is_deaf;          /* no descriptor was left for a context */
};

static void add(struct round *round, int fd, short events)
{
	round->fds[round->n++] = (struct pollfd){ .fd = fd, .events = events };
}

/* Not only what runs can be cancelled: what still holds a pipe is not waited for either. */
static bool heeds_context(const struct brood_job *job, int64_t now)
{
	if (!job->context)
		return false;
	return job->n_running > 0 ? !job->stop.begun : now < job->delay_due;
}

static void gather(struct round *round, const struct brood_job *job, const struct pollfd *extra,
	unsigned int n_extra, int64_t now)
{
	round->n = 0;
	round->wake = -1;
	for (unsigned int i = 0; i < n_extra; i++)
		add(round, extra[i].fd, extra[i].events);
	int wake_fd = atomic_load(&job->wake_fd);
	if (wake_fd >= 0) {
		round->wake = (int)round->n;
		add(round, wake_fd, POLLIN);
	}
	if (heeds_context(job, now)) {
		int fds[BROOD_CONTEXT_DEPTH];
		int n = brood__context_watch(job->context, fds);
		round->is_deaf = n < 0;
		for (int i = 0; i < n; i++)
			add(round, fds[i], POLLIN);
	}
	round->n_others = round->n;
	for (size_t i = 0; i < job->n_stages; i++) {
		for (int slot = 0; slot < BROOD__SLOTS; slot++) {
			struct brood__watch watch = brood__job_watch(
				job, &job->stages[i], (enum brood__slot)slot);
			if (watch.fd < 0)
				continue;
			round->slots[round->n] = (struct brood__round_slot){ (uint32_t)i,
				(uint32_t)slot };
			add(round, watch.fd, watch.events);
		}
	}
}

static void handle_slot(
	struct brood_job *job, const struct brood__round_slot *at, short revents, int64_t now)
{
	struct brood__stage *stage = &job->stages[at->stage];
	struct brood__stream *in = &stage->streams[0];
	switch (at->slot) {
	case BROOD__SLOT_IN:
		if (revents & (POLLERR | POLLNVAL) && !in->is_tty)
			brood__stream_close(in); /* nobody reads it any more */
		else
			handle_stream(job, at->stage, 0, now);
		break;
	case BROOD__SLOT_SOURCE:
		handle_stream(job, at->stage, 0, now);
		break;
	case BROOD__SLOT_OUT:
	case BROOD__SLOT_ERR:
		handle_stream(job, at->stage, (int)at->slot, now);
		break;
	case BROOD__SLOT_GUARD:
		/* A guard that has something to say says it of an end too. */
		brood__tree_hear(job, stage, now);
		break;
	case BROOD__SLOT_GUARD_END:
		brood__tree_see_guard_end(job, stage, now);
		break;
	default:
		see_end(job, stage, now);
		break;
	}
}

static void handle(const struct round *round, struct brood_job *job, int64_t now)
{
	if (round->wake >= 0 && round->fds[round->wake].revents)
		brood__fd_event_clear(round->fds[round->wake].fd);
	for (unsigned int i = round->n_others; i < round->n; i++) {
		const struct brood__round_slot *at = &round->slots[i];
		if (!round->fds[i].revents)
			continue;
		/* What was handled before may have closed it. */
		struct brood__watch watch = brood__job_watch(
			job, &job->stages[at->stage], (enum brood__slot)at->slot);
		if (watch.fd == round->fds[i].fd)
			handle_slot(job, at, round->fds[i].revents, now);
	}
}

static void reap_blindly(struct brood_job *job)
{
	for (size_t i = 0; i < job->n_stages; i++) {
		struct brood__stage *stage = &job->stages[i];
		if (!stage->ended && !brood__tree_has_guard(stage) &&
			(stage->process.pidfd < 0 || stage->is_held))
			try_reap(job, stage, false);
	}
}

/* What fell due while we slept is done all the same, however late we woke up. */
static int end_late(struct brood_job *job, int64_t own_due, int64_t now)
{
	int r = own_due <= now ? do_due(job, now) : 0;
	return r < 0 ? r : -ETIME;
}

static int wait_for_events(struct brood_job *job, int64_t now, int64_t until, struct pollfd *extra,
	unsigned int n_extra)
{
	struct pollfd fds[BROOD__ROUND(BROOD__FEW_STAGES)];
	struct brood__round_slot slots[BROOD__ROUND(BROOD__FEW_STAGES)];
	struct round round = { fds, slots, 0, -1, 0, false };
	if (job->n_stages > BROOD__FEW_STAGES) {
		round.fds = job->round_fds;
		round.slots = job->round_slots;
	}
	gather(&round, job, extra, n_extra, now);
	int64_t own_due = INT64_MAX;
	/* Read by hand: no delay ends that. */
	if (!brood__job_is_over(job))
		own_due = brood__job_next_due(job, now);
	int64_t due = brood__earlier(until, own_due);
	if (round.is_deaf)
		due = brood__earlier(due, brood__deadline(now, BLIND_PAUSE));
	int r = brood__poll(round.fds, round.n, now, due);
	for (unsigned int i = 0; i < n_extra; i++)
		extra[i].revents = r > 0 ? round.fds[i].revents : 0;
	if (r < 0)
		return r == -EINTR ? 0 : r;
	if (r > 0)
		handle(&round, job, brood__clock_now());
	reap_blindly(job);
	if (r > 0 || until == INT64_MAX)
		return 0;
	int64_t woken = brood__clock_now();
	return woken < until ? 0 : end_late(job, own_due, woken);
}

/* Whether all that can happen is the end of its only child. */
static bool only_ends(const struct brood_job *job)
{
	return job->alone && job->n_stages == 1 && job->n_running == 1 &&
	       job->tier == BROOD_TREE_AUTO && job->deadline == INT64_MAX && !job->context &&
	       !job->stop.begun && !has_open_streams(job);
}

int brood__job_turn(
	struct brood_job *job, int64_t until, struct pollfd *extra, unsigned int n_extra)
{
	if (n_extra == 0 && until == INT64_MAX && only_ends(job)) {
		try_reap(job, &job->stages[0], true);
		return 0;
	}
	int64_t now = brood__clock_now();
	int r = do_due(job, now);
	if (r < 0 || (n_extra == 0 && brood__job_is_over(job)))
		return r;
	return wait_for_events(job, now, until, extra, n_extra);
}

int brood__job_turn_now(struct brood_job *job)
{
	int r = brood__job_turn(job, brood__clock_now(), NULL, 0);
	return r == -ETIME ? 0 : r;
}
