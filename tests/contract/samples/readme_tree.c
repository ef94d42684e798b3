/* SPDX-License-Identifier: MIT */
#include <brood/brood.h>
#include <stdio.h>

int main(void)
{
	/* A daemon as they come: a session of its own, its parent gone, and no end. */
	const char *script = "(setsid sleep 1000 >/dev/null 2>&1 &); echo started a daemon";
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("sh", "-c", script));
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_KILL_TREE);
	struct brood_result result = BROOD_RESULT_INIT;

	int r = brood_output(&cmd, &options, &result, NULL);
	if (r == 0) {
		printf("%s", result.out.data);
		printf("left behind and stopped: %u\n", (unsigned int)result.tree_killed);
	}
	brood_result_done(&result);
	return r < 0 ? 1 : 0;
}
