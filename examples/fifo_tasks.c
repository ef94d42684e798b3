/* SPDX-License-Identifier: MIT */
/*
 * Ten tasks over a named pipe, and EOD behind them.
 *
 * The producer is another process; here it is this program, started once more. It could as well be
 * a shell: for i in 1 2 3; do echo "task $i" > box; done; echo EOD > box
 */

#include <brood/brood.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BOX  "box"
#define WAIT (10 * BROOD_SECOND)

static int produce(void)
{
	struct brood_error error = BROOD_ERROR_INIT;
	char task[32];

	/* Waits until somebody reads. */
	int fd = brood_fifo_open(BOX, BROOD_FIFO_WRITE, WAIT, &error);
	int r = fd < 0 ? fd : 0;
	for (int i = 1; i <= 10 && r == 0; i++) {
		int length = snprintf(task, sizeof task, "task %d", i);
		r = brood_fifo_send(fd, task, (size_t)length, WAIT, &error);
	}
	if (r == 0)
		r = brood_fifo_send(fd, "EOD", 3, WAIT, &error);
	if (fd >= 0)
		close(fd);
	return r < 0 ? 1 : 0;
}

static int consume(struct brood_error *error)
{
	struct brood_scanner *scanner;
	const char *task;
	size_t length;

	/* Both ends: producers may come and go, the end is EOD and nothing else. */
	int fd = brood_fifo_open(BOX, BROOD_FIFO_BOTH, 0, error);
	if (fd < 0)
		return fd;
	int r = brood_scanner_new(&scanner, fd, 0);
	if (r == 0) {
		while ((r = brood_fifo_receive(scanner, "EOD", WAIT, &task, &length, error)) > 0)
			printf("doing %.*s\n", (int)length, task);
		brood_scanner_free(scanner);
	}
	close(fd);
	return r;
}

int main(int argc, char **argv)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_job *producer = NULL;
	char text[256];

	if (argc > 1 && strcmp(argv[1], "produce") == 0)
		return produce();
	struct brood_cmd self = BROOD_CMD(.argv = BROOD_ARGV(argv[0], "produce"));
	int r = brood_fifo_create(BOX, 0600, BROOD_FIFO_EXCLUSIVE, &error);
	if (r > 0)
		r = brood_start(&producer, &self, 1, NULL, &error);
	if (r == 0) {
		r = consume(&error);
		int ended = brood_job_wait(producer, BROOD_FOREVER, NULL, NULL);
		printf("%s, the producer: %s\n", r == 0 ? "EOD" : "failed", brood_code_name(ended));
		brood_job_free(producer);
	}
	if (r < 0)
		printf("%s\n", brood_explain(r, NULL, &error, text, sizeof text));
	return r < 0 || brood_fifo_remove(BOX, NULL) < 0 ? 1 : 0;
}
