/* SPDX-License-Identifier: MIT */
/* Three stages that stand on a context, with input from memory and outputs captured. */
#include "probe.h"

static int pipeline(const char *child, struct brood_result *result, struct brood_error *error)
{
	struct brood_context *context;
	int r = brood_context_new(&context, NULL, 20 * BROOD_SECOND);
	if (r < 0) {
		*error = (struct brood_error){ .code = r, .os_errno = -r };
		error->step = BROOD_STEP_CONFIG;
		return r;
	}
	char *const *argv = BROOD_ARGV(child, "echo");
	struct brood_cmd cmds[] = {
		BROOD_CMD(.argv = argv, .in = brood_text("hello\n"), .err = brood_capture(0, 0)),
		BROOD_CMD(.argv = argv, .err = brood_capture(0, 0)),
		BROOD_CMD(.argv = argv, .out = brood_capture(0, 0), .err = brood_capture(0, 0)),
	};
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_NEW_GROUP | BROOD_TAGGED,
		.timeout = 10 * BROOD_SECOND, .context = context);
	r = brood_pipeline(cmds, 3, &options, result, error);
	brood_context_free(context);
	return r;
}

int main(int argc, char **argv)
{
	struct probe probe = {
		.call = pipeline,
		.how = BROOD_EXITED,
		.out = "hello\n",
		.err = "complaint\ncomplaint\ncomplaint\n",
		.n_stages = 3,
		.runs_others = true,
	};
	return probe_main(&probe, argc, argv);
}
