/* SPDX-License-Identifier: MIT */
/* Two jobs in a set, one of them captured; the result is that of the captured one. */
#include "probe.h"

#include <errno.h>

/* For calls that fill no error. */
static int without_error(int code, struct brood_error *error)
{
	if (code < 0 && error->code == 0) {
		*error = (struct brood_error){ .code = code, .os_errno = -code };
		error->step = BROOD_STEP_WAIT;
	}
	return code;
}

static int add(struct brood_set *set, const struct brood_cmd *cmd, struct brood_error *error)
{
	struct brood_options options = BROOD_OPTIONS(.timeout = 10 * BROOD_SECOND);
	struct brood_job *job;
	int r = brood_start(&job, cmd, 1, &options, error);
	if (r < 0)
		return r;
	r = brood_set_add(set, job, NULL);
	if (r < 0)
		brood_job_free(job);
	return without_error(r, error);
}

static int go_through(struct brood_set *set, struct brood_result *result, struct brood_error *error)
{
	struct brood_event event;
	int code = 0;
	int r;
	while ((r = brood_set_next(set, BROOD_FOREVER, &event)) == 0) {
		if (event.kind != BROOD_EVENT_DONE)
			continue;
		struct brood_result one = BROOD_RESULT_INIT;
		struct brood_error failure = BROOD_ERROR_INIT;
		r = brood_job_wait(event.job, 0, &one, &failure);
		brood_job_free(event.job);
		if (r < 0 && code == 0) {
			code = r;
			*error = failure;
		}
		if (one.out.data) {
			brood_result_done(result);
			*result = one;
		} else {
			brood_result_done(&one);
		}
	}
	if (r != -ENOENT && code == 0)
		code = without_error(r, error);
	return code;
}

static int set(const char *child, struct brood_result *result, struct brood_error *error)
{
	struct brood_set *set;
	int r = brood_set_new(&set, error);
	if (r < 0)
		return r;
	struct brood_cmd plain = BROOD_CMD(.argv = BROOD_ARGV(child, "exit"));
	struct brood_cmd captured = BROOD_CMD(.argv = BROOD_ARGV(child, "echo"),
		.in = brood_text("hello\n"), .out = brood_capture(0, 0),
		.err = brood_capture(0, 0));
	r = add(set, &plain, error);
	if (r == 0)
		r = add(set, &captured, error);
	if (r == 0)
		r = go_through(set, result, error);
	brood_set_free(set);
	return r;
}

int main(int argc, char **argv)
{
	struct probe probe = {
		.call = set,
		.how = BROOD_EXITED,
		.out = "hello\n",
		.err = "complaint\n",
		.runs_others = true,
	};
	return probe_main(&probe, argc, argv);
}
