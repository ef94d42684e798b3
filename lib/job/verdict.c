/* SPDX-License-Identifier: MIT */
/* Which of several truths about an ended job is told. */

#include "job/verdict.h"

#include <brood/error.h>
#include <errno.h>

struct verdict {
	int code;
	int cause;
};

bool brood__status_counts_as_success(
	const struct brood_status *status, const uint8_t *ok_codes, size_t n_ok_codes)
{
	if (status->how != BROOD_EXITED)
		return false;
	if (!ok_codes)
		return status->exit_code == 0;
	for (size_t i = 0; i < n_ok_codes; i++) {
		if (ok_codes[i] == status->exit_code)
			return true;
	}
	return false;
}

static bool has_ended(const struct brood_status *status)
{
	return status->how == BROOD_EXITED || status->how == BROOD_SIGNALED ||
	       status->how == BROOD_LOST;
}

static struct verdict decide(const struct brood__verdict_input *in)
{
	const struct brood_status *status = in->status;

	if (!has_ended(status))
		return (struct verdict){ BROOD_EMISUSE, BROOD_CAUSE_NONE };
	if (in->stop_reason == BROOD__STOP_TIMEOUT)
		return (struct verdict){ BROOD_ETIMEOUT, BROOD_CAUSE_TIMEOUT };
	if (in->stop_reason == BROOD__STOP_CANCEL)
		return (struct verdict){ BROOD_ECANCELED, BROOD_CAUSE_CANCEL };
	if (in->stop_reason == BROOD__STOP_LIMIT)
		return (struct verdict){ BROOD_ELIMIT, BROOD_CAUSE_LIMIT };
	if (in->stop_reason == BROOD__STOP_GUARD)
		return (struct verdict){ -EOWNERDEAD, BROOD_CAUSE_GUARD };
	if (status->how == BROOD_LOST)
		return (struct verdict){ BROOD_ELOST, BROOD_CAUSE_LOST };
	if (status->how == BROOD_SIGNALED)
		return (struct verdict){ BROOD_EEXIT, BROOD_CAUSE_SIGNAL };
	if (!brood__status_counts_as_success(status, in->ok_codes, in->n_ok_codes))
		return (struct verdict){ BROOD_EEXIT, BROOD_CAUSE_EXIT };
	if (in->pipe_held)
		return (struct verdict){ BROOD_EWAITDELAY, BROOD_CAUSE_WAIT_DELAY };
	return (struct verdict){ in->pump_error, BROOD_CAUSE_EXIT };
}

int brood__verdict(const struct brood__verdict_input *in, int *ret_cause)
{
	struct verdict verdict = decide(in);

	if (ret_cause)
		*ret_cause = verdict.cause;
	return verdict.code;
}
