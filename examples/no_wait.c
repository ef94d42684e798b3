/* SPDX-License-Identifier: MIT */
/*
 * Pitfall: starting a job and never waiting for it.
 *
 * The library has no threads. What moves bytes, keeps limits and reaps is the caller's thread,
 * while it is in a call that waits.
 */

#include <brood/brood.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char state_of(pid_t pid)
{
	char path[64], state = '-';

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	FILE *file = fopen(path, "re");
	if (!file)
		return state;
	if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
		state = '?';
	fclose(file);
	return state;
}

static struct brood_job *start(const char *script, struct brood_options *options)
{
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("sh", "-c", script));
	struct brood_job *job = NULL;

	cmd.out = brood_capture(0, 0);
	return brood_start(&job, &cmd, 1, options, NULL) < 0 ? NULL : job;
}

int main(void)
{
	struct brood_options limited = BROOD_OPTIONS(.timeout = 20 * BROOD_MILLISECOND);
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_status status = BROOD_STATUS_INIT;
	char text[256];
	siginfo_t info;

	/* Nobody reads: a pipe holds 64 KiB, and the child waits until there is room again. */
	struct brood_job *writer = start("exec head -c 1000000 /dev/zero", NULL);
	/* Nobody looks at the clock: the time limit has passed, and the job runs on. */
	struct brood_job *late = start("exec sleep 1000", &limited);
	/* Nobody reaps: it has ended, and stays in the process table. */
	struct brood_job *ended = start("exit 3", NULL);
	if (!writer || !late || !ended)
		return 1;
	poll(NULL, 0, 100); /* something else that takes its time */
	if (waitid(P_PID, (id_t)brood_job_pid(ended), &info, WEXITED | WNOWAIT) < 0)
		return 1;

	brood_job_status(writer, 0, &status);
	printf("unread: %s\n", status.how == BROOD_RUNNING ? "still running" : "ended");
	brood_job_status(late, 0, &status);
	printf("past its limit: %s\n", status.how == BROOD_RUNNING ? "still running" : "ended");
	printf("ended: %s\n", state_of(brood_job_pid(ended)) == 'Z' ? "a zombie" : "gone");

	/* Nothing is lost so far. Waiting, however late, sets it all right. */
	int r = brood_job_wait(writer, BROOD_FOREVER, &result, NULL);
	printf("waited for: %s, %zu bytes\n", brood_code_name(r), result.out.length);
	r = brood_job_wait(late, BROOD_FOREVER, &result, NULL);
	printf("waited for: %s\n", brood_explain(r, &result, NULL, text, sizeof text));
	/* And who does not want to wait says so: the job is killed if it runs, and reaped. */
	pid_t pid = brood_job_pid(ended);
	brood_job_free(ended);
	printf("freed: %s\n", state_of(pid) == '-' ? "gone" : "still there");
	brood_job_free(writer);
	brood_job_free(late);
	brood_result_done(&result);
	return r == BROOD_ETIMEOUT ? 0 : 1;
}
