/* SPDX-License-Identifier: MIT */
/*
 * Leave nothing behind: a command starts a daemon, which leaves its process group, its session and
 * its parent, and brood stops it all the same.
 */

#include <brood/brood.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static int fail(int r, const struct brood_result *result, const struct brood_error *error)
{
	char text[256];

	fprintf(stderr, "%s\n", brood_explain(r, result, error, text, sizeof text));
	return 1;
}

int main(void)
{
	/* The daemon says its number, then lets go of the output. The shell ends at once. */
	const char *script = "echo $(setsid sh -c 'echo $$; exec sleep 1000 >/dev/null 2>&1' &)";
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("sh", "-c", script));
	struct brood_options options = BROOD_OPTIONS_INIT;
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;

	/* As usual: nobody told the daemon to go. */
	int r = brood_output(&cmd, &options, &result, &error);
	if (r < 0)
		return fail(r, &result, &error);
	pid_t left = (pid_t)atol(result.out.data);
	printf("as usual: the daemon %s\n", kill(left, 0) < 0 ? "is gone" : "lives on");
	kill(left, SIGKILL);

	/* The call returns when the whole tree is gone, not only the shell. */
	options.flags = BROOD_KILL_TREE;
	r = brood_output(&cmd, &options, &result, &error);
	if (r < 0)
		return fail(r, &result, &error);
	left = (pid_t)atol(result.out.data);
	printf("BROOD_KILL_TREE: the daemon %s\n", kill(left, 0) < 0 ? "is gone" : "lives on");
	printf("  left behind and stopped: %u\n", (unsigned int)result.tree_killed);

	/* Or what it has left behind may finish its work, within the time limit. */
	cmd.argv = BROOD_ARGV("sh", "-c", "(sleep 0.1; echo done in the background) &");
	options.flags |= BROOD_ORPHANS_WAIT;
	options.timeout = 10 * BROOD_SECOND;
	r = brood_output(&cmd, &options, &result, &error);
	if (r < 0)
		return fail(r, &result, &error);
	printf("BROOD_ORPHANS_WAIT: %s", result.out.data);
	printf("  left behind and stopped: %u\n", (unsigned int)result.tree_killed);
	brood_result_done(&result);
	return 0;
}
