/* SPDX-License-Identifier: MIT */
/* Which of several truths about an ended job is told. */

#include "job/verdict.h"

#include <brood/error.h>
#include <errno.h>
#include <signal.h>

struct verdict {
	int code;
	int cause;
};

bool brood__status_counts_as_success(const struct brood_status *status, const uint64_t *ok_codes)
{
	if (status->how != BROOD_EXITED)
		return false;
	if (!ok_codes)
		return status->exit_code == 0;
	if (status->exit_code < 0 || status->exit_code > 255)
		return false;
	return ok_codes[status->exit_code / 64] >> (status->exit_code % 64) & 1;
}

static bool has_ended(const struct brood_status *status)
{
	return status->how == BROOD_EXITED || status->how == BROOD_SIGNALED ||
	       status->how == BROOD_LOST;
}

static bool all_have_ended(const struct brood__verdict_input *in)
{
	for (size_t i = 0; i < in->n; i++) {
		if (!has_ended(in->stages[i].status))
			return false;
	}
	return in->n > 0;
}

static bool succeeded(const struct brood__verdict_stage *stage)
{
	return brood__status_counts_as_success(stage->status, stage->ok_codes);
}

/* From the right, since whether a producer is excused depends on its reader. */
static void excuse(const struct brood__verdict_input *in)
{
	bool reader_is_well = false;
	bool last_alone_counts = in->flags & BROOD_VERDICT_LAST;
	bool excuses_sigpipe = !(in->flags & BROOD_VERDICT_STRICT);

	for (size_t i = in->n; i-- > 0;) {
		struct brood_status *status = in->stages[i].status;
		bool by_sigpipe = status->how == BROOD_SIGNALED && status->signal == SIGPIPE;
		bool is_last = i == in->n - 1;
		status->excused = 0;
		if (!succeeded(&in->stages[i])) {
			status->excused = (last_alone_counts && !is_last) ||
					  (excuses_sigpipe && by_sigpipe && reader_is_well);
		}
		reader_is_well = status->excused || succeeded(&in->stages[i]);
	}
}

/* The rightmost stage whose failure counts, or n. */
static size_t failed_stage(const struct brood__verdict_input *in)
{
	for (size_t i = in->n; i-- > 0;) {
		if (!in->stages[i].status->excused && !succeeded(&in->stages[i]))
			return i;
	}
	return in->n;
}

static struct verdict decide_stopped(int stop_reason)
{
	switch (stop_reason) {
	case BROOD__STOP_TIMEOUT:
		return (struct verdict){ BROOD_ETIMEOUT, BROOD_CAUSE_TIMEOUT };
	case BROOD__STOP_CANCEL:
		return (struct verdict){ BROOD_ECANCELED, BROOD_CAUSE_CANCEL };
	case BROOD__STOP_LIMIT:
		return (struct verdict){ BROOD_ELIMIT, BROOD_CAUSE_LIMIT };
	default:
		return (struct verdict){ -EOWNERDEAD, BROOD_CAUSE_GUARD };
	}
}

static struct verdict decide_failed(const struct brood_status *status)
{
	if (status->how == BROOD_LOST)
		return (struct verdict){ BROOD_ELOST, BROOD_CAUSE_LOST };
	if (status->how == BROOD_SIGNALED)
		return (struct verdict){ BROOD_EEXIT, BROOD_CAUSE_SIGNAL };
	return (struct verdict){ BROOD_EEXIT, BROOD_CAUSE_EXIT };
}

static struct verdict decide(const struct brood__verdict_input *in, size_t *ret_stage)
{
	*ret_stage = in->n > 0 ? in->n - 1 : 0;
	if (!all_have_ended(in))
		return (struct verdict){ BROOD_EMISUSE, BROOD_CAUSE_NONE };
	excuse(in);
	if (in->stop_reason != BROOD__STOP_NONE)
		return decide_stopped(in->stop_reason);
	size_t failed = failed_stage(in);
	if (failed < in->n) {
		*ret_stage = failed;
		return decide_failed(in->stages[failed].status);
	}
	if (in->pipe_held)
		return (struct verdict){ BROOD_EWAITDELAY, BROOD_CAUSE_WAIT_DELAY };
	return (struct verdict){ in->pump_error, BROOD_CAUSE_EXIT };
}

int brood__verdict(const struct brood__verdict_input *in, int *ret_cause, size_t *ret_stage)
{
	size_t stage;
	struct verdict verdict = decide(in, &stage);

	if (ret_cause)
		*ret_cause = verdict.cause;
	if (ret_stage)
		*ret_stage = stage;
	return verdict.code;
}
