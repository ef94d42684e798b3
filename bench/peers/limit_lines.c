/* SPDX-License-Identifier: MIT */
/*
 * The limit of reading lines: while (getline()) on the child's pipe. With PLAIN in the environment
 * stdio keeps its own buffer of 4 KiB; else it is given one of 1 MiB, as large as the pipe.
 *
 *	limit_lines PROGRAM [ARGUMENT...]
 */
#include "../subject.h"
#include "reader.h"

#include <stdio.h>
#include <stdlib.h>

static char *buffer;

static int64_t read_lines(char **args)
{
	pid_t pid;
	FILE *stream = fdopen(bench_start_reading(args, &pid), "re");
	if (!stream || (buffer && setvbuf(stream, buffer, _IOFBF, 1 << 20) != 0))
		bench_die("fdopen");
	char *line = NULL;
	size_t room = 0;
	ssize_t length;
	int64_t check = 0;
	while ((length = getline(&line, &room, stream)) > 0) {
		if (line[length - 1] == '\n')
			length--;
		check += (length > 0 ? (unsigned char)line[0] : 0) + length;
	}
	free(line);
	if (ferror(stream))
		bench_die("getline");
	fclose(stream);
	bench_finish(pid);
	return check;
}

int main(int argc, char **argv)
{
	if (!getenv("PLAIN") && !(buffer = malloc(1 << 20)))
		bench_die("memory");
	return bench_serve(argc, argv, read_lines);
}
