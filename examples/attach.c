/* SPDX-License-Identifier: MIT */
/*
 * Attaching to a process that runs already and is no child of ours: all we have is its number. It
 * is waited for by its descriptor, and its exit status read. Without a number there is one of
 * somebody else's to try it with, which is stopped.
 *
 *	attach [PID]
 */
#include <brood/brood.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static int fail(int r, const struct brood_error *error)
{
	char text[256];
	fprintf(stderr, "attach: %s\n", brood_explain(r, NULL, error, text, sizeof text));
	return r == -ENOSYS ? 77 : 1;
}

/* A child of another program's, which says its number. */
static pid_t have_one_started(struct brood_job **ret_parent)
{
	static const char script[] =
		"sleep 60 >&- 2>&- & trap 'kill $!; exit 7' TERM; echo $$; wait";
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(
						 "sh", "-c", "sh -c \"$0\" & exec cat", script),
		.in = brood_pipe(), .out = brood_pipe());
	char line[32] = "";
	if (brood_start(ret_parent, &cmd, 1, NULL, NULL) < 0 ||
		brood_job_read(*ret_parent, 0, 1, line, sizeof line - 1) <= 0)
		exit(1);
	return (pid_t)strtol(line, NULL, 10);
}

int main(int argc, char **argv)
{
	struct brood_job *parent = NULL;
	struct brood_process *process;
	struct brood_info info = BROOD_INFO_INIT;
	struct brood_status status = BROOD_STATUS_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	char text[256];
	pid_t pid = argc > 1 ? (pid_t)strtol(argv[1], NULL, 10) : have_one_started(&parent);

	int r = brood_process_open(&process, pid, &error);
	if (r < 0)
		return fail(r, &error);
	r = brood_process_info(process, &info, &error);
	brood_process_free(process);
	if (r < 0)
		return fail(r, &error);
	printf("it is a %s\n", info.name);

	/* Later: the number alone could be another one's by now, with its start it cannot. */
	r = brood_process_open_started(&process, pid, info.start_ticks, &error);
	if (r < 0)
		return fail(r, &error);
	if (parent)
		brood_process_signal(process, SIGTERM);

	/* Its descriptor fits into any event loop; brood_process_wait() alone would do as well. */
	struct pollfd end = { .fd = brood_process_pidfd(process), .events = POLLIN };
	while (poll(&end, 1, -1) < 0)
		;
	r = brood_process_wait(process, BROOD_FOREVER, &status, &error);
	brood_status_text(&status, text, sizeof text);
	printf("%s\n", r == BROOD_ELOST ? "it has ended; its parent alone knows how" : text);
	brood_process_free(process);
	brood_job_free(parent);
	return r == BROOD_ELOST ? 77 : r < 0;
}
