/* SPDX-License-Identifier: MIT */
/*
 * Messages out of a FIFO. read(2) gives 0 there while no writer has come yet as well as when the
 * last one has gone; poll(2) tells the two apart, so it is asked first.
 */

#include "base/deadline.h"
#include "base/error.h"
#include "pump/scanner.h"
#include "sys/clock.h"
#include "sys/fifo.h"
#include "sys/pidfd.h"
#include <brood/fifo.h>
#include <errno.h>
#include <string.h>

/* What came in time may be read when the time is over: as much as a FIFO holds, and not from one
 * who writes without end. */
#define LATE_BYTES ((int64_t)2 << 20)

struct receiving {
	struct brood_scanner *scanner;
	brood__instant deadline;
	int64_t late; /* bytes read when the time was over */
};

/* Returns 1: a message; 0: none has come; -EMSGSIZE; -EBADMSG. */
static int take(struct brood_scanner *scanner, const char **ret_message, size_t *ret_length)
{
	uint32_t flags;
	while (brood__scanner_take(scanner, ret_message, ret_length, &flags)) {
		if (flags & BROOD_LINE_CUT)
			continue;
		if (flags & BROOD_LINE_UNTERMINATED)
			return -EBADMSG;
		return flags & BROOD_LINE_CONTINUED ? -EMSGSIZE : 1;
	}
	return 0;
}

/* The writers have gone. Returns 0; -EBADMSG: the last one in the middle of a line. */
static int end(struct brood_scanner *scanner)
{
	return brood__scanner_drop(scanner) ? -EBADMSG : 0;
}

/* Returns 1: there may be more now; 0: the end; -ETIME; -errno. */
static int await_more(struct receiving *receiving)
{
	int fd = brood__scanner_fd(receiving->scanner);
	struct pollfd arrival = { .fd = fd, .events = POLLIN };
	brood__instant now = brood__clock_now();
	bool is_late = now >= receiving->deadline;
	if (is_late && receiving->late > LATE_BYTES)
		return -ETIME;
	int r = brood__poll(&arrival, 1, now, receiving->deadline);
	if (r == -EINTR)
		return 1;
	if (r <= 0)
		return r < 0 ? r : -ETIME;
	if (arrival.revents & POLLNVAL)
		return -EBADF;
	if ((arrival.revents & (POLLIN | POLLHUP)) == POLLHUP)
		return end(receiving->scanner);
	ssize_t n = brood__scanner_read(receiving->scanner);
	if (is_late && n > 0)
		receiving->late += n;
	if (n > 0 || n == -EAGAIN)
		return 1;
	/* Another reader was faster, maybe: the next look tells whether it is the end. */
	if (n == 0 && brood__fd_is_fifo(fd) == 1)
		return 1;
	return n == 0 ? end(receiving->scanner) : (int)n;
}

int brood_fifo_receive(struct brood_scanner *scanner, const char *end_word, brood_duration timeout,
	const char **ret_message, size_t *ret_length, struct brood_error *error)
{
	const char *message;
	size_t length;
	if (!scanner || !ret_message || !ret_length)
		return brood__fail(error, BROOD_EMISUSE, BROOD_STEP_PUMP, NULL);
	struct receiving receiving = {
		.scanner = scanner,
		.deadline = brood__deadline(brood__clock_now(), timeout),
	};
	int r;
	while ((r = take(scanner, &message, &length)) == 0) {
		r = await_more(&receiving);
		if (r <= 0)
			break;
	}
	if (r < 0)
		return brood__fail_fd(error, r, BROOD_STEP_PUMP, brood__scanner_fd(scanner), NULL);
	if (r == 0)
		return 0;
	if (end_word && strlen(end_word) == length && memcmp(end_word, message, length) == 0)
		return 0;
	*ret_message = message;
	*ret_length = length;
	return 1;
}
