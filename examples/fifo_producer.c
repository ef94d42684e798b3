/* SPDX-License-Identifier: MIT */
/*
 * The producer of tasks for a program in another language: fifo_consumer.py reads them.
 *
 *	fifo_producer BOX TASK...
 *
 * All that both have to agree on is a path, a line for each task, and the end word.
 */

#include <brood/brood.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct brood_error error = BROOD_ERROR_INIT;
	char text[256];

	if (argc < 2)
		return 2;
	/* Whoever comes first makes it. */
	int fd = -1;
	int r = brood_fifo_create(argv[1], 0600, 0, &error);
	if (r >= 0)
		r = fd = brood_fifo_open(argv[1], BROOD_FIFO_WRITE, 20 * BROOD_SECOND, &error);
	for (int i = 2; i < argc && r >= 0; i++)
		r = brood_fifo_send(fd, argv[i], strlen(argv[i]), BROOD_FOREVER, &error);
	if (r >= 0)
		r = brood_fifo_send(fd, "EOD", 3, BROOD_FOREVER, &error);
	if (r < 0)
		fprintf(stderr, "%s\n", brood_explain(r, NULL, &error, text, sizeof text));
	if (fd >= 0)
		close(fd);
	return r < 0 ? 1 : 0;
}
