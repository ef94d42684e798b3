/* SPDX-License-Identifier: MIT */
/*
 * Pitfall: a standard input that never ends.
 *
 * Many programs read until the end of their input. If the other end of the pipe stays open, by
 * mistake or in some other child, both sides wait for ever.
 */

#include <brood/brood.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	struct brood_cmd cat = BROOD_CMD(.argv = BROOD_ARGV("cat"));
	struct brood_job *job;

	/* The pitfall: a pipe in our own hands that we forget to close. */
	cat.in = brood_pipe();
	if (brood_start(&job, &cat, 1, NULL, NULL) < 0)
		return 1;
	int input = brood_job_take_fd(job, 0, 0);
	if (input < 0)
		return 1;
	int r = brood_job_wait(job, 50 * BROOD_MILLISECOND, NULL, NULL);
	printf("pipe taken and left open: %s\n", r == -ETIME ? "it waits for ever" : "it ended");
	close(input);
	r = brood_job_wait(job, BROOD_FOREVER, NULL, NULL);
	printf("pipe taken and closed: %s\n", brood_code_name(r));
	brood_job_free(job);

	/* Prevented, 1: a pipe that was not taken is closed by the wait, forgotten or not. */
	cat.in = brood_pipe();
	if (brood_start(&job, &cat, 1, NULL, NULL) < 0)
		return 1;
	r = brood_job_wait(job, BROOD_FOREVER, NULL, NULL);
	printf("pipe left to the job: %s\n", brood_code_name(r));
	brood_job_free(job);

	/* Prevented, 2: without a word about its input, a child reads from /dev/null. */
	struct brood_cmd silent = BROOD_CMD(.argv = BROOD_ARGV("cat"));
	r = brood_run(&silent, NULL, NULL, NULL);
	printf("nothing said: %s\n", brood_code_name(r));

	/* Prevented, 3: a child gets only the descriptors that its command names, so a second child
	 * cannot hold the first one's pipe open. */
	struct brood_job *other;
	cat.in = brood_pipe();
	if (brood_start(&job, &cat, 1, NULL, NULL) < 0 ||
		brood_start(&other, &cat, 1, NULL, NULL) < 0)
		return 1;
	r = brood_job_wait(job, BROOD_FOREVER, NULL, NULL);
	printf("beside another child: %s\n", brood_code_name(r));
	brood_job_free(job);
	r = brood_job_wait(other, BROOD_FOREVER, NULL, NULL);
	brood_job_free(other);
	return r < 0 ? 1 : 0;
}
