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
	size_t size = result->size < sizeof *full ? result->size : sizeof *full;
	full->size = result->size;
	memcpy(result, full, size);
}

void brood__result_not_started(struct brood_result *result, int code, const char *label)
{
	if (!result)
		return;
	struct brood_result full = { .code = code };
	brood__text_copy(full.label, sizeof full.label, label);
	full.stages = calloc(1, sizeof *full.stages);
	if (full.stages) {
		full.n_stages = 1;
		full.stages[0].size = sizeof *full.stages;
		full.stages[0].how = BROOD_NOT_STARTED;
		full.stages[0].exit_code = -1;
	}
	hand_out(result, &full);
}

/* Blocks, in which getrusage(2) counts storage. */
#define BLOCK_BYTES 512

static void fill_tree(const struct brood_job *job, struct brood_result *full)
{
	const struct brood__guard_report *last = &job->guard.last;
	full->tree_killed = job->tree_killed;
	full->tree.tier = job->tier;
	if (!(last->flags & BROOD__GUARD_EMPTY))
		return;
	full->tree.usage = last->tree_usage;
	full->tree.read_bytes = (uint64_t)last->tree_usage.ru_inblock * BLOCK_BYTES;
	full->tree.written_bytes = (uint64_t)last->tree_usage.ru_oublock * BLOCK_BYTES;
	if (!(job->tree_flags & BROOD_MEASURE_TREE) || job->tier == BROOD_TREE_PIDNS)
		return;
	uint64_t largest = (uint64_t)last->tree_usage.ru_maxrss * 1024;
	full->tree.peak_memory = last->peak_memory > largest ? last->peak_memory : largest;
	full->tree.processes = last->processes ? last->processes : 1;
}

/* Moves a capture into the result. */
static void collect(struct brood_job *job, int fd, struct brood_bytes *bytes, uint32_t borrowed)
{
	struct brood__stream *stream = &job->streams[fd];
	if (stream->kind != BROOD_IO_CAPTURE && stream->kind != BROOD_IO_INTO)
		return;
	bool is_borrowed = stream->capture.borrowed;
	int r = brood__capture_finish(&stream->capture, bytes);
	if (r < 0 && !job->pump_code) {
		job->pump_code = r;
		job->pump_fd = fd;
	}
	if (bytes->omitted)
		job->notes |= BROOD_NOTE_TRUNCATED;
	if (is_borrowed)
		job->notes |= borrowed;
}

static void drop(struct brood_bytes *bytes, bool borrowed)
{
	if (!borrowed)
		free(bytes->data);
	memset(bytes, 0, sizeof *bytes);
}

static struct brood__verdict_input verdict_input(struct brood_job *job)
{
	return (struct brood__verdict_input){
		.status = &job->status,
		.ok_codes = job->has_ok_codes ? job->ok_codes : NULL,
		.n_ok_codes = job->n_ok_codes,
		.stop_reason = job->stop_reason,
		.pipe_held = job->notes & BROOD_NOTE_PIPE_HELD,
		.pump_error = job->pump_code,
	};
}

static int tell(struct brood_job *job, int code, struct brood_error *error)
{
	if (code == BROOD_ETIMEOUT) {
		char limit[64];
		struct brood__text text = brood__text_over(limit, sizeof limit);
		brood__text_add_duration(&text, job->timeout < 0 ? 0 : job->timeout);
		return brood__fail(error, code, BROOD_STEP_WAIT, limit);
	}
	if (code == -EOWNERDEAD)
		return brood__fail(error, code, BROOD_STEP_GUARD, job->label);
	if (code == job->pump_code)
		return brood__fail_fd(error, code, BROOD_STEP_PUMP, job->pump_fd, job->label);
	return brood__fail(error, code, BROOD_STEP_WAIT, job->label);
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
	bool recovered = false;
	if (!failure)
		brood__process_reap(&job->process, true, &job->status, &recovered);
	if (recovered)
		job->notes |= BROOD_NOTE_STATUS_RECOVERED;
	collect(job, 1, &full.out, BROOD_NOTE_OUT_BORROWED);
	collect(job, 2, &full.err, BROOD_NOTE_ERR_BORROWED);
	for (int fd = 0; fd < 3; fd++)
		brood__stream_done(&job->streams[fd]);
	struct brood_status *stages = result ? malloc(sizeof *stages) : NULL;
	if (result && !stages && !job->pump_code)
		job->pump_code = -ENOMEM;
	struct brood__verdict_input input = verdict_input(job);
	full.code = brood__verdict(&input, &full.cause);
	if (failure)
		full.code = failure;
	/* The other codes promise stages[0]. */
	if (result && !stages)
		full.code = -ENOMEM;
	full.notes = job->notes;
	fill_tree(job, &full);
	brood__text_copy(full.label, sizeof full.label, job->label);
	if (stages) {
		*stages = job->status;
		full.stages = stages;
		full.n_stages = 1;
	}
	if (result) {
		hand_out(result, &full);
	} else {
		drop(&full.out, full.notes & BROOD_NOTE_OUT_BORROWED);
		drop(&full.err, full.notes & BROOD_NOTE_ERR_BORROWED);
	}
	if (failure)
		return tell_failure(job, full.code, error);
	return full.code < 0 ? tell(job, full.code, error) : 0;
}

void brood__job_give_up_pipes(struct brood_job *job)
{
	job->dropping = true;
	for (int fd = 0; fd < 3; fd++) {
		if (job->streams[fd].kind == BROOD_IO_PIPE && (fd == 0 || job->ended))
			brood__stream_close(&job->streams[fd]);
	}
}

void brood__job_make_wakeable(struct brood_job *job)
{
	if (job->process.alone || atomic_load(&job->wake_fd) >= 0)
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
	brood__job_make_wakeable(job);
	while (r == 0 && !brood__job_is_over(job)) {
		r = brood__job_turn(job, until, NULL, 0);
		if (r == 0 && job->stop_news) {
			job->stop_news = false;
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
