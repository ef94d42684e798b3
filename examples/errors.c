/* SPDX-License-Identifier: MIT */
/*
 * Tell apart what can go wrong: exit codes, signals, and programs that could not be run at all.
 *
 * The return code is for decisions, brood_error says at which step and with what, brood_explain()
 * makes one line for a person out of both.
 */

#include <brood/brood.h>
#include <errno.h>
#include <stdio.h>

static void try(const char *title, struct brood_cmd cmd)
{
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	char text[256];

	int r = brood_output(&cmd, NULL, &result, &error);
	printf("%s: %s\n", title, brood_code_name(r));
	switch (r) {
	case 0:
		break;
	case BROOD_EEXIT: /* it ran; the status says how it ended */
		if (result.stages[0].how == BROOD_EXITED)
			printf("  exit code %d\n", result.stages[0].exit_code);
		else
			printf("  signal %s\n", brood_signal_name(result.stages[0].signal));
		break;
	default: /* it did not run; the error says why */
		printf("  step %s, with %s\n", brood_step_name(error.step), error.subject);
	}
	if (r < 0)
		printf("  %s\n", brood_explain(r, &result, &error, text, sizeof text));
	brood_result_done(&result);
}

int main(void)
{
	try("fine", (struct brood_cmd)BROOD_CMD(.argv = BROOD_ARGV("true")));
	const char *script = "echo cannot connect >&2; exit 3";
	try("exit code", (struct brood_cmd)BROOD_CMD(.argv = BROOD_ARGV("sh", "-c", script)));
	try("signal", (struct brood_cmd)BROOD_CMD(.argv = BROOD_ARGV("sh", "-c", "kill -HUP $$")));
	try("no such program", (struct brood_cmd)BROOD_CMD(.argv = BROOD_ARGV("no-such-program")));
	try("not executable", (struct brood_cmd)BROOD_CMD(.argv = BROOD_ARGV("/etc/passwd")));
	try("no such directory",
		(struct brood_cmd)BROOD_CMD(.argv = BROOD_ARGV("true"), .dir = "/no/such/dir"));

	/* grep says 1 for "nothing matched", which is an answer and no failure here. */
	static const uint8_t ok[] = { 0, 1 };
	try("another exit code that counts as success",
		(struct brood_cmd)BROOD_CMD(.argv = BROOD_ARGV("grep", "word", "/dev/null"),
			.ok_codes = ok, .n_ok_codes = sizeof ok));
	return 0;
}
