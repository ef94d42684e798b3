/* SPDX-License-Identifier: MIT */
#include <brood/brood.h>
#include <errno.h>
#include <stdio.h>

int main(void)
{
	static const char *const naps[] = { "0.2", "0.1", "1000" };
	struct brood_options options = BROOD_OPTIONS_INIT;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_event event;
	struct brood_set *set;
	struct brood_job *job;
	char text[256];
	size_t i;
	int r;

	/* A deadline for all of them together; brood_context_cancel() would end them at once, from
	 * any thread and from a signal handler. */
	if (brood_context_new(&options.context, NULL, BROOD_SECOND) < 0 ||
		brood_set_new(&set, NULL) < 0)
		return 1;
	for (i = 0; i < 3; i++) {
		struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("sleep", naps[i]));
		cmd.label = naps[i];
		if (brood_start(&job, &cmd, 1, &options, NULL) < 0 ||
			brood_set_add(set, job, NULL) < 0)
			return 1;
	}
	/* One thread for all. brood_set_pollfd() is for loops that have more to look after. */
	while ((r = brood_set_next(set, BROOD_FOREVER, &event)) == 0)
		if (event.kind == BROOD_EVENT_DONE) {
			struct brood_error error = BROOD_ERROR_INIT;
			int code = brood_job_wait(event.job, 0, &result, &error);
			printf("%s\n", brood_explain(code, &result, &error, text, sizeof text));
			brood_job_free(event.job);
		}
	brood_set_free(set);
	brood_context_free(options.context);
	brood_result_done(&result);
	return r == -ENOENT ? 0 : 1;
}
