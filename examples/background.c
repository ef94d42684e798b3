/* SPDX-License-Identifier: MIT */
/*
 * Start a program, do other work, wait for it.
 *
 * The library has no threads: while nobody waits, the kernel's pipe (64 KiB) holds what the child
 * writes, and a longer output makes the child wait for us; nothing is lost.
 */

#include <brood/brood.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("sh", "-c",
						 "read -r word; echo \"the word was $word\""));
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_job *job;
	char text[256];

	cmd.in = brood_pipe();
	cmd.out = brood_capture(0, 0);
	int r = brood_start(&job, &cmd, 1, NULL, &error);
	if (r < 0) {
		fprintf(stderr, "%s\n", brood_explain(r, NULL, &error, text, sizeof text));
		return 1;
	}
	/* A pipe that was taken is ours: the wait below will not close it. */
	int input = brood_job_take_fd(job, 0, 0);
	if (input < 0)
		return 1;

	/* A timeout of 0: only look. The job goes on. */
	r = brood_job_wait(job, 0, &result, &error);
	printf("%s\n", r == -ETIME ? "it is still running" : "it has ended already?");

	int sum = 0;
	for (int i = 1; i <= 100; i++)
		sum += i;
	printf("meanwhile: the sum is %d\n", sum);

	if (write(input, "brood\n", 6) != 6)
		return 1;
	close(input);

	r = brood_job_wait(job, BROOD_FOREVER, &result, &error);
	if (r < 0)
		fprintf(stderr, "%s\n", brood_explain(r, &result, &error, text, sizeof text));
	else
		printf("%s", result.out.data);
	brood_job_free(job);
	brood_result_done(&result);
	return r < 0 ? 1 : 0;
}
