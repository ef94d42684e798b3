/* SPDX-License-Identifier: MIT */
/*
 * Reading lines: brood_run() with brood_lines().
 *
 *	brood_lines PROGRAM [ARGUMENT...]
 */
#include "subject.h"

#include <brood/brood.h>
#include <errno.h>

static int add_line(void *data, const char *line, size_t length, uint32_t flags)
{
	int64_t *check = data;
	(void)flags;
	*check += (length > 0 ? (unsigned char)line[0] : 0) + (int64_t)length;
	return 0;
}

static int64_t read_lines(char **args)
{
	int64_t check = 0;
	struct brood_cmd cmd = BROOD_CMD(.argv = args, .out = brood_lines(add_line, &check, 0));
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	char text[256];
	int r = brood_run(&cmd, NULL, &result, &error);
	errno = 0;
	if (r < 0)
		bench_die(brood_explain(r, &result, &error, text, sizeof text));
	brood_result_done(&result);
	return check;
}

int main(int argc, char **argv)
{
	return bench_serve(argc, argv, read_lines);
}
