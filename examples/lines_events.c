/* SPDX-License-Identifier: MIT */
/*
 * Pull what happens to a job out of it, one event after the other, instead of handing it functions.
 */

#include <brood/brood.h>
#include <stdio.h>

int main(void)
{
	struct brood_cmd cmds[] = {
		BROOD_CMD(.argv = BROOD_ARGV("printf", "pear\\napple\\nplum\\n")),
		BROOD_CMD(.argv = BROOD_ARGV("sort")),
	};
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_event event;
	struct brood_job *job;
	char text[256];
	int ended = 0;

	cmds[1].out = brood_lines(NULL, NULL, 0); /* no function: lines become events */
	int r = brood_start(&job, cmds, 2, NULL, &error);
	if (r < 0) {
		fprintf(stderr, "%s\n", brood_explain(r, NULL, &error, text, sizeof text));
		return 1;
	}
	/* Each thing is told once; DONE is the last of them. */
	while ((r = brood_job_next(job, BROOD_FOREVER, &event)) == 0)
		switch (event.kind) {
		case BROOD_EVENT_LINE:
			printf("line: %.*s\n", (int)event.length, event.data);
			break;
		case BROOD_EVENT_STAGE_ENDED:
			ended += brood_status_is_success(event.status);
			break;
		case BROOD_EVENT_DONE:
			printf("done: %s\n", brood_code_name(event.code));
			break;
		default:
			break;
		}
	printf("then: %s\n", brood_code_name(r));
	r = brood_job_wait(job, 0, &result, &error); /* returns at once */
	printf("stages that ended well: %d of %zu\n", ended, result.n_stages);
	brood_job_free(job);
	brood_result_done(&result);
	return r < 0 ? 1 : 0;
}
