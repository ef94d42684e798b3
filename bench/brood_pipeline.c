/* SPDX-License-Identifier: MIT */
/*
 * Programs joined by pipes: brood_pipeline(). The last one prints one number, which is the check.
 *
 *	brood_pipeline PROGRAM [ARGUMENT...] '|' PROGRAM ...
 */
#include "subject.h"

#include <brood/brood.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MOST_STAGES 16

static struct brood_cmd cmds[MOST_STAGES];
static size_t n_cmds;

static int64_t run_pipeline(char **args)
{
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	char text[256];
	(void)args;
	int r = brood_pipeline(cmds, n_cmds, NULL, &result, &error);
	errno = 0;
	if (r < 0)
		bench_die(brood_explain(r, &result, &error, text, sizeof text));
	int64_t check = strtoll(result.out.data, NULL, 10);
	brood_result_done(&result);
	return check;
}

static void add_stage(char **args)
{
	if (n_cmds == MOST_STAGES || !*args)
		bench_die("usage: brood_pipeline PROGRAM [ARGUMENT...] '|' PROGRAM ...");
	cmds[n_cmds++] = (struct brood_cmd)BROOD_CMD(.argv = args);
}

int main(int argc, char **argv)
{
	add_stage(argv + 1);
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "|") != 0)
			continue;
		argv[i] = NULL;
		add_stage(argv + i + 1);
	}
	cmds[n_cmds - 1].out = brood_capture(0, 0);
	return bench_serve(1, argv, run_pipeline);
}
