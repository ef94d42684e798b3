/* SPDX-License-Identifier: MIT */
/* What a process is, what it has used, what it was started as, and its children. */
#include <brood/brood.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Each argument ends with a NUL. */
static void show_arguments(const char *text, size_t length)
{
	for (size_t at = 0; at < length; at += strlen(text + at) + 1)
		printf(" [%s]", text + at);
	printf("\n");
}

static int show(struct brood_process *process, struct brood_error *error)
{
	struct brood_info info = BROOD_INFO_INIT;
	char text[512];
	pid_t children[16];
	ssize_t length = 0;
	ssize_t n = 0;

	int r = brood_process_info(process, &info, error);
	if (r == 0)
		r = (int)(length = brood_process_arguments(process, text, sizeof text, error));
	if (r >= 0)
		r = (int)(n = brood_process_children(process, children, 16, error));
	if (r < 0)
		return r;
	printf("%s:", info.name);
	show_arguments(text, (size_t)length < sizeof text ? (size_t)length : sizeof text);
	printf("a child of %s, with %zd of its own\n", info.ppid == getpid() ? "mine" : "others",
		n);
	printf("threads: %lu, memory: %s\n", (unsigned long)info.threads,
		info.memory > 0 && info.memory <= info.peak_memory ? "some" : "none");
	printf("started %s, processor time %s\n", info.started_at_ns > 0 ? "since 1970" : "before",
		info.user_ns + info.system_ns < BROOD_MINUTE ? "under a minute" : "much");
	return 0;
}

int main(void)
{
	struct brood_job *job;
	struct brood_process *process;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_NEW_GROUP);
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("sh", "-c", "sleep 20 & echo; wait"),
		.out = brood_pipe());
	char text[256];
	char byte;

	if (brood_start(&job, &cmd, 1, &options, NULL) < 0)
		return 1;
	/* Its child is there once it has said so. */
	if (brood_job_read(job, 0, 1, &byte, 1) != 1)
		return 1;
	int r = brood_process_open(&process, brood_job_pid(job), &error);
	if (r == 0) {
		r = show(process, &error);
		brood_process_free(process);
	}
	if (r < 0)
		fprintf(stderr, "%s\n", brood_explain(r, NULL, &error, text, sizeof text));
	brood_job_free(job);
	return r < 0;
}
