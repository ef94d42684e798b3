/* SPDX-License-Identifier: MIT */
/*
 * libuv: uv_spawn for each of many children, and a run of the loop until all have ended.
 *
 *	crowd_libuv N CHILD [ARGUMENT...]
 */
#include "../crowd.h"
#include "../subject.h"

#include <errno.h>
#include <stdlib.h>
#include <uv.h>

static uv_process_t *processes;
static size_t n_well;

static void at_exit(uv_process_t *process, int64_t exit_status, int signal)
{
	n_well += exit_status == 0 && signal == 0;
	uv_close((uv_handle_t *)process, NULL);
}

static void start(size_t n, char **args, int gate)
{
	uv_stdio_container_t stdio[3] = {
		{ .flags = UV_INHERIT_FD, .data.fd = gate },
		{ .flags = UV_INHERIT_FD, .data.fd = 1 },
		{ .flags = UV_INHERIT_FD, .data.fd = 2 },
	};
	uv_process_options_t options = {
		.file = args[0],
		.args = args,
		.exit_cb = at_exit,
		.stdio = stdio,
		.stdio_count = 3,
	};
	processes = calloc(n, sizeof *processes);
	if (!processes)
		bench_die("memory");
	for (size_t i = 0; i < n; i++) {
		int r = uv_spawn(uv_default_loop(), &processes[i], &options);
		if (r < 0) {
			errno = -r;
			bench_die("uv_spawn");
		}
	}
}

static void wait_for_all(size_t n)
{
	n_well = 0;
	uv_run(uv_default_loop(), UV_RUN_DEFAULT);
	errno = 0;
	if (n_well != n)
		bench_die("a child failed");
	free(processes);
}

int main(int argc, char **argv)
{
	return bench_serve_crowd(argc, argv, start, wait_for_all);
}
