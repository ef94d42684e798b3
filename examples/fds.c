/* SPDX-License-Identifier: MIT */
/*
 * Further descriptors: a writer and a reader that share a pipe beside their standard streams, each
 * by a number of its own. Neither gets more than that, though nothing here is close-on-exec; so the
 * reader sees the end when the writer is done.
 */

#include <brood/brood.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	int ends[2];
	if (pipe(ends) < 0) /* NOLINT(android-cloexec-pipe) */
		return 1;
	const struct brood_fd_map writing[] = { { .parent_fd = ends[1], .child_fd = 5 } };
	const struct brood_fd_map reading[] = { { .parent_fd = ends[0], .child_fd = 3 } };
	struct brood_cmd writer =
		BROOD_CMD(.argv = BROOD_ARGV(
				  "sh", "-c", "echo one >&5; echo to everybody; echo two >&5"),
			.fds = writing, .n_fds = 1);
	struct brood_cmd reader =
		BROOD_CMD(.argv = BROOD_ARGV("sh", "-c",
				  "while read -r line <&3; do echo \"got $line\"; done"),
			.fds = reading, .n_fds = 1);
	struct brood_job *job = NULL;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	char text[256];

	int r = brood_run(&writer, NULL, &result, &error);
	close(ends[1]); /* ours; the reader would wait for us too */
	if (r == 0)
		r = brood_start(&job, &reader, 1, NULL, &error);
	close(ends[0]);
	if (r == 0)
		r = brood_job_wait(job, BROOD_FOREVER, &result, &error);
	if (r < 0)
		fprintf(stderr, "%s\n", brood_explain(r, &result, &error, text, sizeof text));
	brood_result_done(&result);
	brood_job_free(job);
	return r < 0;
}
