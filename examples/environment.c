/* SPDX-License-Identifier: MIT */
/*
 * Say what environment and which working directory a program gets.
 *
 * Our own environment and directory stay as they are: nothing is set before and put back after.
 */

#include <brood/brood.h>
#include <stdio.h>
#include <stdlib.h>

static int show(const char *title, const struct brood_cmd *cmd)
{
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	char text[256];

	int r = brood_output(cmd, NULL, &result, &error);
	if (r < 0)
		fprintf(stderr, "%s\n", brood_explain(r, &result, &error, text, sizeof text));
	else
		printf("%s:\n%s", title, result.out.data);
	brood_result_done(&result);
	return r;
}

int main(void)
{
	setenv("FRUIT", "apple", 1);
	setenv("COLOUR", "red", 1);

	/* Replaced: this and nothing else. The program is still found on our own PATH. */
	struct brood_cmd replaced = BROOD_CMD(.argv = BROOD_ARGV("env"),
		.env = BROOD_ARGV("FRUIT=pear", "FRUIT=quince", "EMPTY="));
	if (show("replaced (of two values the last one counts)", &replaced) < 0)
		return 1;

	/* Edited: ours, with FRUIT set, COLOUR taken out, and SIZE added. */
	struct brood_cmd edited =
		BROOD_CMD(.argv = BROOD_ARGV(
				  "sh", "-c", "echo ${FRUIT-unset} ${COLOUR-unset} ${SIZE-unset}"),
			.env_edit = BROOD_ARGV("FRUIT=plum", "COLOUR", "SIZE=small"));
	if (show("edited", &edited) < 0)
		return 1;

	/* A directory: the child starts there, and PWD says so. */
	struct brood_cmd elsewhere = BROOD_CMD(.argv = BROOD_ARGV(
						       "sh", "-c", "/bin/pwd; printenv PWD"),
		.dir = "/usr/../usr");
	if (show("in another directory", &elsewhere) < 0)
		return 1;

	printf("ours: %s %s\n", getenv("FRUIT"), getenv("COLOUR"));
	return 0;
}
