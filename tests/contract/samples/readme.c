/* SPDX-License-Identifier: MIT */
#include <brood/brood.h>
#include <stdio.h>

/* Called for each line at the moment it comes. */
static int on_line(void *data, const char *line, size_t length, uint32_t flags)
{
	int *count = data;

	(void)flags;
	printf("%d: %.*s\n", ++*count, (int)length, line);
	return 0;
}

int main(void)
{
	/* A command is a plain struct: what to run, and what it gets. Zero is every default. */
	struct brood_cmd sort = BROOD_CMD(.argv = BROOD_ARGV("sort", "-u"), .dir = "/");
	sort.env_edit = BROOD_ARGV("LC_ALL=C", "DISPLAY");
	sort.in = brood_text("pear\napple\npear\n");

	/* Options say how. Past the limit it gets SIGTERM, and SIGKILL if that is not enough. */
	struct brood_options options = BROOD_OPTIONS(.timeout = 5 * BROOD_SECOND);
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	char text[256];

	/* One call starts it, feeds it, reads it, limits it and waits for it. */
	int r = brood_output(&sort, &options, &result, &error);
	if (r < 0) {
		fprintf(stderr, "%s\n", brood_explain(r, &result, &error, text, sizeof text));
		return 1;
	}
	printf("%s", result.out.data);

	/* Each stream leads where you say: a file, memory, a function, a pipe of your own, ... */
	struct brood_cmd list = BROOD_CMD(.argv = BROOD_ARGV("printf", "one\\ntwo\\n"));
	int count = 0;
	list.out = brood_lines(on_line, &count, 0);
	list.err = brood_null();

	/* The long way: start, do something else, wait. */
	struct brood_job *job;
	r = brood_start(&job, &list, 1, &options, &error);
	if (r < 0)
		return 1;
	r = brood_job_wait(job, BROOD_FOREVER, &result, &error);
	printf("exit code %d\n", result.stages[0].exit_code);
	brood_job_free(job);
	brood_result_done(&result);
	return r < 0 ? 1 : 0;
}
