/* SPDX-License-Identifier: MIT */
/*
 * A program whose output is larger than any first guess, for the failing allocations: what came
 * before memory ran out is kept.
 */
#include "probe.h"

#include <errno.h>

#define BYTES ((uint64_t)1 << 20)

static int flood(const char *child, struct brood_result *result, struct brood_error *error)
{
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(child, "flood", "1048576"),
		.out = brood_capture(BROOD_UNLIMITED, 0));
	int code = brood_output(&cmd, NULL, result, error);
	bool kept = code == 0 ? result->out.length == BYTES
			      : result->out.length + result->out.omitted == result->out.total;
	for (size_t i = 0; i < result->out.length && kept; i++)
		kept = result->out.data[i] == 'x';
	/* The first buffer is the only one that can be missing with nothing to show for it. */
	if (code == -ENOMEM && error->step == BROOD_STEP_PUMP && result->out.total > (256 << 10))
		kept = kept && result->out.length > 0;
	/* The frame compares with short texts. */
	result->out.length = 0;
	return kept ? code : BROOD_EMISUSE;
}

int main(int argc, char **argv)
{
	return probe_main(&(struct probe){ .call = flood, .how = BROOD_EXITED }, argc, argv);
}
