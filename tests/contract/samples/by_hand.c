/* SPDX-License-Identifier: MIT */
/* The long way: start, write, read, wait, free. */
#include <brood/brood.h>
#include <string.h>

int main(void)
{
	static char *const argv[] = { "cat", NULL };
	struct brood_cmd cmd = BROOD_CMD_INIT;
	struct brood_job *job = NULL;
	struct brood_error error = BROOD_ERROR_INIT;
	char text[6] = "";
	size_t got = 0;
	ssize_t n;

	cmd.argv = argv;
	cmd.in = brood_pipe();
	cmd.out = brood_pipe();
	if (brood_start(&job, &cmd, 1, NULL, &error) != 0)
		return 1;
	if (brood_job_write(job, 0, 0, "hello", 5) != 5 || brood_job_close(job, 0, 0) != 0)
		return 2;
	while ((n = brood_job_read(job, 0, 1, text + got, sizeof text - got)) > 0)
		got += (size_t)n;
	if (n != 0 || got != 5 || memcmp(text, "hello", 5) != 0)
		return 3;
	if (brood_job_wait(job, BROOD_FOREVER, NULL, &error) != 0)
		return 4;
	brood_job_free(job);
	return 0;
}
