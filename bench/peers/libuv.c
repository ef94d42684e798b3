/* SPDX-License-Identifier: MIT */
/*
 * libuv: uv_spawn and a run of the loop until the program has ended.
 *
 *	libuv PROGRAM [ARGUMENT...]
 */
#include "../subject.h"

#include <errno.h>
#include <uv.h>

static void at_exit(uv_process_t *process, int64_t exit_status, int signal)
{
	errno = 0;
	if (exit_status != 0 || signal != 0)
		bench_die("the child failed");
	uv_close((uv_handle_t *)process, NULL);
}

static int64_t start_and_wait(char **args)
{
	uv_process_t process;
	uv_stdio_container_t stdio[3] = {
		{ .flags = UV_IGNORE },
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
	int r = uv_spawn(uv_default_loop(), &process, &options);
	if (r < 0) {
		errno = -r;
		bench_die("uv_spawn");
	}
	uv_run(uv_default_loop(), UV_RUN_DEFAULT);
	return 1;
}

int main(int argc, char **argv)
{
	return bench_serve(argc, argv, start_and_wait);
}
