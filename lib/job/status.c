/* SPDX-License-Identifier: MIT */
/* Questions to a status, and the end of a result. */

#include "base/size.h"
#include "base/strings.h"

#include <brood/cmd.h>
#include <brood/status.h>
#include <stdlib.h>
#include <string.h>

bool brood_status_is_success(const struct brood_status *status)
{
	return status && status->how == BROOD_EXITED && status->exit_code == 0;
}

static void add_signal(struct brood__text *t, int number)
{
	const char *name = brood_signal_name(number);

	if (name) {
		brood__text_add(t, name);
	} else {
		brood__text_add(t, "signal ");
		brood__text_add_int(t, number);
	}
}

static void describe(struct brood__text *t, const struct brood_status *status)
{
	switch (status->how) {
	case BROOD_RUNNING:
		brood__text_add(t, "running");
		break;
	case BROOD_EXITED:
		brood__text_add(t, "exit code ");
		brood__text_add_int(t, status->exit_code);
		break;
	case BROOD_SIGNALED:
		brood__text_add(t, "killed by ");
		add_signal(t, status->signal);
		if (status->core_dumped)
			brood__text_add(t, " (core dumped)");
		break;
	case BROOD_LOST:
		brood__text_add(t, "ended, but its status is lost");
		break;
	case BROOD_NOT_STARTED:
		brood__text_add(t, "not started");
		break;
	case BROOD_STOPPED:
		brood__text_add(t, "stopped");
		if (status->signal > 0) {
			brood__text_add(t, " by ");
			add_signal(t, status->signal);
		}
		break;
	default:
		brood__text_add(t, "unknown status");
	}
}

size_t brood_status_text(const struct brood_status *status, char *text, size_t size)
{
	struct brood__text t = brood__text_over(text, size);

	if (status)
		describe(&t, status);
	else
		brood__text_add(&t, "no status");
	return t.length;
}

void brood_result_done(struct brood_result *result)
{
	if (!result || result->size == 0)
		return;
	uint32_t notes = BROOD__STRUCT_HOLDS(result, notes) ? result->notes : 0;
	if (BROOD__STRUCT_HOLDS(result, out.data) && !(notes & BROOD_NOTE_OUT_BORROWED))
		free(result->out.data);
	if (BROOD__STRUCT_HOLDS(result, err.data) && !(notes & BROOD_NOTE_ERR_BORROWED))
		free(result->err.data);
	if (BROOD__STRUCT_HOLDS(result, all.data))
		free(result->all.data);
	if (BROOD__STRUCT_HOLDS(result, stages))
		free(result->stages);
	size_t size = result->size;
	memset(result, 0, size < sizeof *result ? size : sizeof *result);
	result->size = size;
}
