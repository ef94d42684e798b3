/* SPDX-License-Identifier: MIT */
/* The relay's loop within the kernel: pages are moved, or shared, from pipe to pipe; no byte is
   copied. With several outputs each round gives the same bytes to a pipe of our own per output, a
   lane, and lets all lanes run empty. */
#include "common/memory.h"
#include "pipe/relay_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define AT_ONCE ((size_t)1 << 20)
#define FLAGS   (SPLICE_F_MOVE | SPLICE_F_NONBLOCK)

/* The way to one output. */
struct lane {
	int pipe[2];    /* ours; -1: not needed, or closed */
	size_t pending; /* bytes in it */
	size_t got;     /* of this round */
};

struct fan {
	struct relay *relay;
	struct lane *lanes;
	struct pollfd *polled; /* the input, then each output */
	char *copied;          /* for a round that does not fit */
};

static void close_lane(struct lane *lane)
{
	for (int i = 0; i < 2; i++) {
		if (lane->pipe[i] >= 0)
			close(lane->pipe[i]);
		lane->pipe[i] = -1;
	}
	lane->pending = 0;
}

static void drop(struct fan *fan, size_t i, int number)
{
	close_lane(&fan->lanes[i]);
	relay_drop(fan->relay, &fan->relay->outs[i], number);
}

/* Waits for the input, or for room in those outputs that still have to take something. Outputs
   whose readers are gone are left out; that ends the wait too. */
static void wait_for(struct fan *fan, bool for_input, brood_duration delay)
{
	struct relay *relay = fan->relay;
	const struct timespec time = { delay / BROOD_SECOND, delay % BROOD_SECOND };

	fan->polled[0] = (struct pollfd){ .fd = for_input ? STDIN_FILENO : -1, .events = POLLIN };
	for (size_t i = 0; i < relay->n_outs; i++)
		fan->polled[i + 1] = (struct pollfd){ .fd = relay->outs[i].fd,
			.events = fan->lanes[i].pending > 0 ? POLLOUT : 0 };
	if (ppoll(fan->polled, relay->n_outs + 1, delay == BROOD_FOREVER ? NULL : &time, NULL) < 0)
		return;
	for (size_t i = 0; i < relay->n_outs; i++)
		if (relay->outs[i].fd >= 0 && fan->polled[i + 1].revents & POLLERR)
			drop(fan, i, EPIPE);
}

/* Empties one lane as far as its output has room. */
static void drain(struct fan *fan, size_t i)
{
	struct lane *lane = &fan->lanes[i];
	const struct relay_out *out = &fan->relay->outs[i];

	while (lane->pending > 0 && out->fd >= 0) {
		ssize_t n = splice(lane->pipe[0], NULL, out->fd, NULL, lane->pending, FLAGS);
		if (n > 0)
			lane->pending -= (size_t)n;
		else if (n < 0 && errno == EAGAIN)
			return;
		else if (n == 0 || errno != EINTR)
			drop(fan, i, n == 0 ? EIO : errno);
	}
}

static bool has_pending(const struct fan *fan)
{
	for (size_t i = 0; i < fan->relay->n_outs; i++)
		if (fan->lanes[i].pending > 0)
			return true;
	return false;
}

static void drain_all(struct fan *fan)
{
	while (has_pending(fan)) {
		for (size_t i = 0; i < fan->relay->n_outs; i++)
			drain(fan, i);
		if (has_pending(fan))
			wait_for(fan, false, BROOD_FOREVER);
	}
}

/* Writes to one output what its lane could not take. */
static void write_rest(struct fan *fan, size_t i, size_t length)
{
	const struct relay_out *out = &fan->relay->outs[i];
	size_t done = fan->lanes[i].got;

	while (done < length && out->fd >= 0) {
		ssize_t n = write(out->fd, fan->copied + done, length - done);
		if (n > 0) {
			done += (size_t)n;
		} else if (errno == EAGAIN) {
			fan->lanes[i].pending = 1; /* only to be asked about */
			wait_for(fan, false, BROOD_FOREVER);
			fan->lanes[i].pending = 0;
		} else if (errno != EINTR) {
			drop(fan, i, errno);
		}
	}
}

/* Lanes of different size, or a kernel that shares less than it was asked for: the round is
   completed by hand. `moved` bytes of it have left the input. */
static void complete(struct fan *fan, size_t length, size_t moved)
{
	size_t have = moved;

	drain_all(fan);
	if (!fan->copied)
		fan->copied = memory_get(AT_ONCE);
	while (have < length) {
		ssize_t n = read(STDIN_FILENO, fan->copied + have, length - have);
		if (n > 0)
			have += (size_t)n;
		else if (n == 0 || errno != EINTR) {
			relay_fail(fan->relay, "a relay cannot read", n == 0 ? EIO : errno);
			fan->relay->is_over = true;
			return;
		}
	}
	for (size_t i = 0; i < fan->relay->n_outs; i++)
		write_rest(fan, i, length);
}

/* The first look of a round: how much there is, and whether there will be more. */
static bool is_nothing(struct relay *relay, ssize_t n)
{
	if (n > 0)
		return false;
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		relay_fail(relay, "a relay cannot read", errno);
	relay->is_over = n == 0 || relay->has_failed;
	return true;
}

/* Gives all lanes, two at least, the same bytes. Returns how many; 0: there are none now. */
static size_t share(struct fan *fan, size_t most)
{
	struct relay *relay = fan->relay;
	size_t length = 0, left = relay->n_open;
	bool is_short = false;

	for (size_t i = 0; i < relay->n_outs; i++) {
		struct lane *lane = &fan->lanes[i];
		ssize_t n = 0;
		lane->got = 0;
		if (relay->outs[i].fd < 0)
			continue;
		/* The last one takes them away, once all others have all of them. */
		if (--left > 0)
			n = tee(STDIN_FILENO, lane->pipe[1], length ? length : most, FLAGS);
		else if (!is_short)
			n = splice(STDIN_FILENO, NULL, lane->pipe[1], NULL, length, FLAGS);
		if (length == 0 && is_nothing(relay, n))
			return 0;
		lane->got = n > 0 ? (size_t)n : 0;
		lane->pending = lane->got;
		length = length ? length : lane->got;
		is_short = is_short || lane->got < length;
		if (left == 0 && is_short)
			complete(fan, length, lane->got);
	}
	return length;
}

/* The only output that is left needs no lane. Returns how many bytes went there. */
static size_t pass(struct fan *fan, size_t most)
{
	struct relay *relay = fan->relay;
	size_t i = 0;

	while (relay->outs[i].fd < 0)
		i++;
	for (int attempt = 0; attempt < 2; attempt++) {
		ssize_t n = splice(STDIN_FILENO, NULL, relay->outs[i].fd, NULL, most, FLAGS);
		if (n > 0)
			return (size_t)n;
		if (n < 0 && errno != EAGAIN && errno != EINTR) {
			drop(fan, i, errno);
			return 0;
		}
		if (n == 0) {
			relay->is_over = true;
			return 0;
		}
		/* Nothing is there, or nothing fits. */
		if (attempt == 0)
			wait_for(fan, true, BROOD_FOREVER);
		if (relay->outs[i].fd < 0)
			return 0;
	}
	fan->lanes[i].pending = 1; /* only to be asked about */
	wait_for(fan, false, BROOD_FOREVER);
	fan->lanes[i].pending = 0;
	return 0;
}

static void run(struct fan *fan)
{
	struct relay *relay = fan->relay;

	while (relay->n_open > 0 && !relay->is_over) {
		size_t most = AT_ONCE;
		if (!relay_wait_for_tokens(relay, &most)) {
			wait_for(fan, false, relay->delay);
			continue;
		}
		bool is_shared = relay->n_open > 1;
		size_t n = is_shared ? share(fan, most) : pass(fan, most);
		if (n > 0 && relay->is_limited)
			pipe_rate_take(&relay->rate, n);
		drain_all(fan);
		if (n == 0 && is_shared && !relay->is_over)
			wait_for(fan, true, BROOD_FOREVER);
	}
}

static bool make_lanes(struct fan *fan)
{
	size_t n = fan->relay->n_outs;
	int size = fcntl(STDIN_FILENO, F_GETPIPE_SZ);
	bool is_fine = size > 0;

	fan->lanes = memory_get(n * sizeof *fan->lanes);
	for (size_t i = 0; i < n; i++)
		fan->lanes[i] = (struct lane){ .pipe = { -1, -1 } };
	for (size_t i = 0; i < n && n > 1 && is_fine; i++) {
		is_fine = pipe2(fan->lanes[i].pipe, O_CLOEXEC) == 0;
		/* Without it rounds are smaller. */
		if (is_fine)
			(void)fcntl(fan->lanes[i].pipe[1], F_SETPIPE_SZ, size);
	}
	return is_fine;
}

bool relay_run_by_splice(struct relay *relay)
{
	struct fan fan = { .relay = relay };

	if (!relay_is_pipe(STDIN_FILENO))
		return false;
	for (size_t i = 0; i < relay->n_outs; i++)
		if (!relay->outs[i].is_pipe || relay->outs[i].may_block)
			return false;
	bool is_fine = make_lanes(&fan);
	fan.polled = memory_get((relay->n_outs + 1) * sizeof *fan.polled);
	if (is_fine)
		run(&fan);
	for (size_t i = 0; i < relay->n_outs; i++)
		close_lane(&fan.lanes[i]);
	free(fan.lanes);
	free(fan.polled);
	free(fan.copied);
	return is_fine;
}
