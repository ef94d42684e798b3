/* SPDX-License-Identifier: MIT */
/*
 * The child whose output is captured:
 *	gush bytes N [CHUNK]    N bytes in writes of CHUNK (256 KiB)
 *	gush lines N [CHUNK]    N lines of 100 bytes on average in writes of about CHUNK
 * Lines are of 70 to 130 bytes, newline included, and begin with different letters, so that a
 * reader that loses or cuts one gets another checksum.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINES_PER_CYCLE 61 /* lengths 70, 71, ... 130: 100 on average */

static void write_all(const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t n = write(STDOUT_FILENO, bytes, length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			perror("gush");
			exit(1);
		}
		bytes += n;
		length -= (size_t)n;
	}
}

static size_t line_length(size_t index)
{
	return 70 + index * 37 % LINES_PER_CYCLE;
}

static void make_line(char *line, size_t index)
{
	size_t length = line_length(index);
	memset(line, 'a' + (int)(index % 26), length - 1);
	line[length - 1] = '\n';
}

static void gush_bytes(size_t total, char *chunk, size_t size)
{
	memset(chunk, 'x', size);
	for (; total > size; total -= size)
		write_all(chunk, size);
	write_all(chunk, total);
}

static void gush_lines(size_t lines, char *chunk, size_t size)
{
	/* Whole lines only, and a whole number of cycles, so that one block can be repeated. */
	size_t block = 0, in_block = 0;
	while (block + LINES_PER_CYCLE * 100 <= size)
		for (size_t i = 0; i < LINES_PER_CYCLE; i++, in_block++) {
			make_line(chunk + block, in_block);
			block += line_length(in_block);
		}
	for (; lines >= in_block; lines -= in_block)
		write_all(chunk, block);
	size_t rest = 0;
	for (size_t i = 0; i < lines; i++)
		rest += line_length(i);
	write_all(chunk, rest);
}

int main(int argc, char **argv)
{
	size_t total = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
	size_t size = argc > 3 ? strtoull(argv[3], NULL, 10) : (size_t)256 << 10;
	char *chunk = size >= LINES_PER_CYCLE * 100 ? malloc(size) : NULL;
	if (!chunk || total == 0) {
		fputs("usage: gush bytes|lines N [CHUNK]\n", stderr);
		return 2;
	}
	if (strcmp(argv[1], "lines") == 0)
		gush_lines(total, chunk, size);
	else
		gush_bytes(total, chunk, size);
	free(chunk);
	return 0;
}
