/* SPDX-License-Identifier: MIT */
#include "sh/builtins/list.h"
#include "sh/jobs.h"
#include "sh/traps.h"

#include <limits.h>

/* Waits until it is over, or, of a job that can be, stopped. Returns 0, or the signal whose trap is
   due. */
static int wait_for(struct shell *sh, const struct sh_job *job)
{
	for (;;) {
		jobs_poll(sh);
		if (job->state == JOB_DONE || (job->state == JOB_STOPPED && jobs_have_groups(sh)))
			return 0;
		int signal = traps_wait(sh, true);
		if (signal != 0)
			return signal;
	}
}

static int wait_for_all(struct shell *sh)
{
	struct jobs *jobs = jobs_of(sh);

	for (size_t i = 0; i < jobs->n; i++) {
		if (jobs->items[i]->is_foreign)
			continue;
		int signal = wait_for(sh, jobs->items[i]);
		if (signal != 0)
			return 128 + signal;
	}
	for (size_t i = jobs->n; i-- > 0;) {
		if (jobs->items[i]->state == JOB_DONE)
			jobs_remove(sh, jobs->items[i]);
	}
	return 0;
}

/* The status of one process of it: that of its last one is the job's. */
static int status_of(const struct shell *sh, const struct sh_job *job, pid_t pid)
{
	for (size_t i = 0; i + 1 < job->n; i++) {
		if (job->stages[i].pid == pid)
			return job->stages[i].status;
	}
	return stages_status(sh, job->stages, job->n);
}

static int wait_for_operand(struct shell *sh, const char *word, int *ret_signal)
{
	struct sh_job *job;
	long pid = 0;

	if (word[0] == '%') {
		job = jobs_find(sh, word);
	} else {
		if (builtin_number(word, 1, INT_MAX, &pid) < 0)
			return builtin_usage_at(
				sh, word, "%s: is no process id", *word ? word : "\"\"");
		job = jobs_of_pid(sh, (pid_t)pid);
	}
	if (!job || job->is_foreign)
		return 127;
	*ret_signal = wait_for(sh, job);
	if (*ret_signal != 0)
		return 128 + *ret_signal;
	int status = status_of(sh, job, (pid_t)pid);
	if (job->state == JOB_DONE)
		jobs_remove(sh, job);
	return status;
}

int builtin_wait(struct shell *sh, int argc, char **argv, enum control *control)
{
	struct builtin_options options = { .next = 1 };
	int status = 0, signal = 0;

	(void)control;
	if (builtin_option(sh, argc, argv, "", &options) == '?')
		return 2;
	/* So that we hear of ends from now on. */
	jobs_poll(sh);
	if (options.next == argc)
		return wait_for_all(sh);
	for (int i = options.next; i < argc && signal == 0; i++)
		status = wait_for_operand(sh, argv[i], &signal);
	return status;
}
