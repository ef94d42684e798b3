/* SPDX-License-Identifier: MIT */
/* The relay's loop over memory. It serves whatever is connected to it; relay_splice.c is faster
   where all of it is pipes. */
#include "pipe/relay.h"

#include "common/duration.h"
#include "common/exit_code.h"
#include "common/memory.h"
#include "common/message.h"
#include "pipe/relay_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define FIRST_BRANCH 3
/* Where nothing else was asked for: as much as the pipes around it hold. */
#define USUAL_MEMORY ((size_t)1 << 20)
/* How many microseconds there are for what is on its way when it is stopped. */
#define PATIENCE 300000
/* How much is moved at once. */
#define LARGEST_PIECE ((size_t)1 << 20)

bool relay_is_pipe(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode);
}

/* A description of our own, so that not to wait is our affair alone. */
static int reopen(int fd)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

void relay_fail(struct relay *relay, const char *what, int number)
{
	message("pipe: behind stage %s: %s: %s", relay->stage, what, message_errno(number));
	relay->has_failed = true;
}

void relay_drop(struct relay *relay, struct relay_out *out, int number)
{
	if (number != EPIPE)
		relay_fail(relay, "a relay cannot write", number);
	close(out->fd);
	out->fd = -1;
	relay->n_open--;
}

bool relay_wait_for_tokens(struct relay *relay, size_t *ret_most)
{
	if (!relay->is_limited)
		return true;
	uint64_t tokens = pipe_rate_tokens(&relay->rate, duration_now());
	/* In pieces of some milliseconds: smooth, and no wake-up for a byte. */
	uint64_t piece = relay->rate.rate / 64;
	piece = piece < 1 ? 1 : piece > LARGEST_PIECE ? LARGEST_PIECE : piece;
	if (tokens < piece) {
		brood_duration delay = pipe_rate_delay(&relay->rate, piece);
		relay->delay = delay > 0 ? delay : 1;
		return false;
	}
	*ret_most = tokens < *ret_most ? (size_t)tokens : *ret_most;
	return true;
}

static void take_in(struct relay *relay)
{
	struct iovec pieces[2];
	size_t most = LARGEST_PIECE;

	if (!relay_wait_for_tokens(relay, &most))
		return;
	int n = pipe_ring_room(&relay->ring, most, pieces);
	ssize_t length = n > 0 ? readv(STDIN_FILENO, pieces, n) : -1;
	if (length > 0) {
		relay->ring.head += (uint64_t)length;
		if (relay->is_limited)
			pipe_rate_take(&relay->rate, (uint64_t)length);
	} else if (length == 0) {
		relay->is_over = true;
	} else if (n > 0 && errno != EINTR && errno != EAGAIN) {
		relay_fail(relay, "a relay cannot read", errno);
		relay->is_over = true;
	}
}

static void give_out(struct relay *relay, struct relay_out *out)
{
	struct iovec pieces[2];
	size_t most = out->may_block ? PIPE_BUF : LARGEST_PIECE;
	int n = pipe_ring_rest(&relay->ring, out->position, most, pieces);
	ssize_t length = n > 0 ? writev(out->fd, pieces, n) : 0;

	if (length >= 0)
		out->position += (uint64_t)length;
	else if (errno != EINTR && errno != EAGAIN)
		relay_drop(relay, out, errno);
}

static void advance(struct relay *relay)
{
	uint64_t tail = relay->ring.head;

	for (size_t i = 0; i < relay->n_outs; i++)
		if (relay->outs[i].fd >= 0 && relay->outs[i].position < tail)
			tail = relay->outs[i].position;
	relay->ring.tail = tail;
}

static void wait_for_something(struct relay *relay, struct pollfd *polled)
{
	const struct pipe_ring *ring = &relay->ring;
	bool has_room = ring->head - ring->tail < ring->size;
	brood_duration delay = BROOD_FOREVER;
	size_t most = LARGEST_PIECE;
	bool wants = !relay->is_over && has_room;

	if (wants && !relay_wait_for_tokens(relay, &most)) {
		wants = false;
		delay = relay->delay;
	}
	polled[0] = (struct pollfd){ .fd = wants ? STDIN_FILENO : -1, .events = POLLIN };
	for (size_t i = 0; i < relay->n_outs; i++) {
		bool has_rest = relay->outs[i].position < ring->head;
		polled[i + 1] = (struct pollfd){ .fd = relay->outs[i].fd,
			.events = has_rest ? POLLOUT : 0 };
	}
	const struct timespec time = { delay / BROOD_SECOND, delay % BROOD_SECOND };
	if (ppoll(polled, relay->n_outs + 1, delay == BROOD_FOREVER ? NULL : &time, NULL) < 0)
		for (size_t i = 0; i <= relay->n_outs; i++)
			polled[i].revents = 0;
}

static void run_over_memory(struct relay *relay)
{
	struct pollfd *polled = memory_get((relay->n_outs + 1) * sizeof *polled);

	while (relay->n_open > 0 && !(relay->is_over && relay->ring.tail == relay->ring.head)) {
		wait_for_something(relay, polled);
		if (polled[0].revents)
			take_in(relay);
		for (size_t i = 0; i < relay->n_outs; i++) {
			struct relay_out *out = &relay->outs[i];
			short events = polled[i + 1].revents;
			if (out->fd < 0 || events == 0)
				continue;
			/* Its reader is gone, also while there is nothing to write. */
			if (events & (POLLERR | POLLNVAL) && !(events & POLLOUT))
				relay_drop(relay, out, EPIPE);
			else
				give_out(relay, out);
		}
		advance(relay);
	}
	free(polled);
}

static void open_outs(struct relay *relay)
{
	for (size_t i = 0; i < relay->n_outs; i++) {
		struct relay_out *out = &relay->outs[i];
		int fd = i == 0 ? STDOUT_FILENO : FIRST_BRANCH + (int)i - 1;
		*out = (struct relay_out){
			.fd = fd, .is_pipe = relay_is_pipe(fd), .may_block = true
		};
		int own = out->is_pipe ? reopen(fd) : -1;
		struct stat status;
		if (own >= 0) {
			close(fd);
			out->fd = own;
			out->may_block = false;
		} else if (!out->is_pipe && fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
			out->may_block = false;
		}
	}
	relay->n_open = relay->n_outs;
}

/* It ends with its input: what the stage in front of it writes while it is stopped shall arrive.
   But a reader that is slow, or a low rate, must not keep it. */
static void on_stop(int number)
{
	const struct itimerval patience = { .it_value = { 0, PATIENCE } };

	if (number == SIGALRM)
		_exit(EXIT_SIGNAL + SIGTERM);
	(void)setitimer(ITIMER_REAL, &patience, NULL);
}

static const int ignored[] = { SIGINT, SIGQUIT, SIGHUP, SIGTSTP, SIGPIPE };

void pipe_relay_signals(sigset_t *ret_set)
{
	sigemptyset(ret_set);
	for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
		sigaddset(ret_set, ignored[i]);
	sigaddset(ret_set, SIGTERM);
}

static void set_signals(void)
{
	sigset_t answered;
	const struct sigaction action = { .sa_handler = on_stop, .sa_flags = SA_RESTART };

	for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
		(void)signal(ignored[i], SIG_IGN);
	(void)sigaction(SIGTERM, &action, NULL);
	(void)sigaction(SIGALRM, &action, NULL);
	pipe_relay_signals(&answered);
	(void)pthread_sigmask(SIG_UNBLOCK, &answered, NULL);
}

static int get_memory(struct relay *relay, size_t size)
{
	relay->ring.size = size;
	/* What is not needed is never touched. */
	relay->ring.bytes = mmap(NULL, size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (relay->ring.bytes != MAP_FAILED)
		return 0;
	relay_fail(relay, "mem=", errno);
	return -1;
}

int pipe_relay_main(int argc, char **argv)
{
	struct relay relay = { 0 };

	if (argc != 5)
		return EXIT_BROOD;
	relay.stage = argv[4];
	uint64_t rate = strtoull(argv[1], NULL, 10), memory = strtoull(argv[2], NULL, 10);
	relay.n_outs = strtoul(argv[3], NULL, 10);
	if (relay.n_outs == 0 || relay.n_outs > INT_MAX)
		return EXIT_BROOD;
	set_signals();
	relay.outs = memory_get(relay.n_outs * sizeof *relay.outs);
	open_outs(&relay);
	relay.is_limited = rate > 0;
	if (relay.is_limited)
		pipe_rate_begin(&relay.rate, rate, duration_now());
	if (memory > 0 || !relay_run_by_splice(&relay)) {
		if (get_memory(&relay, memory > 0 ? memory : USUAL_MEMORY) < 0)
			return EXIT_BROOD;
		run_over_memory(&relay);
	}
	free(relay.outs);
	return relay.has_failed ? EXIT_BROOD : 0;
}
