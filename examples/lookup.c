/* SPDX-License-Identifier: MIT */
/*
 * Find a program on a search path, and run what was found.
 *
 * A command does the same by itself, once, before it starts; look it up yourself to choose between
 * programs, or to complain early.
 */

#include <brood/brood.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(void)
{
	struct brood_error error = BROOD_ERROR_INIT;
	char text[256];
	char *path;

	/* The first of two that is there. NULL instead of a search path: the caller's PATH. */
	const char *search_path = "/no/such/folder:/usr/bin:/bin";
	int r = brood_lookup("no-such-pager", search_path, &path, &error);
	if (r < 0)
		printf("%s\n", brood_explain(r, NULL, &error, text, sizeof text));
	if (r == BROOD_ENOTFOUND)
		r = brood_lookup("env", search_path, &path, &error);
	if (r < 0)
		return 1;
	printf("found %s\n", path);

	/* path is the file, argv[0] what the program is called. */
	struct brood_cmd cmd = BROOD_CMD(.path = path, .argv = BROOD_ARGV("env", "A=1"),
		.env = BROOD_ARGV("B=2"));
	fflush(stdout);
	r = brood_run(&cmd, NULL, NULL, &error);
	free(path);
	if (r < 0)
		return 1;

	/* What comes from the current directory through the search path is not run by accident. */
	if (chdir("/usr/bin") < 0)
		return 1;
	r = brood_lookup("env", ".:/usr/bin", &path, &error);
	if (r == BROOD_EDOT)
		printf("%s: would be %s of this directory\n", brood_code_name(r), path);
	free(path);
	return r == BROOD_EDOT ? 0 : 1;
}
