/* SPDX-License-Identifier: MIT */
/* Strict C: run a command, look at how it ended. */
#include <brood/brood.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
	static char *const argv[] = { "sh", "-c", "echo out; echo err >&2; exit 3", NULL };
	struct brood_cmd cmd = BROOD_CMD_INIT;
	struct brood_options options = BROOD_OPTIONS_INIT;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	char text[256];
	int r;

	cmd.argv = argv;
	options.timeout = 5 * BROOD_SECOND;
	r = brood_output(&cmd, &options, &result, &error);
	if (r != BROOD_EEXIT || result.n_stages != 1 || result.stages[0].exit_code != 3)
		return 1;
	if (strcmp(result.out.data, "out\n") != 0 || strcmp(result.err.data, "err\n") != 0)
		return 2;
	if (strstr(brood_explain(r, &result, &error, text, sizeof text), "err") == NULL)
		return 3;
	brood_result_done(&result);
	return 0;
}
