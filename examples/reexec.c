/* SPDX-License-Identifier: MIT */
/*
 * A launcher that updates itself: at SIGHUP it executes the program that is on disk by then, as the
 * same process, with the PID file held all the time. At SIGTERM it removes the file and ends.
 */

#include <brood/brood.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#define PID_FILE "launcher.pid"

static const char version[] = "version 1";

static int fail(int r, const struct brood_error *error)
{
	char text[512];
	fprintf(stderr, "%s: %s\n", version, brood_explain(r, NULL, error, text, sizeof text));
	return 1;
}

int main(void)
{
	struct brood_pid_file *file;
	pid_t holder = 0;
	struct brood_error error = BROOD_ERROR_INIT;
	const char *kept = getenv("LAUNCHER_PID_FD");
	sigset_t signals;
	int signal = 0;

	/* Blocked over the change, so that none is lost, and none kills who is not ready yet. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
		return 1;

	int r = kept ? brood_pid_file_adopt(&file, PID_FILE, (int)strtol(kept, NULL, 10), &error)
		     : brood_pid_file_create(&file, PID_FILE, 0, &holder, &error);
	if (r < 0 && holder > 0)
		fprintf(stderr, "%s: %d runs already\n", version, (int)holder);
	if (r < 0)
		return fail(r, &error);
	printf("%s\n", version);
	fflush(stdout);

	while (signal != SIGTERM) {
		if (sigwait(&signals, &signal) != 0)
			return 1;
		if (signal != SIGHUP)
			continue;
		char number[16];
		int fd = brood_pid_file_fd(file);
		snprintf(number, sizeof number, "%d", fd);
		setenv("LAUNCHER_PID_FD", number, 1);
		r = brood_reexec(NULL, NULL, NULL, &fd, 1, &error);
		/* The new one cannot be executed: the old one goes on as if nothing had been. */
		printf("%s stays: %s\n", version, brood_code_name(r));
		fflush(stdout);
	}
	brood_pid_file_remove(file, NULL);
	printf("%s has ended\n", version);
	return 0;
}
