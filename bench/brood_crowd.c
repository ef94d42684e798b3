/* SPDX-License-Identifier: MIT */
/*
 * Many children alive at once: brood_start() and brood_set_add() for each, then brood_set_next().
 *
 *	brood_crowd N CHILD [ARGUMENT...]
 *
 * CAPTURE in the environment: standard output and standard error of each are captured.
 */
#include "crowd.h"
#include "subject.h"

#include <brood/brood.h>
#include <errno.h>
#include <stdlib.h>

static struct brood_set *set;

static void start(size_t n, char **args, int gate)
{
	struct brood_cmd cmd = BROOD_CMD(.argv = args, .in = brood_fd(gate));
	struct brood_error error = BROOD_ERROR_INIT;
	char text[256];
	if (getenv("CAPTURE"))
		cmd.out = cmd.err = brood_capture(0, 0);
	int r = brood_set_new(&set, &error);
	for (size_t i = 0; r == 0 && i < n; i++) {
		struct brood_job *job;
		r = brood_start(&job, &cmd, 1, NULL, &error);
		if (r == 0)
			r = brood_set_add(set, job, NULL);
	}
	errno = 0;
	if (r < 0)
		bench_die(brood_explain(r, NULL, &error, text, sizeof text));
}

static void wait_for_all(size_t n)
{
	struct brood_event event;
	size_t n_well = 0;
	int r;
	while ((r = brood_set_next(set, BROOD_FOREVER, &event)) == 0) {
		if (event.kind != BROOD_EVENT_DONE)
			continue;
		n_well += event.code == 0;
		brood_job_free(event.job);
	}
	brood_set_free(set);
	errno = 0;
	if (r != -ENOENT || n_well != n)
		bench_die("a child failed");
}

int main(int argc, char **argv)
{
	return bench_serve_crowd(argc, argv, start, wait_for_all);
}
