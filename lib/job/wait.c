/* SPDX-License-Identifier: MIT */
/* Waiting for the end of a job, and what comes of it. */

#include "base/deadline.h"
#include "base/error.h"
#include "base/size.h"
#include "base/strings.h"
#include "job/job.h"
#include "job/verdict.h"
#include "sys/clock.h"
#include "sys/fd.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int brood__job_enter(struct brood_job *job)
{
	if (!job || job->owner != getpid())
		return BROOD_EMISUSE;
	return atomic_exchange(&job->busy, true) ? -EBUSY : 0;
}

void brood__job_leave(struct brood_job *job)
{
	brood__job_update_watcher(job);
	atomic_store(&job->busy, false);
}

int brood__result_check(const struct brood_result *result, struct brood_error *error)
{
	if (!result)
		return 0;
	struct brood_result copy;
	int r = brood__struct_copy(&copy, sizeof copy, result);
	return r < 0 ? brood__fail(error, r, BROOD_STEP_CONFIG, "result.size") : 0;
}

/* Replaces a result at the size that the caller knows; frees what does not fit in there. */
static void hand_out(struct brood_result *result, struct brood_result *full)
{
	brood_result_done(result);
	if (!BROOD__STRUCT_HOLDS(result, stages))
		free(full->stages);
	if (!BROOD__STRUCT_HOLDS(result, out.data) && !(full->notes & BROOD_NOTE_OUT_BORROWED))
		free(full->out.data);
	if (!BROOD__STRUCT_HOLDS(result, err.data) && !(full->notes & BROOD_NOTE_ERR_BORROWED))
		free(full->err.data);
	if (!BROOD__STRUCT_HOLDS(result, all.data))
		free(full->all.data);
	size_t size = result->size < sizeof *full ? result->size : sizeof *full;
	full->size = result->size;
	memcpy(result, full, size);
}

/* Copies the statuses of all stages. */
static struct brood_status *copy_statuses(const struct brood__stage *stages, size_t n)
{
	struct brood_status *statuses = calloc(n, sizeof *statuses);
	for (size_t i = 0; statuses && i < n; i++)
		statuses[i] = stages[i].status;
	return statuses;
}

void brood__result_not_started(
	struct brood_result *result, int code, const char *label, const struct brood_job *job)
{
	if (!result)
		return;
	static const struct brood__stage none = {
		.status = { .size = sizeof none.status, .how = BROOD_NOT_STARTED, .exit_code = -1 },
	};
	struct brood_result full = { .code = code };
	brood__text_copy(full.label, sizeof full.label, label);
	size_t n = job ? job->n_stages : 1;
	full.stages = copy_statuses(job ? job->stages : &none, n);
	full.n_stages = full.stages ? n : 0;
	hand_out(result, &full);
}

/* Blocks, in which getrusage(2) counts storage. */
#define BLOCK_BYTES 512

static void add_times(struct timeval *sum, const struct timeval *more)
{
	sum->tv_sec += more->tv_sec;
	sum->tv_usec += more->tv_usec;
	if (sum->tv_usec >= 1000000) {
		sum->tv_sec++;
		sum->tv_usec -= 1000000;
	}
}

static void add_usage(struct rusage *sum, const struct rusage *more)
{
	add_times(&sum->ru_utime, &more->ru_utime);
	add_times(&sum->ru_stime, &more->ru_stime);
	if (more->ru_maxrss > sum->ru_maxrss)
		sum->ru_maxrss = more->ru_maxrss;
	sum->ru_minflt += more->ru_minflt;
	sum->ru_majflt += more->ru_majflt;
	sum->ru_inblock += more->ru_inblock;
	sum->ru_oublock += more->ru_oublock;
	sum->ru_nvcsw += more->ru_nvcsw;
	sum->ru_nivcsw += more->ru_nivcsw;
}

/* What one guard has seen; peaks of several are added, since they may have met. */
static void add_tree(
	const struct brood_job *job, const struct brood__tree *tree, struct brood_result *full)
{
	const struct brood__guard_report *last = &tree->guard.last;
	full->tree_killed += tree->killed;
	if (!(last->flags & BROOD__GUARD_EMPTY))
		return;
	add_usage(&full->tree.usage, &last->tree_usage);
	if (!(job->tree_flags & BROOD_MEASURE_TREE) || job->tier == BROOD_TREE_PIDNS)
		return;
	uint64_t largest = (uint64_t)last->tree_usage.ru_maxrss * 1024;
	full->tree.peak_memory += last->peak_memory > largest ? last->peak_memory : largest;
	full->tree.processes += last->processes ? last->processes : 1;
}

static void fill_tree(const struct brood_job *job, struct brood_result *full)
{
	full->tree.tier = job->tier;
	for (size_t i = 0; i < job->n_stages; i++) {
		if (job->stages[i].tree)
			add_tree(job, job->stages[i].tree, full);
	}
	full->tree.read_bytes = (uint64_t)full->tree.usage.ru_inblock * BLOCK_BYTES;
	full->tree.written_bytes = (uint64_t)full->tree.usage.ru_oublock * BLOCK_BYTES;
}

static void note_no_memory(struct brood_job *job, size_t stage, int fd)
{
	if (job->pump_code)
		return;
	job->pump_code = -ENOMEM;
	job->pump_fd = fd;
	job->pump_stage = stage;
}

/* Moves the capture of a stage into the result, in the place of that of an earlier one, which can
 * only be memory of the caller. */
static void collect(
	struct brood_job *job, size_t i, int fd, struct brood_bytes *bytes, uint32_t borrowed)
{
	struct brood__capture *capture = brood__stream_capture(&job->stages[i].streams[fd]);
	if (!capture || (bytes->data && !(job->notes & borrowed)))
		return;
	bool is_borrowed = capture->borrowed;
	if (brood__capture_finish(capture, bytes) < 0)
		note_no_memory(job, i, fd);
	if (bytes->omitted)
		job->notes |= BROOD_NOTE_TRUNCATED;
	job->notes = is_borrowed ? job->notes | borrowed : job->notes & ~borrowed;
}

static void collect_all(struct brood_job *job, struct brood_result *full)
{
	size_t last = job->n_stages - 1;
	collect(job, last, 1, &full->out, BROOD_NOTE_OUT_BORROWED);
	for (size_t i = 0; i <= last; i++)
		collect(job, i, 2, &full->err, BROOD_NOTE_ERR_BORROWED);
	if (job->chunks)
		brood__chunks_finish(job->chunks, &full->all);
	for (size_t i = 0; i <= last; i++) {
		for (int fd = 0; fd < 3; fd++)
			brood__stream_done(&job->stages[i].streams[fd]);
	}
}

static void drop(struct brood_bytes *bytes, bool borrowed)
{
	if (!borrowed)
		free(bytes->data);
	memset(bytes, 0, sizeof *bytes);
}

/* Those whose leader had to stay a zombie. */
static void reap_all(struct brood_job *job)
{
	for (size_t i = 0; i < job->n_stages; i++) {
		struct brood__stage *stage = &job->stages[i];
		bool recovered = false;
		if (!stage->process.has_status && !stage->process.foreign)
			brood__process_reap(&stage->process, true, &stage->status, &recovered);
		if (recovered)
			job->notes |= BROOD_NOTE_STATUS_RECOVERED;
	}
}

static int decide(const struct brood_job *job, struct brood__verdict_stage *stages, int *ret_cause,
	size_t *ret_stage)
{
	for (size_t i = 0; i < job->n_stages; i++) {
		struct brood__stage *stage = &job->stages[i];
		stages[i].status = &stage->status;
		stages[i].ok_codes = stage->has_ok_codes ? stage->ok_codes : NULL;
	}
	const struct brood__verdict_input input = {
		.stages = stages,
		.n = job->n_stages,
		.flags = job->verdict_flags,
		.stop_reason = job->stop_reason,
		.pipe_held = job->notes & BROOD_NOTE_PIPE_HELD,
		.pump_error = job->pump_code,
	};
	return brood__verdict(&input, ret_cause, ret_stage);
}

int brood__job_verdict(struct brood_job *job, int *ret_cause, size_t *ret_stage)
{
	struct brood__verdict_stage few[8];
	struct brood__verdict_stage *stages = few;
	if (job->n_stages > sizeof few / sizeof few[0])
		stages = (void *)job->round_fds; /* nobody waits now */
	_Static_assert(sizeof *stages <= BROOD__SLOTS * sizeof *job->round_fds, "no room");
	return decide(job, stages, ret_cause, ret_stage);
}

/* Fills an error, with the stage that is concerned if there are several. */
static int fail_at(const struct brood_job *job, struct brood_error *error, int code, int step,
	int fd, size_t stage)
{
	bool is_one = job->n_stages > 1 && stage < job->n_stages;
	const char *subject = is_one ? job->stages[stage].label : job->label;
	brood__fail_fd(error, code, step, fd, subject);
	if (error && is_one)
		error->stage = (int32_t)stage;
	return code;
}

/* Whether the context was what has stopped the job. */
static bool is_of_context(const struct brood_job *job, int code)
{
	if (code == BROOD_ETIMEOUT)
		return job->deadline_is_contexts;
	return code == BROOD_ECANCELED && brood__context_cancelled(job->context) < 0 &&
	       !atomic_load(&job->stop_asked);
}

static int tell_guard(const struct brood_job *job, struct brood_error *error)
{
	brood__fail(error, -EOWNERDEAD, BROOD_STEP_GUARD, job->label);
	for (size_t i = 0; error && i < job->n_stages; i++) {
		const struct brood__tree *tree = job->stages[i].tree;
		if (tree && tree->guard_code) {
			error->os_errno = -tree->guard_code;
			break;
		}
	}
	return -EOWNERDEAD;
}

static int tell(struct brood_job *job, int code, size_t stage, struct brood_error *error)
{
	if (is_of_context(job, code)) {
		char context[64];
		brood__context_subject(job->context, code, context, sizeof context);
		return brood__fail(error, code, BROOD_STEP_WAIT, context);
	}
	if (code == BROOD_ETIMEOUT) {
		char limit[64];
		struct brood__text text = brood__text_over(limit, sizeof limit);
		brood__text_add_duration(&text, job->timeout < 0 ? 0 : job->timeout);
		return brood__fail(error, code, BROOD_STEP_WAIT, limit);
	}
	if (code == -EOWNERDEAD)
		return tell_guard(job, error);
	if (code == job->pump_code)
		return fail_at(job, error, code, BROOD_STEP_PUMP, job->pump_fd, job->pump_stage);
	bool is_of_stage = code == BROOD_EEXIT || code == BROOD_ELOST;
	return fail_at(job, error, code, BROOD_STEP_WAIT, -1, is_of_stage ? stage : SIZE_MAX);
}

/* The job could not be waited for to its end. */
static int tell_failure(const struct brood_job *job, int code, struct brood_error *error)
{
	int step = code == -EPERM ? BROOD_STEP_SIGNAL : BROOD_STEP_WAIT;
	return brood__fail(error, code, step, job->label);
}

int brood__job_conclude(
	struct brood_job *job, int failure, struct brood_result *result, struct brood_error *error)
{
	struct brood_result full = { .code = 0 };
	size_t stage = 0;
	if (!failure)
		reap_all(job);
	collect_all(job, &full);
	full.code = brood__job_verdict(job, &full.cause, &stage);
	if (failure)
		full.code = failure;
	if (result)
		full.stages = copy_statuses(job->stages, job->n_stages);
	/* The other codes promise their statuses. */
	if (result && !full.stages) {
		note_no_memory(job, 0, -1);
		full.code = -ENOMEM;
	}
	full.n_stages = full.stages ? job->n_stages : 0;
	full.notes = job->notes;
	fill_tree(job, &full);
	brood__text_copy(full.label, sizeof full.label, job->label);
	int code = full.code;
	if (result) {
		hand_out(result, &full);
	} else {
		drop(&full.out, full.notes & BROOD_NOTE_OUT_BORROWED);
		drop(&full.err, full.notes & BROOD_NOTE_ERR_BORROWED);
		drop(&full.all, false);
	}
	if (failure)
		return tell_failure(job, code, error);
	return code < 0 ? tell(job, code, stage, error) : 0;
}

void brood__job_give_up_pipes(struct brood_job *job)
{
	job->dropping = true;
	for (size_t i = 0; i < 3 * job->n_stages; i++) {
		int fd = (int)(i % 3);
		struct brood__stream *stream = &job->stages[i / 3].streams[fd];
		if (stream->kind == BROOD_IO_PIPE && stream->is_tty && fd == 0 && stream->fd >= 0 &&
			brood__stream_end_input(stream) == 0)
			brood__stream_retire(stream);
		if (stream->kind == BROOD_IO_PIPE && (fd == 0 || job->n_running == 0))
			brood__stream_close(stream);
		if (stream->pulled)
			brood__stream_drop_news(stream);
	}
}

void brood__job_make_wakeable(struct brood_job *job)
{
	if (job->alone || atomic_load(&job->wake_fd) >= 0)
		return;
	int fd = brood__fd_event();
	job->cannot_be_woken = fd < 0;
	if (fd >= 0)
		atomic_store(&job->wake_fd, fd);
}

/* Turns after the time of a wait is over, so that output without end does not keep it. */
#define LAST_TURNS 16

static int wait_for_end(struct brood_job *job, int64_t until)
{
	int late = 0;
	int r = 0;
	/* Whoever only looks is not to be woken, and needs no descriptor for that. */
	if (until > brood__clock_now())
		brood__job_make_wakeable(job);
	while (r == 0 && !brood__job_is_over(job)) {
		r = brood__job_turn(job, until, NULL, 0);
		if (r == 0 && job->stop_reported) {
			job->stop_reported = false;
			return BROOD_ESTOPPED;
		}
		if (r == 0 && until != INT64_MAX && brood__clock_now() >= until &&
			++late >= LAST_TURNS)
			r = -ETIME;
	}
	return brood__job_is_over(job) ? 0 : r;
}

int brood_job_wait(struct brood_job *job, brood_duration timeout, struct brood_result *result,
	struct brood_error *error)
{
	int r = brood__job_enter(job);
	if (r < 0)
		return brood__fail(error, r, BROOD_STEP_WAIT, job ? job->label : NULL);
	if (job->done)
		r = brood__fail(error, BROOD_EMISUSE, BROOD_STEP_WAIT, job->label);
	else
		r = brood__result_check(result, error);
	if (r == 0) {
		if (timeout == BROOD_FOREVER)
			brood__job_give_up_pipes(job);
		int64_t until = timeout == BROOD_FOREVER
					? INT64_MAX
					: brood__deadline(brood__clock_now(), timeout);
		r = wait_for_end(job, until);
		if (r == 0) {
			job->done = true;
			r = brood__job_conclude(job, 0, result, error);
		} else {
			r = tell_failure(job, r, error);
		}
	}
	brood__job_leave(job);
	return r;
}
