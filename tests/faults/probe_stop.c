/* SPDX-License-Identifier: MIT */
/* A program that is written to and read from by hand, signalled, and stopped. */
#include "probe.h"

#include <signal.h>

static int stop(const char *child, struct brood_result *result, struct brood_error *error)
{
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(child, "linger"));
	struct brood_stop steps[] = { { .signal = SIGUSR1, .grace = 10 * BROOD_SECOND } };
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_NEW_GROUP, .stop = steps,
		.n_stop = 1);
	struct brood_job *job = NULL;
	int code = brood_start(&job, &cmd, 1, &options, error);
	if (code < 0)
		return code;
	code = brood_job_stop(job);
	if (code < 0) {
		error->code = code;
		error->os_errno = -code;
		error->step = BROOD_STEP_SIGNAL;
	} else {
		code = brood_job_wait(job, BROOD_FOREVER, result, error);
	}
	brood_job_free(job);
	if (code == BROOD_ECANCELED)
		code = result->stages[0].how == BROOD_SIGNALED &&
				       result->stages[0].signal == SIGUSR1
			       ? 0
			       : BROOD_EEXIT;
	return code;
}

int main(int argc, char **argv)
{
	return probe_main(&(struct probe){ .call = stop, .how = BROOD_SIGNALED }, argc, argv);
}
