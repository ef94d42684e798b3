/* SPDX-License-Identifier: MIT */
/*
 * Limit how long a program may run, and say how it is stopped.
 */

#include <brood/brood.h>
#include <signal.h>
#include <stdio.h>

static void report(int r, const struct brood_result *result, const struct brood_error *error)
{
	char text[256];

	printf("%s: %s\n", brood_code_name(r), brood_explain(r, result, error, text, sizeof text));
	printf("  signal: %s%s\n", brood_signal_name(result->stages[0].signal),
		result->notes & BROOD_NOTE_ESCALATED ? ", after it did not obey" : "");
}

int main(void)
{
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("sleep", "1000"));
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;

	/* By default SIGTERM, and SIGKILL 5 seconds later if that was not enough. */
	struct brood_options options = BROOD_OPTIONS(.timeout = 50 * BROOD_MILLISECOND);
	int r = brood_run(&cmd, &options, &result, &error);
	if (r != BROOD_ETIMEOUT)
		return 1;
	report(r, &result, &error);

	/* The same with a program that ignores SIGTERM and SIGINT, and other steps. */
	struct brood_signals signals = { .size = sizeof signals };
	sigemptyset(&signals.ignore);
	sigemptyset(&signals.reset);
	sigemptyset(&signals.mask);
	sigaddset(&signals.ignore, SIGTERM);
	sigaddset(&signals.ignore, SIGINT);
	cmd.signals = &signals;

	const struct brood_stop steps[] = {
		{ .signal = SIGINT, .grace = 20 * BROOD_MILLISECOND },
		{ .signal = SIGTERM, .grace = 20 * BROOD_MILLISECOND },
	};
	options.stop = steps;
	options.n_stop = 2;
	r = brood_run(&cmd, &options, &result, &error);
	if (r != BROOD_ETIMEOUT)
		return 1;
	report(r, &result, &error);
	brood_result_done(&result);
	return 0;
}
