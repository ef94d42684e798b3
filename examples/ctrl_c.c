/* SPDX-License-Identifier: MIT */
/*
 * Stop everything that a command has started when the user types Ctrl-C.
 *
 * The job gets a process group of its own, so that one signal reaches the shell and what it runs
 * in the background. Such a group does not hear the terminal's Ctrl-C: our handler passes it on.
 */

#include <brood/brood.h>
#include <signal.h>
#include <stdio.h>

static struct brood_job *job;

static void on_interrupt(int signal)
{
	(void)signal;
	/* Made for handlers: it only sends the first stop step and wakes whoever waits. */
	brood_job_stop(job);
}

/* Stands for the user, who types Ctrl-C once the job is up. */
static int type_ctrl_c(void *data, const char *line, size_t length, uint32_t flags)
{
	(void)data;
	(void)flags;
	printf("the job says: %.*s\n", (int)length, line);
	raise(SIGINT);
	return 0;
}

int main(void)
{
	const char *script = "sleep 1000 & echo ready; wait";
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("sh", "-c", script));
	/* The pipe stays open until the last process that holds it has gone: so wait for that. */
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_NEW_GROUP,
		.wait_delay = BROOD_FOREVER);
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	char text[256];

	/* What we catch is default in the child. */
	struct sigaction action = { .sa_handler = on_interrupt };
	if (sigaction(SIGINT, &action, NULL) < 0)
		return 1;

	cmd.out = brood_lines(type_ctrl_c, NULL, 0);
	int r = brood_start(&job, &cmd, 1, &options, &error);
	if (r < 0) {
		fprintf(stderr, "%s\n", brood_explain(r, NULL, &error, text, sizeof text));
		return 1;
	}
	r = brood_job_wait(job, BROOD_FOREVER, &result, &error);
	action.sa_handler = SIG_DFL; /* before the job goes */
	if (sigaction(SIGINT, &action, NULL) < 0)
		return 1;
	printf("%s\n", brood_explain(r, &result, &error, text, sizeof text));
	printf("and nothing of it holds its output any more\n");

	brood_job_free(job);
	brood_result_done(&result);
	return r == BROOD_ECANCELED ? 0 : 1;
}
