/* SPDX-License-Identifier: MIT */
#include <brood/brood.h>
#include <stdio.h>

int main(void)
{
	struct brood_cmd stages[] = {
		BROOD_CMD(.argv = BROOD_ARGV("yes", "a line without end")),
		BROOD_CMD(.argv = BROOD_ARGV("head", "-n", "2000000")),
		BROOD_CMD(.argv = BROOD_ARGV("grep", "-c", "another line")),
	};
	struct brood_options options = BROOD_OPTIONS(.timeout = 30 * BROOD_SECOND);
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	char text[256];
	size_t i;

	/* The 38 MB between them never pass through us. */
	stages[2].out = brood_capture(0, 0);
	int r = brood_pipeline(stages, 3, &options, &result, &error);

	/* A status for each, and one verdict: who was only cut off by its reader is excused. */
	for (i = 0; i < result.n_stages; i++) {
		brood_status_text(&result.stages[i], text, sizeof text);
		printf("%s: %s%s\n", stages[i].argv[0], text,
			result.stages[i].excused ? " (excused)" : "");
	}
	printf("%s\n", brood_explain(r, &result, &error, text, sizeof text));
	brood_result_done(&result);
	return r == BROOD_EEXIT && error.stage == 2 ? 0 : 1;
}
