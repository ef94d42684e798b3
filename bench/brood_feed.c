/* SPDX-License-Identifier: MIT */
/*
 * Feeding and capturing at once: brood_run() with brood_memory() in and brood_capture() out.
 *
 *	brood_feed N PROGRAM [ARGUMENT...]        N bytes; the program copies its input
 */
#include "subject.h"

#include <brood/brood.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static char *input;
static size_t length;

static int64_t feed(char **args)
{
	struct brood_cmd cmd = BROOD_CMD(.argv = args, .in = brood_memory(input, length),
		.out = brood_capture(BROOD_UNLIMITED, 0));
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	char text[256];
	int r = brood_run(&cmd, NULL, &result, &error);
	errno = 0;
	if (r < 0)
		bench_die(brood_explain(r, &result, &error, text, sizeof text));
	size_t got = result.out.length;
	int64_t check = (int64_t)got + (got > 0 && result.out.data[got - 1] == 'x');
	brood_result_done(&result);
	return check;
}

int main(int argc, char **argv)
{
	length = argc > 2 ? strtoull(argv[1], NULL, 10) : 0;
	input = malloc(length);
	if (!input || length == 0)
		bench_die("usage: brood_feed N PROGRAM [ARGUMENT...]");
	memset(input, 'x', length);
	return bench_serve(argc - 1, argv + 1, feed);
}
