/* SPDX-License-Identifier: MIT */
/* A child that lingers, held twice: by its number and beside its job. Looked at, killed, waited for
 * by the handle and then by the job. */
#include "probe.h"

#include <errno.h>
#include <signal.h>

/* For calls that fill no error. */
static int without_error(int code, int step, struct brood_error *error)
{
	if (code < 0)
		*error = (struct brood_error){
			.code = code, .os_errno = -code, .step = (uint16_t)step
		};
	return code;
}

static int look(struct brood_process *process, pid_t pid, struct brood_error *error)
{
	struct brood_info info = BROOD_INFO_INIT;
	struct brood_process *same = NULL;
	char text[512];
	pid_t children[4];
	int r = brood_process_info(process, &info, error);
	if (r < 0)
		return r;
	if (info.pid != pid || info.start_ticks == 0)
		return 1;
	/* What they are is another test's: the program may still be being loaded. */
	ssize_t n = brood_process_arguments(process, text, sizeof text, error);
	if (n < 0)
		return (int)n;
	n = brood_process_children(process, children, 4, error);
	if (n != 0)
		return n < 0 ? (int)n : 1;
	r = brood_process_open_started(&same, pid, info.start_ticks, error);
	brood_process_free(same);
	return r;
}

static int end(struct brood_process *process, struct brood_process *held, struct brood_error *error)
{
	struct brood_status status = BROOD_STATUS_INIT;
	int r = without_error(brood_process_signal(process, SIGKILL), BROOD_STEP_SIGNAL, error);
	if (r == 0)
		r = brood_process_wait(held, BROOD_FOREVER, &status, error);
	if (r == 0 && (status.how != BROOD_SIGNALED || status.signal != SIGKILL))
		r = 1;
	return r;
}

static int hold(struct brood_job *job, struct brood_error *error)
{
	struct brood_process *held = NULL;
	struct brood_process *process = NULL;
	pid_t pid = brood_job_pid(job);
	int r = brood_job_process(job, 0, &held, error);
	if (r == 0)
		r = brood_process_open(&process, pid, error);
	if (r == 0)
		r = look(process, pid, error);
	if (r == 0)
		r = end(process, held, error);
	brood_process_free(process);
	brood_process_free(held);
	return r;
}

static int process(const char *child, struct brood_result *result, struct brood_error *error)
{
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(child, "linger"));
	struct brood_job *job = NULL;
	int code = brood_start(&job, &cmd, 1, NULL, error);
	if (code < 0)
		return code;
	code = hold(job, error);
	if (code == 0)
		code = brood_job_wait(job, BROOD_FOREVER, result, error);
	if (code == BROOD_EEXIT && result->stages[0].signal == SIGKILL)
		code = 0;
	brood_job_free(job);
	return code;
}

int main(int argc, char **argv)
{
	return probe_main(
		&(struct probe){ .call = process, .how = BROOD_SIGNALED, .runs_others = true },
		argc, argv);
}
