/* SPDX-License-Identifier: MIT */

/* The same program in C, Go, Python and Rust: docs/names.md. */

#include <brood/brood.h>
#include <stdio.h>

static int show(void *data, const char *line, size_t length, uint32_t flags)
{
	(void)data;
	(void)flags;
	printf("  stderr: %.*s\n", (int)length, line);
	return 0;
}

static void run(char *const *argv, brood_duration limit)
{
	struct brood_cmd cmd = BROOD_CMD(.argv = argv, .dir = "/usr",
		.env_edit = BROOD_ARGV("GREETING=hello"), .in = brood_text("world\n"),
		.out = brood_capture(0, 0), .err = brood_lines(show, NULL, 0));
	struct brood_options options = BROOD_OPTIONS(.timeout = limit);
	struct brood_result result = BROOD_RESULT_INIT;

	printf("%s\n", argv[0]);
	int r = brood_run(&cmd, &options, &result, NULL);
	if (r == 0 || r == BROOD_EEXIT)
		printf("  stdout: %s", result.out.data);
	if (r == 0)
		printf("  went well\n");
	else if (r == BROOD_EEXIT && result.stages[0].how == BROOD_EXITED)
		printf("  exit code %d\n", result.stages[0].exit_code);
	else if (r == BROOD_EEXIT)
		printf("  killed by signal %d\n", result.stages[0].signal);
	else if (r == BROOD_ETIMEOUT)
		printf("  stopped at its time limit\n");
	else if (r == BROOD_ENOTFOUND)
		printf("  not found\n");
	else
		printf("  %s\n", brood_code_name(r));
	brood_result_done(&result);
}

int main(void)
{
	const char *script = "read name; echo one >&2; echo $GREETING $name, $1, in $PWD; "
			     "echo two >&2; exit 3";

	run(BROOD_ARGV("sh", "-c", script, "sh", "first argument"), 10 * BROOD_SECOND);
	run(BROOD_ARGV("cat"), 10 * BROOD_SECOND);
	run(BROOD_ARGV("sh", "-c", "echo going; kill -9 $$"), 10 * BROOD_SECOND);
	run(BROOD_ARGV("sleep", "60"), BROOD_SECOND / 10);
	run(BROOD_ARGV("no-such-program"), 10 * BROOD_SECOND);
	return 0;
}
