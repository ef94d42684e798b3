/* SPDX-License-Identifier: MIT */
/*
 * Keep standard output and standard error apart, and still know in which order they came, and when.
 */

#include <brood/brood.h>
#include <stdio.h>

int main(void)
{
	/* Pauses between the streams: of two that are readable at once nobody knows the order. */
	const char *script =
		"echo reading; sleep 0.1; echo 'no such line' >&2; sleep 0.1; echo done";
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("sh", "-c", script));
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_TAGGED);
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	const struct brood_chunk *chunk = NULL;
	const char *bytes;
	char text[256];

	cmd.out = brood_capture(0, 0);
	cmd.err = brood_capture(0, 0);
	int r = brood_run(&cmd, &options, &result, &error);
	if (r < 0) {
		fprintf(stderr, "%s\n", brood_explain(r, &result, &error, text, sizeof text));
		return 1;
	}
	int64_t before = result.stages[0].started_ns;
	while ((chunk = brood_chunk_next(&result.all, chunk, &bytes))) {
		printf("%s: %.*s", chunk->fd == 2 ? "stderr" : "stdout", (int)chunk->length, bytes);
		if (chunk->time_ns < before)
			printf("(but that was before!)\n");
		before = chunk->time_ns;
	}
	printf("and by itself: %s", result.err.data);
	brood_result_done(&result);
	return 0;
}
