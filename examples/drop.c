/* SPDX-License-Identifier: MIT */
/*
 * Drop privileges for one command: another user, none of our groups, no capability, and no way to
 * get any back. The caller stays what it is. Needs root, and is skipped otherwise.
 */

#include <brood/brood.h>
#include <stdio.h>
#include <unistd.h>

#define NOBODY 65534

int main(void)
{
	struct brood_credentials credentials = {
		.size = sizeof credentials,
		.flags = BROOD_SET_UID | BROOD_SET_GID | BROOD_SET_GROUPS | BROOD_SET_UMASK,
		.uid = NOBODY,
		.gid = NOBODY,
		.umask = 077,
	};
	struct brood_sandbox sandbox = { .size = sizeof sandbox, .flags = BROOD_NO_NEW_PRIVS };
	struct brood_cmd cmd =
		BROOD_CMD(.argv = BROOD_ARGV("sh", "-c",
				  "id -u; id -G; umask; grep -E "
				  "'CapEff|NoNewPrivs' /proc/self/status | tr '\\t' ' '"),
			.dir = "/", .credentials = &credentials, .sandbox = &sandbox);
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	char text[256];

	if (geteuid() != 0) {
		fprintf(stderr, "only root can make a command another user's\n");
		return 77;
	}
	int r = brood_output(&cmd, NULL, &result, &error);
	if (r < 0) {
		fprintf(stderr, "%s\n", brood_explain(r, &result, &error, text, sizeof text));
		return 1;
	}
	printf("%s", result.out.data);

	/* What it may not do it cannot do. */
	cmd.argv = BROOD_ARGV(
		"sh", "-c", "cat /etc/shadow >/dev/null 2>&1 || echo may not read it");
	if (brood_output(&cmd, NULL, &result, &error) < 0)
		return 1;
	printf("%s", result.out.data);
	printf("we are still %d\n", (int)geteuid());
	brood_result_done(&result);
	return 0;
}
