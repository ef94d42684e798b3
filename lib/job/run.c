/* SPDX-License-Identifier: MIT */
/* One call from a description to a result. */

#include "base/error.h"
#include "base/size.h"
#include "job/job.h"
#include <errno.h>
#include <stdlib.h>

/* Into a result that is of a good size. */
static int run_job(struct brood_job *job, const struct brood_cmd *cmds, size_t n,
	const struct brood_options *options, struct brood_result *result, struct brood_error *error)
{
	int r = brood__job_begin(job, cmds, n, options, true, error);
	if (r < 0) {
		brood__result_not_started(result, r, job->label, job);
		return r;
	}
	brood__job_give_up_pipes(job);
	while (r == 0 && !brood__job_is_over(job))
		r = brood__job_turn(job, INT64_MAX, NULL, 0);
	r = brood__job_conclude(job, r, result, error);
	brood__job_release(job);
	return r;
}

static int run(const struct brood_cmd *cmd, const struct brood_options *options,
	struct brood_result *result, struct brood_error *error)
{
	struct brood_job job;
	struct brood__stage stage;
	int r = brood__result_check(result, error);
	if (r == 0)
		r = brood__check_count(cmd, 1, error);
	if (r < 0)
		return r;
	job.stages = &stage;
	job.round_fds = NULL;
	job.round_slots = NULL;
	return run_job(&job, cmd, 1, options, result, error);
}

int brood_run(const struct brood_cmd *cmd, const struct brood_options *options,
	struct brood_result *result, struct brood_error *error)
{
	return run(cmd, options, result, error);
}

/* Nothing was run; the result says so. */
static int not_run(struct brood_result *result, int code)
{
	if (brood__result_check(result, NULL) == 0)
		brood__result_not_started(result, code, "", NULL);
	return code;
}

/* A copy of full size, to put streams into. */
static int copy_cmd(struct brood_cmd *copy, const struct brood_cmd *cmd, struct brood_error *error)
{
	if (!cmd)
		return brood__fail(error, BROOD_EMISUSE, BROOD_STEP_CONFIG, "cmd");
	int r = brood__struct_copy(copy, sizeof *copy, cmd);
	return r < 0 ? brood__fail(error, r, BROOD_STEP_CONFIG, "cmd.size") : 0;
}

/* The copy, with its standard output captured. */
static int copy_capturing(
	struct brood_cmd *copy, const struct brood_cmd *cmd, struct brood_error *error)
{
	int r = copy_cmd(copy, cmd, error);
	if (r < 0)
		return r;
	if (copy->out.kind == BROOD_IO_DEFAULT)
		copy->out = brood_capture(0, 0);
	if (copy->out.kind != BROOD_IO_CAPTURE)
		return brood__fail(error, BROOD_EMISUSE, BROOD_STEP_CONFIG, "cmd.out");
	return 0;
}

int brood_output(const struct brood_cmd *cmd, const struct brood_options *options,
	struct brood_result *result, struct brood_error *error)
{
	struct brood_cmd copy;
	int r = copy_capturing(&copy, cmd, error);
	if (r < 0)
		return not_run(result, r);
	if (copy.err.kind == BROOD_IO_DEFAULT)
		copy.err = brood_capture(BROOD_STDERR_EXCERPT, 0);
	return run(&copy, options, result, error);
}

int brood_combined_output(const struct brood_cmd *cmd, const struct brood_options *options,
	struct brood_result *result, struct brood_error *error)
{
	struct brood_cmd copy;
	int r = copy_capturing(&copy, cmd, error);
	if (r == 0 && copy.err.kind == BROOD_IO_DEFAULT)
		copy.err = brood_merge();
	if (r == 0 && copy.err.kind != BROOD_IO_MERGE)
		r = brood__fail(error, BROOD_EMISUSE, BROOD_STEP_CONFIG, "cmd.err");
	return r < 0 ? not_run(result, r) : run(&copy, options, result, error);
}

int brood_shell(const char *text, const struct brood_options *options, struct brood_result *result,
	struct brood_error *error)
{
	if (!text)
		return not_run(result, brood__fail(error, -EINVAL, BROOD_STEP_CONFIG, "text"));
	struct brood_cmd cmd = BROOD_CMD(.path = "/bin/sh",
		.argv = BROOD_ARGV("sh", "-c", "--", text), .in = brood_inherit());
	return run(&cmd, options, result, error);
}

int brood_pipeline(const struct brood_cmd *cmds, size_t n, const struct brood_options *options,
	struct brood_result *result, struct brood_error *error)
{
	int r = brood__result_check(result, error);
	if (r == 0)
		r = brood__check_count(cmds, n, error);
	if (r < 0)
		return not_run(result, r);
	struct brood_job *job = brood__job_new(n);
	if (!job)
		return not_run(result, brood__fail(error, -ENOMEM, BROOD_STEP_CONFIG, NULL));
	r = run_job(job, cmds, n, options, result, error);
	free(job);
	return r;
}
