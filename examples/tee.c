/* SPDX-License-Identifier: MIT */
/*
 * Send output to several places at once: into a file, through a function as it comes, and into the
 * result.
 */

#include <brood/brood.h>
#include <stdio.h>

static int on_line(void *data, const char *line, size_t length, uint32_t flags)
{
	(void)data;
	(void)flags;
	printf("live: %.*s\n", (int)length, line);
	return 0;
}

int main(void)
{
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("printf", "one\\ntwo\\n"));
	const struct brood_io branches[] = {
		brood_file("output.log", 0, 0),
		brood_lines(on_line, NULL, 0),
		brood_capture(1024, 0),
	};
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	char text[256];

	cmd.out = brood_tee(branches, 3);
	int r = brood_run(&cmd, NULL, &result, &error);
	if (r < 0) {
		fprintf(stderr, "%s\n", brood_explain(r, &result, &error, text, sizeof text));
		return 1;
	}
	printf("kept: %zu bytes\n", result.out.length);
	brood_result_done(&result);

	struct brood_cmd wc = BROOD_CMD(.argv = BROOD_ARGV("wc", "-c"));
	wc.in = brood_file("output.log", 0, 0);
	r = brood_output(&wc, NULL, &result, &error);
	printf("in the file: %s", r == 0 ? result.out.data : "?\n");
	brood_result_done(&result);
	return r < 0 ? 1 : 0;
}
