/* SPDX-License-Identifier: MIT */
/*
 * The low-level start, as os.StartProcess and syscall.ForkExec of Go have it: a path that is not
 * looked up, the arguments and the environment as they are, descriptors by their numbers, also
 * those that happen not to be close-on-exec, and a process to wait for instead of a job.
 */

#include <brood/brood.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	int script = open("script", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (script < 0 || write(script, "echo $0 $HOME\n", 14) != 14 ||
		lseek(script, 0, SEEK_SET)) {
		perror("script");
		return 1;
	}
	int kept = dup(1); /* not close-on-exec; NOLINT(android-cloexec-dup) */

	/* os.ProcAttr{Dir: "/", Env: env, Files: []*os.File{script, os.Stdout, nil}} */
	struct brood_cmd cmd = BROOD_CMD(.path = "/bin/sh", .argv = BROOD_ARGV("minus", "-s"),
		.dir = "/", .env = BROOD_ARGV("HOME=/nowhere"), .in = brood_fd(script),
		.out = brood_fd(1), .err = brood_fd(-1), .flags = BROOD_KEEP_FDS);
	struct brood_job *job;
	struct brood_process *process;
	struct brood_status status = BROOD_STATUS_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	char text[256];

	int r = brood_start(&job, &cmd, 1, NULL, &error);
	if (r == 0) {
		r = brood_job_process(job, 0, &process, &error);
		if (r == 0)
			r = brood_process_wait(process, BROOD_FOREVER, &status, &error);
		if (r == 0)
			brood_process_free(process);
		brood_job_free(job);
	}
	close(script);
	close(kept);
	if (r < 0) {
		fprintf(stderr, "%s\n", brood_explain(r, NULL, &error, text, sizeof text));
		return 1;
	}
	brood_status_text(&status, text, sizeof text);
	printf("%s\n", text);
	return 0;
}
