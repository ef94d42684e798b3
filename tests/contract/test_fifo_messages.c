/* SPDX-License-Identifier: MIT */
/* Messages over a named pipe: whole, in order, within their time, until the end word. */
#include "check.h"
#include "storms.h"

#include <poll.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>

#define MIB   ((size_t)1 << 20)
#define SHORT (50 * BROOD_MILLISECOND)
#define LONG  (50 * BROOD_SECOND)

/* A FIFO of our own, held open at both ends. */
struct box {
	struct place place;
	char *path;
	int fd;
	struct brood_scanner *scanner;
};

static int open_way(const struct box *box, uint64_t how)
{
	struct brood_error error = BROOD_ERROR_INIT;
	int fd = brood_fifo_open(box->path, how, LONG, &error);
	if (fd < 0)
		check_code(fd, 0, &error);
	return fd;
}

/* Nobody has it open: for scenes, which would share our end. */
static void box_make_closed(struct box *box)
{
	place_make(&box->place);
	box->path = place_at(&box->place, "box");
	box->fd = -1;
	box->scanner = NULL;
	check_number(brood_fifo_create(box->path, 0600, 0, NULL), 1);
}

static void box_open(struct box *box, uint64_t how, size_t longest)
{
	box->fd = open_way(box, how);
	check_number(brood_scanner_new(&box->scanner, box->fd, longest), 0);
}

static void box_make(struct box *box, uint64_t how, size_t longest)
{
	box_make_closed(box);
	box_open(box, how, longest);
}

static void box_leave(struct box *box)
{
	brood_scanner_free(box->scanner);
	if (box->fd >= 0)
		close(box->fd);
	place_leave(&box->place);
}

static void say(int fd, const char *message)
{
	struct brood_error error = BROOD_ERROR_INIT;
	int r = brood_fifo_send(fd, message, strlen(message), LONG, &error);
	check_code(r, 0, &error);
}

static void hear(const struct box *box, const char *wanted)
{
	struct brood_error error = BROOD_ERROR_INIT;
	const char *message = NULL;
	size_t length = 0;
	int r = brood_fifo_receive(box->scanner, "EOD", LONG, &message, &length, &error);
	check_code(r, 1, &error);
	if (length != strlen(wanted) || memcmp(message, wanted, length) != 0)
		complain(__FILE__, __LINE__, "'%.*s' came, not '%s'", (int)length, message, wanted);
}

/* What receive returns; it must not touch the message when that is not 1. */
static int hear_code(const struct box *box, brood_duration timeout)
{
	struct brood_error error = BROOD_ERROR_INIT;
	const char *message = "untouched";
	size_t length = 9;
	int r = brood_fifo_receive(box->scanner, "EOD", timeout, &message, &length, &error);
	if (r < 0)
		check_error(r, r, &error, BROOD_STEP_PUMP);
	else
		check_number(error.code, 0);
	if (r != 1)
		check_text(message, "untouched");
	return r;
}

static void raw(int fd, const char *bytes, size_t length)
{
	check_number(write(fd, bytes, length), (ssize_t)length);
}

static int send_code(int fd, size_t length, brood_duration timeout, int wanted)
{
	struct brood_error error = BROOD_ERROR_INIT;
	char *message = malloc(length + 1);
	memset(message, 'm', length + 1);
	int r = brood_fifo_send(fd, message, length, timeout, &error);
	free(message);
	if (r != wanted)
		check_code(r, wanted, &error);
	if (r < 0) {
		check_error(r, r, &error, BROOD_STEP_PUMP);
		check_number(error.fd, fd);
	}
	return r;
}

/* Fills the FIFO with empty lines; returns how many. */
static size_t fill(int fd)
{
	static char lines[4096];
	size_t total = 0;
	ssize_t n;
	memset(lines, '\n', sizeof lines);
	while ((n = write(fd, lines, sizeof lines)) > 0)
		total += (size_t)n;
	return total;
}

/* Takes what lies there and counts it. */
static size_t drain(int fd, char *ret_bytes, size_t size)
{
	size_t total = 0;
	ssize_t n;
	while (total < size && (n = read(fd, ret_bytes + total, size - total)) > 0)
		total += (size_t)n;
	return total;
}

/* covers: FIFO-receive.message FIFO-receive.end-word FIFO-receive.behind FIFO-send.line */
static void tasks_come_in_order_until_the_end_word(void **state)
{
	struct box box;
	char task[32];
	(void)state;
	box_make(&box, BROOD_FIFO_BOTH, 0);
	for (int round = 0; round < 2; round++) {
		for (int i = 1; i <= 10; i++) {
			snprintf(task, sizeof task, "task %d", i);
			say(box.fd, task);
		}
		say(box.fd, "EOD");
		say(box.fd, "EODX");
	}
	for (int round = 0; round < 2; round++) {
		for (int i = 1; i <= 10; i++) {
			snprintf(task, sizeof task, "task %d", i);
			hear(&box, task);
		}
		check_number(hear_code(&box, LONG), 0);
		hear(&box, "EODX");
	}
	check_number(hear_code(&box, 0), -ETIME);
	box_leave(&box);
}

/* covers: FIFO-receive.end-word FIFO-receive.message FIFO-send.line */
static void a_message_is_any_bytes_but_a_newline(void **state)
{
	struct brood_error error = BROOD_ERROR_INIT;
	const char *message;
	size_t length;
	struct box box;
	(void)state;
	box_make(&box, BROOD_FIFO_BOTH, 0);
	check_code(brood_fifo_send(box.fd, "a\0\r\xff", 4, LONG, &error), 0, &error);
	check_code(brood_fifo_send(box.fd, NULL, 0, LONG, &error), 0, &error);
	check_code(brood_fifo_send(box.fd, "EOD", 3, LONG, &error), 0, &error);
	check_number(brood_fifo_receive(box.scanner, NULL, LONG, &message, &length, &error), 1);
	check_number(length, 4);
	check(memcmp(message, "a\0\r\xff", 4) == 0);
	check_number(brood_fifo_receive(box.scanner, NULL, LONG, &message, &length, &error), 1);
	check_number(length, 0);
	/* Without an end word it is a message as any other. */
	check_number(brood_fifo_receive(box.scanner, NULL, LONG, &message, &length, &error), 1);
	check_number(length, 3);
	/* The empty word is one too. */
	check_code(brood_fifo_send(box.fd, "", 0, LONG, &error), 0, &error);
	check_number(brood_fifo_receive(box.scanner, "", LONG, &message, &length, &error), 0);
	box_leave(&box);
}

/* covers: FIFO-send.refused FIFO-send.misuse */
static void what_cannot_be_sent_is_refused(void **state)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct box box;
	int ends[2];
	(void)state;
	box_make(&box, BROOD_FIFO_BOTH, 0);
	check_error(
		brood_fifo_send(box.fd, "a\nb", 3, LONG, &error), -EILSEQ, &error, BROOD_STEP_PUMP);
	check_error(
		brood_fifo_send(box.fd, "\n", 1, LONG, &error), -EILSEQ, &error, BROOD_STEP_PUMP);
	check_error(brood_fifo_send(box.fd, NULL, 1, LONG, &error), BROOD_EMISUSE, &error,
		BROOD_STEP_PUMP);
	check_error(
		brood_fifo_send(-1, "a", 1, LONG, &error), BROOD_EMISUSE, &error, BROOD_STEP_PUMP);

	make_file(place_at(&box.place, "file"), "precious", 0600);
	int file = open(place_at(&box.place, "file"), O_WRONLY | O_CLOEXEC);
	send_code(file, 4, LONG, -EINVAL);
	close(file);
	check_text(read_file(place_at(&box.place, "file")), "precious");
	check_number(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	send_code(ends[0], 4, LONG, -EINVAL);
	close(ends[0]);
	close(ends[1]);
	send_code(ends[0], 4, LONG, -EBADF);
	int reading = open_way(&box, BROOD_FIFO_READ);
	send_code(reading, 4, LONG, -EBADF);
	close(reading);
	check_number(hear_code(&box, 0), -ETIME);
	box_leave(&box);
}

/* covers: FIFO-send.time FIFO-send.not-waiting */
static void a_full_fifo_is_waited_for_and_then_given_up(void **state)
{
	static const brood_duration timeouts[] = { 0, -1, SHORT };
	static const size_t lengths[] = { 0, 5, PIPE_BUF - 1, PIPE_BUF, 100000 };
	struct box box;
	char *bytes = malloc(2 * MIB);
	(void)state;
	box_make(&box, BROOD_FIFO_BOTH, 0);
	size_t filled = fill(box.fd);
	for (size_t i = 0; i < sizeof timeouts / sizeof *timeouts; i++)
		for (size_t j = 0; j < sizeof lengths / sizeof *lengths; j++) {
			int64_t start = now_ns();
			send_code(box.fd, lengths[j], timeouts[i], -ETIME);
			check(now_ns() - start >= timeouts[i]);
			check(now_ns() - start < 10 * BROOD_SECOND);
		}
	/* Nothing was written. */
	check_number((int64_t)drain(box.fd, bytes, 2 * MIB), (int64_t)filled);
	check_number(bytes[filled - 1], '\n');
	free(bytes);
	box_leave(&box);
}

/* covers: FIFO-send.not-waiting */
static void who_does_not_wait_begins_only_what_fits(void **state)
{
	struct box box;
	char *bytes = malloc(2 * MIB);
	(void)state;
	box_make(&box, BROOD_FIFO_BOTH, 0);
	size_t holds = fill(box.fd);
	drain(box.fd, bytes, 2 * MIB);
	send_code(box.fd, holds, 0, -ETIME);
	check_number((int64_t)drain(box.fd, bytes, 2 * MIB), 0);
	send_code(box.fd, holds - 1, 0, 0);
	check_number((int64_t)drain(box.fd, bytes, 2 * MIB), (int64_t)holds);
	raw(box.fd, "x", 1);
	send_code(box.fd, 10000, 0, -ETIME);
	send_code(box.fd, 10, 0, 0);
	check_number((int64_t)drain(box.fd, bytes, 2 * MIB), 12);
	free(bytes);
	box_leave(&box);
}

/* covers: FIFO-send.time FIFO-send.locked */
static void a_lock_of_another_is_waited_for_and_then_given_up(void **state)
{
	struct box box;
	(void)state;
	box_make(&box, BROOD_FIFO_BOTH, 0);
	int other = open_way(&box, BROOD_FIFO_WRITE);
	check_number(flock(other, LOCK_EX), 0);
	send_code(box.fd, 5, 0, -ETIME);
	send_code(box.fd, 5, SHORT, -ETIME);
	send_code(box.fd, 5000, SHORT, -ETIME);
	/* Short ones do not shut each other out, but a long one. */
	check_number(flock(other, LOCK_SH), 0);
	send_code(box.fd, 5000, SHORT, -ETIME);
	send_code(box.fd, 5, SHORT, 0);
	check_number(flock(other, LOCK_UN), 0);
	send_code(box.fd, 5000, SHORT, 0);
	/* None is left behind. */
	check_number(flock(other, LOCK_EX | LOCK_NB), 0);
	close(other);
	hear(&box, "mmmmm");
	box_leave(&box);
}

struct delay {
	int fd;
	int lock;
	char *bytes;
};

static void *drain_later(void *data)
{
	struct delay *delay = data;
	struct pollfd none = { .fd = -1 };
	poll(&none, 1, 30);
	drain(delay->fd, delay->bytes, MIB);
	return NULL;
}

static void *unlock_later(void *data)
{
	struct delay *delay = data;
	struct pollfd none = { .fd = -1 };
	poll(&none, 1, 30);
	flock(delay->lock, LOCK_UN);
	return NULL;
}

/* covers: FIFO-send.waits */
static void it_goes_on_as_soon_as_there_is_room(void **state)
{
	static const brood_duration timeouts[] = { LONG, BROOD_FOREVER };
	struct box box;
	struct delay delay;
	pthread_t thread;
	(void)state;
	need_threads();
	box_make(&box, BROOD_FIFO_BOTH, 0);
	delay.fd = box.fd;
	delay.bytes = malloc(MIB);
	delay.lock = open_way(&box, BROOD_FIFO_WRITE);
	for (int i = 0; i < 2; i++) {
		fill(box.fd);
		check_number(pthread_create(&thread, NULL, drain_later, &delay), 0);
		send_code(box.fd, 5, timeouts[i], 0);
		pthread_join(thread, NULL);
		drain(box.fd, delay.bytes, MIB);
		check_number(flock(delay.lock, LOCK_EX), 0);
		check_number(pthread_create(&thread, NULL, unlock_later, &delay), 0);
		send_code(box.fd, 5, timeouts[i], 0);
		pthread_join(thread, NULL);
		hear(&box, "mmmmm");
	}
	free(delay.bytes);
	close(delay.lock);
	box_leave(&box);
}

/* Whether the bytes are `torn` m's at most, then a line of three x. */
static void check_torn(char *bytes, size_t length)
{
	char *end = memchr(bytes, '\n', length);
	check(end);
	check(end > bytes);
	check_number((int64_t)strspn(bytes, "m"), end - bytes);
	check_number((int64_t)length, end - bytes + 5);
	check(memcmp(end, "\nxxx\n", 5) == 0);
}

/* Whether the kernel keeps for a FIFO that its last line is torn: not before 4.13, nor in
 * emulators. */
static bool knows_torn_lines(int fd)
{
	uint64_t hint = 0;
	return fcntl(fd, F_GET_RW_HINT, &hint) == 0 && !denied("set-rw-hint");
}

/* covers: FIFO-send.torn FIFO-send.begins-anew */
static void a_long_message_that_nobody_reads_is_torn_and_the_next_begins_anew(void **state)
{
	struct box box;
	char *bytes = malloc(2 * MIB);
	(void)state;
	box_make(&box, BROOD_FIFO_BOTH, 0);
	int64_t start = now_ns();
	send_code(box.fd, MIB, SHORT, -EIO);
	check(now_ns() - start >= SHORT);
	size_t length = drain(box.fd, bytes, 2 * MIB);
	check(length > PIPE_BUF);
	check(length < MIB);
	/* From another open file, as if from another process. */
	int other = open_way(&box, BROOD_FIFO_WRITE);
	say(other, "xxx");
	say(other, "yyy");
	length += drain(box.fd, bytes + length, MIB);
	check(memcmp(bytes + length - 4, "yyy\n", 4) == 0);
	if (knows_torn_lines(box.fd))
		check_torn(bytes, length - 4);
	/* The same for a long one, which is long only by its newline in front. */
	send_code(box.fd, MIB, SHORT, -EIO);
	drain(box.fd, bytes, 2 * MIB);
	send_code(other, PIPE_BUF - 1, LONG, 0);
	length = drain(box.fd, bytes, 2 * MIB);
	if (knows_torn_lines(box.fd)) {
		check_number((int64_t)length, PIPE_BUF + 1);
		check_number(bytes[0], '\n');
	}
	check_number(bytes[length - 1], '\n');
	close(other);
	free(bytes);
	box_leave(&box);
}

/* covers: FIFO-send.dies */
static void a_sender_that_dies_within_a_message_tears_only_its_own(void **state)
{
	struct box box;
	char *bytes = malloc(2 * MIB);
	int status = 0;
	(void)state;
	box_make(&box, BROOD_FIFO_BOTH, 0);
	pid_t pid = fork();
	check(pid >= 0);
	if (pid == 0) {
		memset(bytes, 'm', MIB);
		_exit(brood_fifo_send(box.fd, bytes, MIB, BROOD_FOREVER, NULL) + 77);
	}
	/* Until it waits for room. */
	struct pollfd room = { .fd = box.fd, .events = POLLOUT };
	while (poll(&room, 1, 0) != 0)
		room.revents = 0;
	await_state(pid, 'S');
	kill(pid, SIGKILL);
	check_number(waitpid(pid, &status, 0), pid);
	check(WIFSIGNALED(status));
	size_t length = drain(box.fd, bytes, 2 * MIB);
	say(box.fd, "xxx");
	length += drain(box.fd, bytes + length, MIB);
	if (knows_torn_lines(box.fd))
		check_torn(bytes, length);
	free(bytes);
	box_leave(&box);
}

static void send_to_nobody(void *data)
{
	struct box *box = data;
	struct sigaction action;
	sigset_t pending;
	/* Not ignored and not blocked: it would end us. */
	check_number(sigaction(SIGPIPE, NULL, &action), 0);
	check(action.sa_handler == SIG_DFL);
	box_open(box, BROOD_FIFO_READ, 0);
	int writing = open_way(box, BROOD_FIFO_WRITE);
	close(box->fd);
	send_code(writing, 5, LONG, -EPIPE);
	send_code(writing, MIB, LONG, -EPIPE);
	check_number(sigpending(&pending), 0);
	check_number(sigismember(&pending, SIGPIPE), 0);
	check_number(sigaction(SIGPIPE, NULL, &action), 0);
	check(action.sa_handler == SIG_DFL);
}

static void *close_later(void *data)
{
	char bytes[20000];
	int fd = *(int *)data;
	struct pollfd arrival = { .fd = fd, .events = POLLIN };
	poll(&arrival, 1, -1);
	if (read(fd, bytes, sizeof bytes) < 0)
		abort();
	close(fd);
	return NULL;
}

static void lose_the_reader(void *data)
{
	struct box *box = data;
	pthread_t thread;
	box_open(box, BROOD_FIFO_READ, 0);
	int writing = open_way(box, BROOD_FIFO_WRITE);
	check_number(pthread_create(&thread, NULL, close_later, &box->fd), 0);
	send_code(writing, MIB, LONG, -EPIPE);
	pthread_join(thread, NULL);
}

/* covers: FIFO-send.no-reader */
static void without_a_reader_it_fails_and_no_signal_comes(void **state)
{
	struct box box;
	(void)state;
	need_threads();
	box_make_closed(&box);
	in_scene(send_to_nobody, &box);
	in_scene(lose_the_reader, &box);
	box_leave(&box);
}

/* "SENDER NUMBER LENGTH" and then that many of one letter. */
static size_t compose(char *message, int sender, int number, size_t length)
{
	size_t head = (size_t)sprintf(message, "%d %d %zu ", sender, number, length);
	memset(message + head, 'a' + (sender + number) % 26, length);
	return head + length;
}

static size_t length_of(int sender, int number)
{
	static const size_t lengths[] = { 0, 1, 100, PIPE_BUF - 20, PIPE_BUF, 5000, 70000, 300000 };
	/* The longest that a scanner takes, once each. */
	if (number == 20)
		return MIB - 100;
	return lengths[(sender * 7 + number * 5) % 8];
}

#define N_SENDERS  8
#define N_MESSAGES 40

static int send_many(int fd, int sender)
{
	char *message = malloc(MIB + 1);
	int r = 0;
	for (int i = 0; i < N_MESSAGES && r == 0; i++) {
		size_t length = compose(message, sender, i, length_of(sender, i));
		r = brood_fifo_send(fd, message, length, BROOD_FOREVER, NULL);
	}
	free(message);
	return r;
}

/* All messages of all senders come, whole and each sender's in order. */
static void hear_many(const struct box *box)
{
	int next[N_SENDERS] = { 0 };
	char *wanted = malloc(MIB + 1);
	for (int n = 0; n < N_SENDERS * N_MESSAGES; n++) {
		struct brood_error error = BROOD_ERROR_INIT;
		const char *message;
		size_t length;
		int r = brood_fifo_receive(box->scanner, NULL, LONG, &message, &length, &error);
		check_code(r, 1, &error);
		int sender = length > 0 ? message[0] - '0' : -1;
		check(sender >= 0);
		check(sender < N_SENDERS);
		int number = next[sender]++;
		size_t full = compose(wanted, sender, number, length_of(sender, number));
		if (length != full || memcmp(message, wanted, full) != 0)
			complain(__FILE__, __LINE__, "message %d of sender %d is '%.60s'", number,
				sender, message);
	}
	for (int i = 0; i < N_SENDERS; i++)
		check_number(next[i], N_MESSAGES);
	check_number(hear_code(box, 0), -ETIME);
	free(wanted);
}

static void send_from_processes(struct box *box, bool shared)
{
	pid_t pids[N_SENDERS];
	for (int i = 0; i < N_SENDERS; i++) {
		pids[i] = fork();
		check(pids[i] >= 0);
		if (pids[i] > 0)
			continue;
		alarm(100);
		int fd = shared ? box->fd : open_way(box, BROOD_FIFO_WRITE);
		_exit(send_many(fd, i) != 0);
	}
	hear_many(box);
	for (int i = 0; i < N_SENDERS; i++) {
		int status = -1;
		check_number(waitpid(pids[i], &status, 0), pids[i]);
		check_number(status, 0);
	}
}

/* covers: FIFO-send.whole */
static void messages_of_8_processes_lie_beside_each_other(void **state)
{
	struct box box;
	(void)state;
	box_make(&box, BROOD_FIFO_BOTH, 0);
	send_from_processes(&box, false);
	box_leave(&box);
}

/* covers: FIFO-send.whole */
static void also_those_of_processes_that_share_one_descriptor(void **state)
{
	struct box box;
	(void)state;
	box_make(&box, BROOD_FIFO_BOTH, 0);
	send_from_processes(&box, true);
	box_leave(&box);
}

struct sender {
	pthread_t thread;
	int fd;
	int number;
	int result;
};

static void *send_as_thread(void *data)
{
	struct sender *sender = data;
	sender->result = send_many(sender->fd, sender->number);
	return NULL;
}

/* covers: FIFO-send.whole */
static void and_those_of_8_threads_with_one_descriptor(void **state)
{
	struct sender senders[N_SENDERS];
	struct box box;
	(void)state;
	need_threads();
	box_make(&box, BROOD_FIFO_BOTH, 0);
	int fd = open_way(&box, BROOD_FIFO_WRITE);
	for (int i = 0; i < N_SENDERS; i++) {
		senders[i] = (struct sender){ .fd = fd, .number = i };
		check_number(
			pthread_create(&senders[i].thread, NULL, send_as_thread, &senders[i]), 0);
	}
	hear_many(&box);
	for (int i = 0; i < N_SENDERS; i++) {
		pthread_join(senders[i].thread, NULL);
		check_number(senders[i].result, 0);
	}
	close(fd);
	box_leave(&box);
}

/* covers: FIFO-send.line */
static void a_pipe_will_do_as_well(void **state)
{
	struct brood_scanner *scanner;
	struct brood_error error = BROOD_ERROR_INIT;
	const char *message;
	size_t length;
	int ends[2];
	(void)state;
	check_number(pipe2(ends, O_CLOEXEC), 0);
	check_number(brood_scanner_new(&scanner, ends[0], 0), 0);
	say(ends[1], "short");
	send_code(ends[1], 5000, LONG, 0);
	check_code(brood_fifo_receive(scanner, NULL, LONG, &message, &length, &error), 1, &error);
	check_number(length, 5);
	check_code(brood_fifo_receive(scanner, NULL, LONG, &message, &length, &error), 1, &error);
	check_number(length, 5000);
	close(ends[1]);
	check_code(brood_fifo_receive(scanner, NULL, LONG, &message, &length, &error), 0, &error);
	brood_scanner_free(scanner);
	close(ends[0]);
}

static void talk_without_reopening(struct box *box)
{
	char *bytes = malloc(2 * MIB);
	say(box->fd, "short");
	hear(box, "short");
	send_code(box->fd, 5000, LONG, 0);
	check_number((int64_t)drain(box->fd, bytes, MIB), 5001);
	fill(box->fd);
	send_code(box->fd, 5, SHORT, -ETIME);
	drain(box->fd, bytes, MIB);
	send_code(box->fd, MIB, SHORT, -EIO);
	drain(box->fd, bytes, 2 * MIB);
	/* Not even one that blocks holds us up when the time is over. */
	check_number(fcntl(box->fd, F_SETFL, 0), 0);
	send_code(box->fd, MIB, SHORT, -EIO);
	send_code(box->fd, 5, SHORT, -ETIME);
	free(bytes);
}

static void send_in_a_chroot(void *data)
{
	struct box *box = data;
	check_number(chroot(box->place.path), 0);
	check_number(chdir("/"), 0);
	talk_without_reopening(box);
}

static void send_without_a_free_descriptor(void *data)
{
	struct rlimit limit = { 0, 0 };
	check_number(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = 3;
	check_number(setrlimit(RLIMIT_NOFILE, &limit), 0);
	talk_without_reopening(data);
}

/* covers: FIFO-send.fallback */
static void where_it_cannot_be_opened_again_it_is_sent_all_the_same(void **state)
{
	struct box box;
	(void)state;
	box_make(&box, BROOD_FIFO_BOTH, 0);
	in_scene(send_without_a_free_descriptor, &box);
	box_leave(&box);
	if (getuid() == 0) {
		box_make(&box, BROOD_FIFO_BOTH, 0);
		in_scene(send_in_a_chroot, &box);
		box_leave(&box);
	}
}

/* covers: FIFO-receive.end-of-writers FIFO-receive.behind */
static void the_end_comes_only_after_a_writer_was_there(void **state)
{
	struct box box;
	(void)state;
	box_make(&box, BROOD_FIFO_READ, 0);
	int64_t start = now_ns();
	check_number(hear_code(&box, SHORT), -ETIME);
	check(now_ns() - start >= SHORT);
	check_number(hear_code(&box, 0), -ETIME);
	int first = open_way(&box, BROOD_FIFO_WRITE);
	check_number(hear_code(&box, SHORT), -ETIME);
	int second = open_way(&box, BROOD_FIFO_WRITE);
	say(first, "one");
	close(first);
	hear(&box, "one");
	check_number(hear_code(&box, SHORT), -ETIME);
	say(second, "two");
	close(second);
	hear(&box, "two");
	check_number(hear_code(&box, LONG), 0);
	check_number(hear_code(&box, LONG), 0);
	/* One that only comes and goes has been there as well. */
	first = open_way(&box, BROOD_FIFO_WRITE);
	check_number(hear_code(&box, SHORT), -ETIME);
	say(first, "three");
	hear(&box, "three");
	check_number(hear_code(&box, 0), -ETIME);
	close(first);
	check_number(hear_code(&box, LONG), 0);
	box_leave(&box);

	box_make(&box, BROOD_FIFO_READ, 0);
	close(open_way(&box, BROOD_FIFO_WRITE));
	check_number(hear_code(&box, LONG), 0);
	box_leave(&box);
}

/* covers: FIFO-receive.end-of-writers */
static void who_holds_both_ends_sees_no_end(void **state)
{
	struct box box;
	(void)state;
	box_make(&box, BROOD_FIFO_BOTH, 0);
	for (int i = 0; i < 3; i++) {
		int writing = open_way(&box, BROOD_FIFO_WRITE);
		say(writing, "word");
		close(writing);
		hear(&box, "word");
		check_number(hear_code(&box, 0), -ETIME);
	}
	box_leave(&box);
}

/* covers: FIFO-receive.time */
static void what_has_come_of_a_message_is_kept(void **state)
{
	struct box box;
	(void)state;
	box_make(&box, BROOD_FIFO_BOTH, 0);
	raw(box.fd, "a mess", 6);
	check_number(hear_code(&box, SHORT), -ETIME);
	raw(box.fd, "age", 3);
	check_number(hear_code(&box, -1), -ETIME);
	raw(box.fd, "\nnext", 5);
	hear(&box, "a message");
	check_number(hear_code(&box, 0), -ETIME);
	raw(box.fd, "\n", 1);
	hear(&box, "next");
	box_leave(&box);
}

/* covers: FIFO-receive.too-long */
static void one_that_is_too_long_is_passed_over_whole(void **state)
{
	char line[101];
	struct box box;
	(void)state;
	memset(line, 'l', sizeof line);
	box_make(&box, BROOD_FIFO_BOTH, 10);
	line[10] = '\n';
	raw(box.fd, line, 11);
	hear(&box, "llllllllll");
	for (size_t length = 11; length < 45; length++) {
		memset(line, 'l', sizeof line);
		line[length] = '\n';
		raw(box.fd, line, length + 1);
		raw(box.fd, "next\n", 5);
		check_number(hear_code(&box, LONG), -EMSGSIZE);
		hear(&box, "next");
	}
	/* In pieces, with waiting in between. */
	memset(line, 'l', sizeof line);
	for (int i = 0; i < 3; i++) {
		raw(box.fd, line, 25);
		check_number(hear_code(&box, 0), -ETIME);
	}
	raw(box.fd, "\nnext\n", 6);
	check_number(hear_code(&box, LONG), -EMSGSIZE);
	hear(&box, "next");
	box_leave(&box);
}

/* covers: FIFO-receive.unfinished FIFO-receive.behind */
static void what_the_last_writer_leaves_unfinished_is_no_message(void **state)
{
	struct box box;
	(void)state;
	for (size_t longest = 0; longest < 9; longest += 4) {
		box_make(&box, BROOD_FIFO_READ, longest);
		int writing = open_way(&box, BROOD_FIFO_WRITE);
		raw(writing, "one\nrm -rf /tmp/old", 19);
		close(writing);
		hear(&box, "one");
		check_number(hear_code(&box, LONG), -EBADMSG);
		check_number(hear_code(&box, LONG), 0);
		writing = open_way(&box, BROOD_FIFO_WRITE);
		say(writing, "two");
		hear(&box, "two");
		close(writing);
		check_number(hear_code(&box, LONG), 0);
		box_leave(&box);
	}
}

/* covers: FIFO-receive.errors FIFO-receive.misuse */
static void receiving_fails_with_the_error_of_the_system(void **state)
{
	struct brood_error error = BROOD_ERROR_INIT;
	const char *message;
	size_t length;
	struct box box;
	(void)state;
	box_make(&box, BROOD_FIFO_BOTH, 0);
	check_error(brood_fifo_receive(NULL, NULL, 0, &message, &length, &error), BROOD_EMISUSE,
		&error, BROOD_STEP_PUMP);
	check_error(brood_fifo_receive(box.scanner, NULL, 0, NULL, &length, &error), BROOD_EMISUSE,
		&error, BROOD_STEP_PUMP);
	check_error(brood_fifo_receive(box.scanner, NULL, 0, &message, NULL, &error), BROOD_EMISUSE,
		&error, BROOD_STEP_PUMP);
	brood_scanner_free(box.scanner);
	int folder = open(box.place.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	check_number(brood_scanner_new(&box.scanner, folder, 0), 0);
	check_error(brood_fifo_receive(box.scanner, NULL, LONG, &message, &length, &error), -EISDIR,
		&error, BROOD_STEP_PUMP);
	close(folder);
	check_error(brood_fifo_receive(box.scanner, NULL, LONG, &message, &length, &error), -EBADF,
		&error, BROOD_STEP_PUMP);
	box_leave(&box);
}

/* covers: FIFO-receive.end-of-writers */
static void of_a_file_the_end_is_the_end(void **state)
{
	struct box box;
	(void)state;
	box_make(&box, BROOD_FIFO_BOTH, 0);
	brood_scanner_free(box.scanner);
	make_file(place_at(&box.place, "file"), "one\ntwo\nthree", 0600);
	int file = open(place_at(&box.place, "file"), O_RDONLY | O_CLOEXEC);
	check_number(brood_scanner_new(&box.scanner, file, 0), 0);
	hear(&box, "one");
	hear(&box, "two");
	check_number(hear_code(&box, LONG), -EBADMSG);
	check_number(hear_code(&box, LONG), 0);
	close(file);
	box_leave(&box);
}

static void hear_without_end(void *data)
{
	struct box *box = data;
	int64_t start = now_ns();
	check_number(hear_code(box, 0), -ETIME);
	check(now_ns() - start < 10 * BROOD_SECOND);
	start = now_ns();
	check_number(hear_code(box, SHORT), -ETIME);
	check(now_ns() - start >= SHORT);
	check(now_ns() - start < 10 * BROOD_SECOND);
}

/* covers: FIFO-receive.time */
static void a_line_without_end_does_not_hold_us_up(void **state)
{
	struct box box;
	(void)state;
	box_make_closed(&box);
	box.fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	check_number(brood_scanner_new(&box.scanner, box.fd, 1000), 0);
	in_scene(hear_without_end, &box);
	box_leave(&box);
}

static void talk_in_a_storm(void *data)
{
	struct box *box = data;
	storm_begin();
	int64_t start = now_ns();
	check_number(hear_code(box, 2 * SHORT), -ETIME);
	check(now_ns() - start >= 2 * SHORT);
	start = now_ns();
	send_code(box->fd, MIB, 2 * SHORT, -EIO);
	check(now_ns() - start >= 2 * SHORT);
	start = now_ns();
	send_code(box->fd, 5, 2 * SHORT, -ETIME);
	check(now_ns() - start >= 2 * SHORT);
	storm_end(20);
}

static void stream_in_a_storm(void *data)
{
	struct box *box = data;
	pid_t pid = fork();
	check(pid >= 0);
	storm_begin();
	if (pid == 0) {
		for (int i = 0; i < N_SENDERS; i++)
			if (send_many(box->fd, i) != 0)
				_exit(1);
		_exit(0);
	}
	hear_many(box);
	storm_end(0);
	int status = -1;
	while (waitpid(pid, &status, 0) < 0)
		check_number(errno, EINTR);
	check_number(status, 0);
}

/* covers: FIFO-send.signals FIFO-receive.signals */
static void handlers_neither_end_a_wait_nor_lose_a_byte(void **state)
{
	struct box box;
	(void)state;
	if (!stands_storms())
		skip();
	box_make(&box, BROOD_FIFO_BOTH, 0);
	in_scene(talk_in_a_storm, &box);
	box_leave(&box);
	box_make(&box, BROOD_FIFO_BOTH, 0);
	in_scene(stream_in_a_storm, &box);
	box_leave(&box);
}

/* covers: FIFO-send.line FIFO-receive.message */
static void a_shell_can_be_the_other_end(void **state)
{
	struct box box;
	char script[2 * PATH_MAX + 200];
	(void)state;
	box_make(&box, BROOD_FIFO_BOTH, 0);
	snprintf(script, sizeof script, "for i in 1 2 3; do echo task $i > %s; done", box.path);
	struct brood_cmd shell = BROOD_CMD(.argv = BROOD_ARGV("sh", "-c", script));
	check_number(brood_run(&shell, NULL, NULL, NULL), 0);
	hear(&box, "task 1");
	hear(&box, "task 2");
	hear(&box, "task 3");
	box_leave(&box);

	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_job *job;
	box_make_closed(&box);
	snprintf(script, sizeof script,
		"while read -r line && [ \"$line\" != EOD ]; do echo \"<$line>\"; done < %s",
		box.path);
	struct brood_cmd loop = BROOD_CMD(.argv = BROOD_ARGV("sh", "-c", script),
		.out = brood_capture(0, 0));
	check_number(brood_start(&job, &loop, 1, NULL, NULL), 0);
	int fd = open_way(&box, BROOD_FIFO_WRITE);
	say(fd, "one");
	say(fd, "two words");
	say(fd, "EOD");
	check_number(brood_job_wait(job, BROOD_FOREVER, &result, NULL), 0);
	check_text(result.out.data, "<one>\n<two words>\n");
	brood_job_free(job);
	brood_result_done(&result);
	close(fd);
	box_leave(&box);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(tasks_come_in_order_until_the_end_word),
		hygienic(a_message_is_any_bytes_but_a_newline),
		hygienic(what_cannot_be_sent_is_refused),
		hygienic(a_full_fifo_is_waited_for_and_then_given_up),
		hygienic(who_does_not_wait_begins_only_what_fits),
		hygienic(a_lock_of_another_is_waited_for_and_then_given_up),
		hygienic(it_goes_on_as_soon_as_there_is_room),
		hygienic(a_long_message_that_nobody_reads_is_torn_and_the_next_begins_anew),
		hygienic(a_sender_that_dies_within_a_message_tears_only_its_own),
		hygienic(without_a_reader_it_fails_and_no_signal_comes),
		hygienic(messages_of_8_processes_lie_beside_each_other),
		hygienic(also_those_of_processes_that_share_one_descriptor),
		hygienic(and_those_of_8_threads_with_one_descriptor),
		hygienic(a_pipe_will_do_as_well),
		hygienic(where_it_cannot_be_opened_again_it_is_sent_all_the_same),
		hygienic(the_end_comes_only_after_a_writer_was_there),
		hygienic(who_holds_both_ends_sees_no_end),
		hygienic(what_has_come_of_a_message_is_kept),
		hygienic(one_that_is_too_long_is_passed_over_whole),
		hygienic(what_the_last_writer_leaves_unfinished_is_no_message),
		hygienic(receiving_fails_with_the_error_of_the_system),
		hygienic(of_a_file_the_end_is_the_end),
		hygienic(a_line_without_end_does_not_hold_us_up),
		hygienic(handlers_neither_end_a_wait_nor_lose_a_byte),
		hygienic(a_shell_can_be_the_other_end),
	};
	return hygiene_run("messages over named pipes", tests);
}
