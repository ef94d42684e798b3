/* SPDX-License-Identifier: MIT */
/*
 * Replace this process by another program: same PID, and no process is made. What can be checked is
 * checked before anything changes; it comes back only if it did not work.
 */

#include <brood/brood.h>
#include <stdio.h>

int main(void)
{
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("no-such-program"));
	struct brood_error error = BROOD_ERROR_INIT;
	char text[256];

	int r = brood_exec(&cmd, &error);
	printf("still here: %s\n", brood_explain(r, NULL, &error, text, sizeof text));
	fflush(stdout); /* what is buffered would be lost */

	/* In another directory, with another environment, and nothing to read. */
	cmd.argv = BROOD_ARGV("ls", "-1d", "etc", "usr");
	cmd.dir = "/";
	cmd.env_edit = BROOD_ARGV("LC_ALL=C");
	cmd.in = brood_null();
	r = brood_exec(&cmd, &error);
	fprintf(stderr, "%s\n", brood_explain(r, NULL, &error, text, sizeof text));
	return 127;
}
