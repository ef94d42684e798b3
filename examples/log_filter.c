/* SPDX-License-Identifier: MIT */
/*
 * A logger writes into a named pipe, and a filter shows its errors as they come.
 *
 * Here both are this program: `log_filter write PATH` is the logger alone. In place of the filter
 * there is also: brood filter --fifo PATH '^ERROR:'
 */

#include <brood/brood.h>
#include <stdio.h>
#include <string.h>

#define WAIT (10 * BROOD_SECOND)

static int write_log(const char *path, struct brood_error *error)
{
	static const char *const lines[] = { "INFO: started", "ERROR: no such table",
		"INFO: trying again", "INFO: 12 rows", "ERROR: disk full", "INFO: the end" };
	int r = 0;

	/* A line at a time: each is in the pipe as soon as it is said. */
	int fd = brood_fifo_open(path, BROOD_FIFO_WRITE, WAIT, error);
	for (size_t i = 0; fd >= 0 && r == 0 && i < sizeof lines / sizeof *lines; i++)
		r = brood_fifo_send(fd, lines[i], strlen(lines[i]), WAIT, error);
	return fd < 0 ? fd : r;
}

static int show_errors(int fd, struct brood_error *error)
{
	struct brood_scanner *scanner;
	const char *line;
	size_t length;

	int r = brood_scanner_new(&scanner, fd, 0);
	if (r < 0)
		return r;
	/* We hold both ends of the pipe: loggers may come and go. This one says when it ends. */
	while ((r = brood_fifo_receive(scanner, "INFO: the end", WAIT, &line, &length, error)) > 0)
		if (length > 6 && memcmp(line, "ERROR:", 6) == 0) {
			printf("%.*s\n", (int)length, line);
			fflush(stdout);
		}
	brood_scanner_free(scanner);
	return r;
}

static int run_both(const char *self, struct brood_error *error)
{
	struct brood_cmd logger = BROOD_CMD(.argv = BROOD_ARGV(self, "write", "log"));
	struct brood_job *job;

	int r = brood_fifo_create("log", 0600, 0, error);
	int fd = r < 0 ? r : brood_fifo_open("log", BROOD_FIFO_BOTH, 0, error);
	if (fd < 0)
		return fd;
	r = brood_start(&job, &logger, 1, NULL, error);
	if (r == 0) {
		r = show_errors(fd, error);
		int ended = brood_job_wait(job, BROOD_FOREVER, NULL, error);
		brood_job_free(job);
		r = r < 0 ? r : ended;
	}
	int removed = brood_fifo_remove("log", NULL);
	return r < 0 ? r : removed;
}

int main(int argc, char **argv)
{
	struct brood_error error = BROOD_ERROR_INIT;
	char text[256];
	int r = argc > 2 ? write_log(argv[2], &error) : run_both(argv[0], &error);

	if (r < 0)
		printf("%s\n", brood_explain(r, NULL, &error, text, sizeof text));
	return r < 0 ? 1 : 0;
}
