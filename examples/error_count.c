/* SPDX-License-Identifier: MIT */
/*
 * Count the errors of a log file with three commands joined by pipes, and see how each one ended.
 *
 * The bytes between the commands do not pass through us: the kernel carries them.
 */

#include <brood/brood.h>
#include <stdio.h>

static int write_log(const char *path, int errors)
{
	FILE *log = fopen(path, "we");

	if (!log)
		return -1;
	for (int i = 0; i < 1000; i++)
		fprintf(log, "2026-11-21 23:%02d:%02d %s request %d\n", i / 60, i % 60,
			i < errors ? "ERROR" : "INFO", i);
	return fclose(log);
}

static int count(struct brood_cmd *stages, struct brood_result *result)
{
	struct brood_options options = BROOD_OPTIONS(.timeout = 10 * BROOD_SECOND);
	struct brood_error error = BROOD_ERROR_INIT;
	char text[256];

	int r = brood_pipeline(stages, 3, &options, result, &error);
	for (size_t i = 0; i < result->n_stages; i++) {
		brood_status_text(&result->stages[i], text, sizeof text);
		printf("  %s: %s\n", stages[i].argv[0], text);
	}
	if (r < 0)
		printf("%s\n", brood_explain(r, result, &error, text, sizeof text));
	else
		printf("errors: %s", result->out.data);
	return r;
}

int main(void)
{
	static const uint8_t found_or_not[] = { 0, 1 };
	struct brood_cmd stages[] = {
		BROOD_CMD(.argv = BROOD_ARGV("cut", "-d", " ", "-f", "3")),
		BROOD_CMD(.argv = BROOD_ARGV("grep", "-x", "ERROR")),
		BROOD_CMD(.argv = BROOD_ARGV("wc", "-l")),
	};
	struct brood_result result = BROOD_RESULT_INIT;

	/* Only the two ends of a pipeline lead somewhere else. */
	stages[0].in = brood_file("app.log", 0, 0);
	stages[2].out = brood_capture(0, 0);

	if (write_log("app.log", 17) < 0)
		return 1;
	int r = count(stages, &result);

	/* One that failed is noticed wherever it stands, not only at the end. */
	if (r < 0 || write_log("app.log", 0) < 0)
		return 1;
	r = count(stages, &result);

	/* But grep's 1 only says that it has found nothing; its 2 would be an error. */
	stages[1].ok_codes = found_or_not;
	stages[1].n_ok_codes = sizeof found_or_not;
	if (r == BROOD_EEXIT)
		r = count(stages, &result);
	brood_result_done(&result);
	return r < 0 ? 1 : 0;
}
