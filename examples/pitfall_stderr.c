/* SPDX-License-Identifier: MIT */
/*
 * Pitfall: a standard error that fills up.
 *
 * A pipe holds 64 KiB. A program that reads one stream to its end before it looks at the other
 * waits for a child that waits for it, as soon as the other stream gets more than that.
 */

#include <brood/brood.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	const char *script = "head -c 1000000 /dev/zero >&2; echo the result";
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("sh", "-c", script));
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_job *job;

	/* The pitfall: wait for the result while nobody reads standard error. */
	cmd.out = brood_pipe();
	cmd.err = brood_pipe();
	if (brood_start(&job, &cmd, 1, NULL, NULL) < 0)
		return 1;
	struct pollfd out = { .fd = brood_job_take_fd(job, 0, 1), .events = POLLIN };
	printf("by hand: %s\n", poll(&out, 1, 100) == 0 ? "nothing comes, it is stuck" : "it came");
	close(out.fd);
	brood_job_free(job); /* kills it */

	/* Prevented, 1: streams that the job moves are all moved at the same time. */
	cmd.out = brood_capture(0, 0);
	cmd.err = brood_capture(0, 0);
	int r = brood_run(&cmd, NULL, &result, NULL);
	printf("captured: %s, %zu bytes of standard error, %s", brood_code_name(r),
		result.err.length, r == 0 ? result.out.data : "\n");

	/* Prevented, 2: the same while standard output is read by hand. */
	char line[64];
	cmd.out = brood_pipe();
	if (brood_start(&job, &cmd, 1, NULL, NULL) < 0)
		return 1;
	ssize_t n = brood_job_read(job, 0, 1, line, sizeof line);
	printf("read by hand: %.*s", n > 0 ? (int)n : 0, line);
	r = brood_job_wait(job, BROOD_FOREVER, &result, NULL);
	brood_job_free(job);
	if (r < 0)
		return 1;

	/* Prevented, 3: and with a limit, so that a child cannot fill our memory either. */
	cmd.out = brood_capture(0, 0);
	cmd.err = brood_capture(1024, 0);
	r = brood_run(&cmd, NULL, &result, NULL);
	printf("with a limit: %zu bytes kept, %llu left out\n", result.err.length,
		(unsigned long long)result.err.omitted);
	brood_result_done(&result);
	return r < 0 ? 1 : 0;
}
