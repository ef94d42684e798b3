/* SPDX-License-Identifier: MIT */
/*
 * Attaching to a process that runs already and is no child of ours: a shell has left one in the
 * background, and all we have is its number, and when it was started. It is waited for by its
 * descriptor, stopped, and its exit status read.
 */
#include <brood/brood.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

/* Takes the number of a process from what a shell says. */
static pid_t leave_one_behind(void)
{
	struct brood_result result = BROOD_RESULT_INIT;
	static const char script[] = "sleep 60 >&- 2>&- & trap 'kill $!; exit 7' TERM; echo $$; "
				     "exec >&- 2>&-; wait";
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("sh", "-c", "sh -c \"$0\" &", script));
	if (brood_output(&cmd, NULL, &result, NULL) < 0)
		exit(1);
	pid_t pid = (pid_t)strtol(result.out.data, NULL, 10);
	brood_result_done(&result);
	return pid;
}

int main(void)
{
	struct brood_process *process;
	struct brood_info info = BROOD_INFO_INIT;
	struct brood_status status = BROOD_STATUS_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	char text[256];
	pid_t pid = leave_one_behind();

	int r = brood_process_open(&process, pid, &error);
	if (r < 0) {
		fprintf(stderr, "%s\n", brood_explain(r, NULL, &error, text, sizeof text));
		return r == -ENOSYS ? 77 : 1;
	}
	if (brood_process_info(process, &info, &error) < 0)
		return 1;
	printf("it is a %s\n", info.name);
	brood_process_free(process);

	/* Later: the number alone could be another one's by now, with its start it cannot. */
	if (brood_process_open_started(&process, pid, info.start_ticks, &error) < 0)
		return 1;
	brood_process_signal(process, SIGTERM);

	/* Its descriptor fits into any event loop; brood_process_wait() alone would do as well. */
	struct pollfd end = { .fd = brood_process_pidfd(process), .events = POLLIN };
	while (poll(&end, 1, -1) < 0)
		;
	r = brood_process_wait(process, BROOD_FOREVER, &status, &error);
	brood_status_text(&status, text, sizeof text);
	printf("%s\n", r == BROOD_ELOST ? "it has ended; its parent alone knows how" : text);
	brood_process_free(process);
	return 0;
}
