/* SPDX-License-Identifier: MIT */
/*
 * echo hello | grep h
 *
 * By hand first: two jobs, and the pipe between them in our own hands. Then as a pipeline, where
 * one call does all of it: the pipe, the two statuses, one time limit, no stage left behind.
 */

#include <brood/brood.h>
#include <stdio.h>
#include <unistd.h>

static int by_hand(struct brood_result *result, struct brood_error *error)
{
	struct brood_cmd echo = BROOD_CMD(.argv = BROOD_ARGV("echo", "hello"), .out = brood_pipe());
	struct brood_cmd grep = BROOD_CMD(.argv = BROOD_ARGV("grep", "h"),
		.out = brood_capture(0, 0));
	struct brood_job *first, *second;

	int r = brood_start(&first, &echo, 1, NULL, error);
	if (r < 0)
		return r;
	/* Our end of the pipe becomes the standard input of the next one. */
	int pipe_fd = brood_job_take_fd(first, 0, 1);
	grep.in = brood_fd(pipe_fd);
	r = brood_start(&second, &grep, 1, NULL, error);
	/* grep has its own copy. As long as we kept ours, echo would not learn that grep has gone.
	 */
	close(pipe_fd);
	if (r == 0) {
		r = brood_job_wait(second, BROOD_FOREVER, result, error);
		brood_job_free(second);
	}
	int first_r = brood_job_wait(first, BROOD_FOREVER, NULL, r < 0 ? NULL : error);
	brood_job_free(first);
	return r < 0 ? r : first_r;
}

static int as_pipeline(struct brood_result *result, struct brood_error *error)
{
	struct brood_cmd stages[] = {
		BROOD_CMD(.argv = BROOD_ARGV("echo", "hello")),
		BROOD_CMD(.argv = BROOD_ARGV("grep", "h"), .out = brood_capture(0, 0)),
	};
	return brood_pipeline(stages, 2, NULL, result, error);
}

static int show(const char *way, int r, struct brood_result *result, struct brood_error *error)
{
	char text[256];

	if (r < 0)
		printf("%s: %s\n", way, brood_explain(r, result, error, text, sizeof text));
	else
		printf("%s: %s", way, result->out.data);
	brood_result_done(result);
	return r;
}

int main(void)
{
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;

	int r = show("by hand", by_hand(&result, &error), &result, &error);
	if (r < 0)
		return 1;
	return show("as a pipeline", as_pipeline(&result, &error), &result, &error) < 0 ? 1 : 0;
}
