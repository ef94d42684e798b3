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
	for (int fd = 0; fd < 3; fd++) {
		if (brood__stream_is_pumped(&job->streams[fd]))
			return true;
	}
	return false;
}

bool brood__job_is_over(const struct brood_job *job)
{
	return job->ended && !has_open_streams(job) && brood__tree_is_over(job);
}

/* Only the first failure of a stream counts, as in Go. */
static void note_failure(struct brood_job *job, int fd, int code)
{
	if (job->pump_code)
		return;
	job->pump_code = code;
	job->pump_fd = fd;
	/* Overrun by what a child left behind: nobody is there to be stopped. */
	if (code == BROOD_ELIMIT && job->ended && job->stop_reason == BROOD__STOP_NONE)
		job->stop_reason = BROOD__STOP_LIMIT;
}

void brood__job_begin_stop(struct brood_job *job, int reason, int64_t now)
{
	if (job->stop.begun)
		return;
	job->stop_reason = reason;
	brood__stop_begin(&job->stop, now);
	if (brood__tree_has_guard(job))
		brood__tree_stop(job, reason, now);
}

static void handle_stream(struct brood_job *job, int fd, int64_t now)
{
	struct brood__stream *stream = &job->streams[fd];
	int r = fd == 0 ? brood__stream_write(stream) : brood__stream_read(stream);
	if (r >= 0)
		return;
	note_failure(job, fd, r);
	if (r == BROOD_ELIMIT && !job->ended)
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
	if (!brood__tree_has_guard(job))
		brood__stop_due(&job->stop, now, &sent, &ignored);
}

/* After the end of the child: pipes that only the caller drives are of no use any more. */
void brood__job_note_end(struct brood_job *job, int64_t now)
{
	/* Stopped by another thread, it may be gone before this one has heard of that. */
	if (!job->ended)
		take_over_stop(job, now);
	job->ended = true;
	/* What is waited for may write. */
	bool waits = job->tree_flags & BROOD_ORPHANS_WAIT && !brood__tree_is_over(job);
	job->delay_due = waits ? BROOD__NEVER : brood__deadline(now, job->wait_delay);
	if (!job->dropping)
		return;
	for (int fd = 0; fd < 3; fd++) {
		if (job->streams[fd].kind == BROOD_IO_PIPE)
			brood__stream_close(&job->streams[fd]);
	}
}

void brood__job_adopt_exit(struct brood_job *job, const struct brood__child *child)
{
	bool recovered = false;
	brood__process_note_exit(
		&job->process, child->waited, &child->exit, &job->status, &recovered);
	if (recovered)
		job->notes |= BROOD_NOTE_STATUS_RECOVERED;
	brood__job_note_end(job, job->status.ended_ns);
}

static void try_reap(struct brood_job *job, bool hang)
{
	bool recovered = false;
	if (job->ended || !brood__process_reap(&job->process, hang, &job->status, &recovered))
		return;
	if (recovered)
		job->notes |= BROOD_NOTE_STATUS_RECOVERED;
	brood__job_note_end(job, job->status.ended_ns);
}

/*
 * Before Linux 6.9 a group can be signalled safely only while its leader is there. So as long as
 * that may be needed, the leader stays a zombie, and only its end is noted.
 */
static bool must_keep_leader(const struct brood_job *job)
{
	bool is_needed = has_open_streams(job) || brood__tree_is_ours(job);
	return job->process.leads_group && is_needed && !job->process.foreign &&
	       !brood__process_can_signal_group(&job->process);
}

/* A process group outlives its leader; anything else is gone when the child is. */
static bool can_signal(const struct brood_job *job)
{
	return !job->ended || brood__tree_is_ours(job) ||
	       (job->process.leads_group && has_open_streams(job));
}

/* Sends the stop steps that are due. Returns 0 or -EPERM. */
static int send_due(struct brood_job *job, int64_t now)
{
	int signal;
	bool escalated;
	if (brood__tree_has_guard(job)) {
		int r = job->refused ? -EPERM : 0;
		job->refused = false;
		return r;
	}
	while (can_signal(job) && brood__stop_due(&job->stop, now, &signal, &escalated)) {
		/* Who dies of it hands its children on, and they would be missed behind it. */
		brood__tree_signal(job, signal, now);
		int r = brood__process_signal(&job->process, signal);
		if (r == -EPERM && !job->ended)
			return r;
		if (escalated && !job->ended)
			job->notes |= BROOD_NOTE_ESCALATED;
		if (brood__stop_needs_cont(signal))
			brood__process_signal(&job->process, SIGCONT);
	}
	return 0;
}

/* The wait delay is over: what is there is taken, then the pipes are closed. */
static void close_held(struct brood_job *job)
{
	for (int fd = 0; fd < 3; fd++) {
		struct brood__stream *stream = &job->streams[fd];
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
			note_failure(job, fd, r);
	}
}

static int do_due(struct brood_job *job, int64_t now)
{
	if (!job->ended && !job->stop.begun) {
		take_over_stop(job, now);
		if (!job->stop.begun && now >= job->deadline && !brood__tree_has_guard(job)) {
			/* One that ended before anybody looked has not run into its limit. */
			struct pollfd end = { .fd = job->process.pidfd, .events = POLLIN };
			if (end.fd >= 0 && brood__poll(&end, 1, 0, 0) > 0)
				try_reap(job, false);
			if (!job->ended)
				brood__job_begin_stop(job, BROOD__STOP_TIMEOUT, now);
		}
	}
	brood__tree_turn(job, now);
	int r = send_due(job, now);
	if (r < 0)
		return r;
	if (job->ended && atomic_load(&job->stop_asked))
		job->delay_due = now; /* what is left to stop is the wait for its pipes */
	if (job->ended && job->delay_due == BROOD__NEVER && job->tree_done)
		job->delay_due = brood__deadline(now, job->wait_delay);
	if (job->ended && now >= job->delay_due)
		close_held(job);
	return 0;
}

static int64_t next_due(const struct brood_job *job, int64_t now, int64_t until)
{
	int64_t due = until;
	bool has_guard = brood__tree_has_guard(job);
	if (!job->ended && !job->stop.begun && !has_guard)
		due = brood__earlier(due, job->deadline);
	if (job->stop.begun && can_signal(job) && !has_guard)
		due = brood__earlier(due, job->stop.due);
	due = brood__earlier(due, brood__tree_next_due(job, now));
	if (brood__job_is_over(job))
		return due; /* read by hand: no delay ends that */
	if (job->ended && has_open_streams(job))
		due = brood__earlier(due, job->delay_due);
	return due;
}

/* What one turn waits for. */
struct round {
	struct pollfd fds[11];
	unsigned int n;
	int wake;       /* index of the wake-up, or -1 */
	int end;        /* of the pidfd */
	int guard;      /* of its socket */
	int guard_end;  /* of its pidfd: its end of the socket may be held by somebody else too */
	int streams[3]; /* of each stream */
	int source;     /* of the source's own descriptor */
};

static int watch(struct round *round, int fd, short events)
{
	round->fds[round->n] = (struct pollfd){ .fd = fd, .events = events };
	return (int)round->n++;
}

static void watch_stream(struct round *round, const struct brood_job *job, int fd)
{
	const struct brood__stream *stream = &job->streams[fd];
	round->streams[fd] = -1;
	if (stream->fd < 0 || (stream->kind == BROOD_IO_PIPE && (fd == 0 || !job->dropping)))
		return;
	short events = fd == 0 ? POLLOUT : POLLIN;
	if (fd == 0 && stream->source_fd >= 0 && stream->source.n_pending == 0) {
		/* No events: only an error counts, when nobody reads the pipe any more. */
		events = 0;
		round->source = watch(round, stream->source_fd, POLLIN);
	}
	round->streams[fd] = watch(round, stream->fd, events);
}

static void gather(struct round *round, const struct brood_job *job, const struct pollfd *extra,
	unsigned int n_extra)
{
	round->n = 0;
	round->wake = round->end = round->guard = round->guard_end = round->source = -1;
	for (unsigned int i = 0; i < n_extra; i++)
		watch(round, extra[i].fd, extra[i].events);
	int wake_fd = atomic_load(&job->wake_fd);
	if (wake_fd >= 0)
		round->wake = watch(round, wake_fd, POLLIN);
	if (brood__tree_has_guard(job) && !job->tree_done)
		round->guard = watch(round, job->guard.socket, POLLIN);
	if (round->guard >= 0 && job->guard.pidfd >= 0)
		round->guard_end = watch(round, job->guard.pidfd, POLLIN);
	bool by_guard = brood__tree_has_guard(job) && (!job->watches_end || job->end_seen);
	if (!job->ended && job->process.pidfd >= 0 && !job->is_held && !by_guard)
		round->end = watch(round, job->process.pidfd, POLLIN);
	for (int fd = 0; fd < 3; fd++)
		watch_stream(round, job, fd);
}

static bool is_ready(const struct round *round, int index)
{
	return index >= 0 && round->fds[index].revents;
}

static void handle(struct round *round, struct brood_job *job, int64_t now)
{
	if (is_ready(round, round->wake))
		brood__fd_event_clear(round->fds[round->wake].fd);
	if (is_ready(round, round->streams[0]) &&
		round->fds[round->streams[0]].revents & (POLLERR | POLLNVAL))
		brood__stream_close(&job->streams[0]); /* nobody reads it any more */
	else if (is_ready(round, round->streams[0]) || is_ready(round, round->source))
		handle_stream(job, 0, now);
	for (int fd = 1; fd < 3; fd++) {
		if (is_ready(round, round->streams[fd]))
			handle_stream(job, fd, now);
	}
	/* A guard that has something to say says it of an end too. */
	if (is_ready(round, round->guard))
		brood__tree_hear(job, now);
	if (is_ready(round, round->guard_end))
		brood__tree_see_guard_end(job, now);
	if (is_ready(round, round->end) && !job->ended) {
		if (brood__tree_has_guard(job)) {
			brood__tree_see_end(job, now);
			return;
		}
		if (must_keep_leader(job))
			brood__job_note_end(job, now);
		else
			try_reap(job, false);
		job->is_held = !job->ended;
	}
}

/* How long to sleep at most where no descriptor tells the end of a child, or of a stop. */
#define BLIND_PAUSE (10 * BROOD_MILLISECOND)

static int wait_for_events(struct brood_job *job, int64_t now, int64_t until, struct pollfd *extra,
	unsigned int n_extra)
{
	struct round round;
	gather(&round, job, extra, n_extra);
	int64_t due = next_due(job, now, until);
	bool blind = !job->ended && (job->process.pidfd < 0 || job->is_held);
	if (blind || job->cannot_be_woken)
		due = brood__earlier(due, brood__deadline(now, BLIND_PAUSE));
	int r = brood__poll(round.fds, round.n, now, due);
	for (unsigned int i = 0; i < n_extra; i++)
		extra[i].revents = r > 0 ? round.fds[i].revents : 0;
	if (r < 0)
		return r == -EINTR ? 0 : r;
	if (r > 0)
		handle(&round, job, brood__clock_now());
	if (blind)
		try_reap(job, false);
	if (r == 0 && until != INT64_MAX && brood__clock_now() >= until)
		return -ETIME;
	return 0;
}

int brood__job_turn(
	struct brood_job *job, int64_t until, struct pollfd *extra, unsigned int n_extra)
{
	bool only_its_end = job->process.alone && !job->ended && n_extra == 0 &&
			    job->tier == BROOD_TREE_AUTO && until == INT64_MAX &&
			    job->deadline == INT64_MAX && !job->stop.begun &&
			    !has_open_streams(job);
	if (only_its_end) {
		try_reap(job, true);
		return 0;
	}
	int64_t now = brood__clock_now();
	int r = do_due(job, now);
	if (r < 0 || (n_extra == 0 && brood__job_is_over(job)))
		return r;
	return wait_for_events(job, now, until, extra, n_extra);
}
