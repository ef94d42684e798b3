/* SPDX-License-Identifier: MIT */
/*
 * Further descriptors: a writer and a reader that run at once and share a pipe beside their
 * standard streams, each by a number of its own. Neither gets more than that, though nothing here
 * is close-on-exec; so the reader sees the end when the writer is done.
 */

#include <brood/brood.h>
#include <stdio.h>
#include <unistd.h>

static int wait_for(struct brood_job *job)
{
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	char text[256];

	int r = brood_job_wait(job, BROOD_FOREVER, &result, &error);
	if (r < 0)
		fprintf(stderr, "%s\n", brood_explain(r, &result, &error, text, sizeof text));
	brood_result_done(&result);
	brood_job_free(job);
	return r;
}

int main(void)
{
	int ends[2];
	if (pipe(ends) < 0) /* NOLINT(android-cloexec-pipe) */
		return 1;
	const struct brood_fd_map writing[] = { { .parent_fd = ends[1], .child_fd = 5 } };
	const struct brood_fd_map reading[] = { { .parent_fd = ends[0], .child_fd = 3 } };
	struct brood_cmd writer = BROOD_CMD(.argv = BROOD_ARGV(
						    "sh", "-c", "seq 100000 >&5; echo last >&5"),
		.fds = writing, .n_fds = 1);
	struct brood_cmd reader = BROOD_CMD(.argv = BROOD_ARGV("sh", "-c", "cat <&3 | tail -n 2"),
		.fds = reading, .n_fds = 1);
	struct brood_job *jobs[2] = { NULL, NULL };
	struct brood_error error = BROOD_ERROR_INIT;
	char text[256];

	int r = brood_start(&jobs[0], &writer, 1, NULL, &error);
	if (r == 0)
		r = brood_start(&jobs[1], &reader, 1, NULL, &error);
	/* Ours; the reader would wait for us too. */
	close(ends[0]);
	close(ends[1]);
	if (r < 0) {
		fprintf(stderr, "%s\n", brood_explain(r, NULL, &error, text, sizeof text));
		brood_job_free(jobs[0]);
		return 1;
	}
	int wrote = wait_for(jobs[0]);
	int read = wait_for(jobs[1]);
	return wrote < 0 || read < 0;
}
