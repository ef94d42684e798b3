/* SPDX-License-Identifier: MIT */
/* A FIFO made, opened in all ways, written to in short and long, read and removed. */
#include "probe.h"

#include <string.h>
#include <unistd.h>

#define LONG_MESSAGE 10000

static char message[LONG_MESSAGE];

static int talk(int writing, struct brood_scanner *scanner, struct brood_error *error)
{
	const char *got;
	size_t length;
	int r = brood_fifo_send(writing, "short", 5, BROOD_FOREVER, error);
	if (r == 0)
		r = brood_fifo_send(writing, message, sizeof message, BROOD_FOREVER, error);
	if (r == 0)
		r = brood_fifo_send(writing, "EOD", 3, BROOD_FOREVER, error);
	if (r == 0)
		r = brood_fifo_receive(scanner, "EOD", BROOD_FOREVER, &got, &length, error);
	if (r == 1 && (length != 5 || memcmp(got, "short", 5) != 0))
		return 1;
	if (r == 1)
		r = brood_fifo_receive(scanner, "EOD", BROOD_FOREVER, &got, &length, error);
	if (r == 1 && (length != sizeof message || memcmp(got, message, length) != 0))
		return 1;
	if (r == 1)
		r = brood_fifo_receive(scanner, "EOD", BROOD_FOREVER, &got, &length, error);
	return r;
}

static int use(const char *path, struct brood_error *error)
{
	struct brood_scanner *scanner = NULL;
	int reading = brood_fifo_open(path, BROOD_FIFO_READ, 0, error);
	int writing = -1;
	int r = reading;
	if (r >= 0)
		r = writing = brood_fifo_open(path, BROOD_FIFO_WRITE, BROOD_FOREVER, error);
	if (r >= 0) {
		r = brood_scanner_new(&scanner, reading, 0);
		if (r < 0)
			*error = (struct brood_error){
				.code = r, .os_errno = -r, .step = BROOD_STEP_PUMP
			};
	}
	if (r >= 0)
		r = talk(writing, scanner, error);
	brood_scanner_free(scanner);
	if (writing >= 0)
		close(writing);
	if (reading >= 0)
		close(reading);
	return r;
}

static int fifo(const char *child, struct brood_result *result, struct brood_error *error)
{
	static char path[] = "/tmp/brood-probe-XXXXXX";
	(void)child;
	(void)result;
	for (size_t i = 1; i <= 6; i++)
		path[sizeof path - 1 - i] = (char)('a' + (getpid() >> (4 * i - 4)) % 16);
	memset(message, 'm', sizeof message);
	int r = brood_fifo_create(path, 0600, 0, error);
	if (r == 0)
		r = 1;
	if (r == 1)
		r = use(path, error);
	if (r == 0)
		r = brood_fifo_remove(path, error);
	unlink(path);
	return r == 1 ? 0 : r;
}

int main(int argc, char **argv)
{
	struct probe probe = {
		.call = fifo,
		.no_child = true,
	};
	return probe_main(&probe, argc, argv);
}
