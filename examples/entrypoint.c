/* SPDX-License-Identifier: MIT */
/*
 * An entry point, as of a container: it prepares what the program needs, cleans up after itself,
 * and hands over. The program takes its place, so that signals reach it and its exit code is the
 * one that is seen.
 *
 *	entrypoint [PROGRAM [ARGUMENT...]]
 */

#include <brood/brood.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int fail(int r, const struct brood_result *result, const struct brood_error *error)
{
	char text[512];
	fprintf(stderr, "entrypoint: %s\n", brood_explain(r, result, error, text, sizeof text));
	/* As shells say it: 127 is not there, 126 is there but cannot be executed. */
	return r == BROOD_ENOTFOUND ? 127 : 126;
}

int main(int argc, char **argv)
{
	char *const *program = BROOD_ARGV("sh", "-c",
		"cat settings; echo $MODE; (echo >&3) 2>/dev/null || echo nothing more");
	struct brood_cmd prepare =
		BROOD_CMD(.argv = BROOD_ARGV(
				  "sh", "-c", "echo color=green >draft && sort draft >settings"));
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;

	if (argc > 1)
		program = argv + 1;

	/* What must be there before the program runs, within a time. */
	struct brood_options options = BROOD_OPTIONS(.timeout = 30 * BROOD_SECOND);
	int r = brood_run(&prepare, &options, &result, &error);
	if (r < 0)
		return fail(r, &result, &error);
	brood_result_done(&result);

	/* What we have needed ourselves, and nobody else does. */
	unlink("draft");
	/* Not close-on-exec, and the program does not get it. NOLINTNEXTLINE(android-cloexec-*) */
	FILE *log = fopen("/dev/null", "w");
	if (!log)
		return 1;

	/* Whatever we were started with, the program begins with a clean state. */
	struct brood_signals signals = { .size = sizeof signals, .has_mask = 1 };
	sigemptyset(&signals.ignore);
	sigfillset(&signals.reset);
	sigemptyset(&signals.mask);
	struct brood_cmd cmd = BROOD_CMD(.argv = program, .env_edit = BROOD_ARGV("MODE=production"),
		.signals = &signals);
	r = brood_exec(&cmd, &error);
	return fail(r, NULL, &error);
}
