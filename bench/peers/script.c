/* SPDX-License-Identifier: MIT */
/*
 * Runs a script that prints one number, which is the check.
 *
 *	script PROGRAM [ARGUMENT...]
 */
#include "../subject.h"
#include "reader.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static int64_t run_script(char **args)
{
	char text[64] = "";
	size_t length = 0;
	ssize_t n;
	pid_t pid;
	int fd = bench_start_reading(args, &pid);
	while ((n = read(fd, text + length, sizeof text - 1 - length)) > 0)
		length += (size_t)n;
	if (n < 0)
		bench_die("read");
	close(fd);
	bench_finish(pid);
	return strtoll(text, NULL, 10);
}

int main(int argc, char **argv)
{
	return bench_serve(argc, argv, run_script);
}
