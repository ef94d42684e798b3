/* SPDX-License-Identifier: MIT */
/* Pseudo-terminals: opened, resized, brought to the end of their input. */

#include "pump/stream.h"
#include "pump/tty.h"
#include "sys/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

struct pair {
	int master;
	int slave;
};

static struct pair open_pair(void)
{
	struct pair pair = { -1, -1 };

	assert_int_equal(brood__tty_open(24, 80, &pair.master, &pair.slave), 0);
	return pair;
}

static void close_pair(struct pair *pair)
{
	brood__fd_close(&pair->master);
	brood__fd_close(&pair->slave);
}

static void expect_size(int fd, unsigned int rows, unsigned int columns)
{
	struct winsize size;

	assert_int_equal(ioctl(fd, TIOCGWINSZ, &size), 0);
	assert_int_equal(size.ws_row, rows);
	assert_int_equal(size.ws_col, columns);
}

static void change_modes(int slave, void (*change)(struct termios *modes))
{
	struct termios modes;

	assert_int_equal(tcgetattr(slave, &modes), 0);
	change(&modes);
	assert_int_equal(tcsetattr(slave, TCSANOW, &modes), 0);
}

static void a_pair_is_as_the_kernel_makes_it(void **state)
{
	struct pair pair = open_pair();
	struct termios modes;

	(void)state;
	assert_true(pair.master > 2 && pair.slave > 2);
	assert_int_equal(fcntl(pair.master, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(pair.slave, F_GETFD), FD_CLOEXEC);
	assert_true(fcntl(pair.master, F_GETFL) & O_NONBLOCK);
	assert_false(fcntl(pair.slave, F_GETFL) & O_NONBLOCK);
	assert_int_equal(isatty(pair.slave), 1);
	assert_int_equal(tcgetattr(pair.slave, &modes), 0);
	assert_true(modes.c_lflag & ICANON && modes.c_lflag & ECHO);
	expect_size(pair.slave, 24, 80);
	assert_int_equal(brood__tty_resize(pair.master, 50, 65535), 0);
	expect_size(pair.slave, 50, 65535);
	assert_int_equal(brood__tty_resize(pair.master, 65536, 1), -EINVAL);
	assert_int_equal(brood__tty_resize(pair.master, 1, 65536), -EINVAL);
	expect_size(pair.slave, 50, 65535);
	close_pair(&pair);
	assert_int_equal(brood__tty_resize(9999, 1, 1), -EBADF);
	assert_int_equal(brood__tty_open(1, 65536, &pair.master, &pair.slave), -EINVAL);
	assert_true(pair.master == -1 && pair.slave == -1);
}

/* Runs it in a child, since it gives descriptors and the terminal away. */
static void expect_in_child(int (*function)(void))
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(function());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static int open_without_stdio(void)
{
	struct pair pair = { -1, -1 };

	close(0);
	close(1);
	close(2);
	return brood__tty_open(1, 1, &pair.master, &pair.slave) != 0 || pair.master < 3 ||
	       pair.slave < 3 || fcntl(0, F_GETFD) >= 0 || fcntl(2, F_GETFD) >= 0;
}

static int open_as_leader(void)
{
	struct pair pair = { -1, -1 };

	return setsid() < 0 || brood__tty_open(1, 1, &pair.master, &pair.slave) != 0 ||
	       open("/dev/tty", O_RDWR | O_CLOEXEC) >= 0;
}

static void it_is_nobodys_terminal_and_never_below_3(void **state)
{
	(void)state;
	expect_in_child(open_without_stdio);
	expect_in_child(open_as_leader);
}

/* What a program reads next. */
static void expect_read(const struct pair *pair, const char *wanted)
{
	char buffer[64];

	assert_int_equal(read(pair->slave, buffer, sizeof buffer), strlen(wanted));
	assert_memory_equal(buffer, wanted, strlen(wanted));
}

/* Nothing is there before what is typed now. */
static void expect_nothing(const struct pair *pair)
{
	assert_int_equal(write(pair->master, "!\n", 2), 2);
	expect_read(pair, "!\n");
}

static void type(const struct pair *pair, const char *text)
{
	assert_int_equal(write(pair->master, text, strlen(text)), strlen(text));
}

static void the_end_is_typed_once_behind_a_line(void **state)
{
	struct pair pair = open_pair();

	(void)state;
	type(&pair, "line\n");
	assert_int_equal(brood__tty_end_input(pair.master, '\n'), 1);
	expect_read(&pair, "line\n");
	expect_read(&pair, "");
	expect_nothing(&pair);
	/* Carriage return is a newline here, and so is the character itself an end. */
	type(&pair, "line\r");
	assert_int_equal(brood__tty_end_input(pair.master, '\r'), 1);
	expect_read(&pair, "line\n");
	expect_read(&pair, "");
	expect_nothing(&pair);
	type(&pair, "line\004");
	assert_int_equal(brood__tty_end_input(pair.master, '\004'), 1);
	expect_read(&pair, "line");
	expect_read(&pair, "");
	expect_nothing(&pair);
	close_pair(&pair);
}

static void the_end_is_typed_twice_behind_half_a_line(void **state)
{
	struct pair pair = open_pair();

	(void)state;
	type(&pair, "half");
	assert_int_equal(brood__tty_end_input(pair.master, 'f'), 1);
	expect_read(&pair, "half");
	expect_read(&pair, "");
	expect_nothing(&pair);
	close_pair(&pair);
}

static void keep_returns(struct termios *modes)
{
	modes->c_iflag &= ~(tcflag_t)ICRNL;
	modes->c_cc[VEOF] = '%';
}

static void be_raw(struct termios *modes)
{
	modes->c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	modes->c_cc[VMIN] = 1;
}

static void have_no_end(struct termios *modes)
{
	modes->c_cc[VEOF] = _POSIX_VDISABLE;
}

static void the_end_is_what_the_modes_say(void **state)
{
	struct pair pair = open_pair();

	(void)state;
	change_modes(pair.slave, keep_returns);
	type(&pair, "a\r");
	assert_int_equal(brood__tty_end_input(pair.master, '\r'), 1);
	expect_read(&pair, "a\r");
	expect_read(&pair, "");
	change_modes(pair.slave, have_no_end);
	assert_int_equal(brood__tty_end_input(pair.master, 'x'), 1);
	expect_nothing(&pair);
	close_pair(&pair);
	pair = open_pair();
	change_modes(pair.slave, be_raw);
	assert_int_equal(brood__tty_end_input(pair.master, 'x'), 1);
	expect_read(&pair, "\004");
	expect_nothing(&pair);
	close_pair(&pair);
	assert_int_equal(brood__tty_end_input(9999, 'x'), -EBADF);
}

static void be_quiet(struct termios *modes)
{
	modes->c_lflag &= ~(tcflag_t)ECHO;
}

static void set_up(struct brood__stream *stream, int master, const struct brood_io *io)
{
	*stream = (struct brood__stream)BROOD__STREAM_NONE;
	assert_int_equal(brood__stream_set_up(stream, io, 0, NULL), 0);
	stream->fd = fcntl(master, F_DUPFD_CLOEXEC, 3);
	assert_true(stream->fd > 2);
	stream->is_tty = true;
}

/* Writes and reads until a read finds the end. Returns how much was read. */
static size_t pass_through(struct brood__stream *stream, int slave, char *memory, size_t size)
{
	size_t sum = 0;
	ssize_t n = 1;
	bool was_full = false;

	while (n != 0) {
		int wanted = brood__stream_is_pumped(stream) ? stream->fd : -1;
		struct pollfd fds[2] = { { slave, POLLIN, 0 }, { wanted, POLLOUT, 0 } };

		assert_true(poll(fds, 2, 20000) > 0);
		if (fds[1].revents) {
			int r = brood__stream_write(stream);

			assert_int_equal(r, !brood__stream_is_pumped(stream));
			was_full |= r == 0 && brood__stream_wants(stream);
			continue;
		}
		n = read(slave, memory + sum, size - sum);
		assert_true(n >= 0);
		sum += (size_t)n;
	}
	assert_true(was_full);
	return sum;
}

static void more_than_it_holds_is_typed_as_it_is_read(void **state)
{
	struct pair pair = open_pair();
	struct brood__stream stream;
	size_t size = 400000;
	char *text = malloc(size);
	char *got = malloc(size + 1);
	struct brood_io io;

	(void)state;
	assert_non_null(text);
	assert_non_null(got);
	change_modes(pair.slave, be_quiet);
	for (size_t i = 0; i < size; i++)
		text[i] = i % 100 == 99 ? '\n' : (char)('a' + i % 26);
	text[size - 1] = 'z'; /* half a line */
	io = brood_memory(text, size);
	set_up(&stream, pair.master, &io);
	assert_int_equal(pass_through(&stream, pair.slave, got, size + 1), size);
	assert_memory_equal(got, text, size);
	expect_nothing(&pair);
	brood__stream_done(&stream);
	close_pair(&pair);
	free(text);
	free(got);
}

static int64_t fail_with(void *data, char *buffer, size_t size)
{
	(void)buffer;
	(void)size;
	return *(const int *)data;
}

static void a_source_without_anything_types_the_end(void **state)
{
	int code = -EPROTO;
	struct brood_io ios[2] = { brood_text(""), brood_source(fail_with, &code) };

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct pair pair = open_pair();
		struct brood__stream stream;

		set_up(&stream, pair.master, &ios[i]);
		assert_true(brood__stream_wants(&stream));
		assert_int_equal(brood__stream_write(&stream), i == 0 ? 1 : -EPROTO);
		assert_false(brood__stream_is_pumped(&stream));
		expect_read(&pair, "");
		expect_nothing(&pair);
		brood__stream_done(&stream);
		close_pair(&pair);
	}
}

/* Fills it until nothing goes any more: the kernel has handed on to the reader's side as much as it
 * will, and has no room for more. */
static void fill(const struct pair *pair)
{
	char lines[512];
	int at_reader = 0;

	memset(lines, '\n', sizeof lines);
	while (at_reader < 4095) {
		while (write(pair->master, lines, sizeof lines) > 0)
			;
		assert_int_equal(errno, EAGAIN);
		assert_int_equal(ioctl(pair->slave, FIONREAD, &at_reader), 0);
	}
	while (write(pair->master, lines, 1) > 0 || write(pair->master, lines, sizeof lines) > 0)
		;
	assert_int_equal(errno, EAGAIN);
}

static void all_being_typed_does_not_hang_up(void **state)
{
	struct pair pair = open_pair();
	struct brood__stream stream;
	struct brood__stream twin;
	struct brood_io io = brood_text("line\n");
	struct pollfd hangup = { .fd = pair.slave };
	char buffer[1];

	(void)state;
	set_up(&stream, pair.master, &io);
	set_up(&twin, pair.master, &io);
	twin.has_twin = true;
	brood__fd_close(&pair.master);
	assert_int_equal(brood__stream_write(&stream), 1);
	assert_int_equal(brood__stream_write(&twin), 1);
	assert_int_equal(twin.fd, -1);
	assert_true(stream.fd >= 0);
	assert_false(brood__stream_is_pumped(&stream));
	assert_false(brood__stream_wants(&stream));
	assert_false(brood__stream_wants_source(&stream));
	assert_int_equal(poll(&hangup, 1, 0), 0);
	expect_read(&pair, "line\n");
	expect_read(&pair, "");
	brood__stream_done(&twin);
	brood__stream_done(&stream);
	assert_int_equal(stream.fd, -1);
	assert_int_equal(poll(&hangup, 1, 0), 1);
	assert_int_equal(read(pair.slave, buffer, 1), 0);
	brood__fd_close(&pair.slave);
}

static void the_end_waits_for_room(void **state)
{
	int code = -EPROTO;
	struct pair pair = open_pair();
	struct brood__stream stream;
	struct brood_io io = brood_source(fail_with, &code);
	char buffer[4096];
	ssize_t n;

	(void)state;
	io.fd = pair.slave; /* any: there is nothing more to wait for */
	change_modes(pair.slave, be_quiet);
	set_up(&stream, pair.master, &io);
	fill(&pair);
	assert_int_equal(brood__stream_end_input(&stream), -EAGAIN);
	assert_int_equal(brood__stream_write(&stream), -EPROTO);
	assert_true(stream.fd >= 0);
	assert_true(brood__stream_wants(&stream));
	assert_int_equal(brood__stream_write(&stream), 0);
	assert_true(stream.fd >= 0);
	while (brood__stream_is_pumped(&stream)) {
		struct pollfd room = { stream.fd, POLLOUT, 0 };
		int r;

		assert_true(read(pair.slave, buffer, sizeof buffer) > 0);
		if (poll(&room, 1, 0) == 0)
			continue;
		r = brood__stream_write(&stream);
		assert_int_equal(r, !brood__stream_is_pumped(&stream));
	}
	do
		n = read(pair.slave, buffer, sizeof buffer);
	while (n > 0);
	assert_int_equal(n, 0);
	expect_nothing(&pair);
	brood__stream_done(&stream);
	close_pair(&pair);
}

static void what_is_shown_ends_with_the_other_side(void **state)
{
	struct pair pair = open_pair();
	struct brood__stream stream;
	struct brood_io io = brood_capture(0, 0);
	struct brood_bytes bytes;
	int r = 0;

	(void)state;
	set_up(&stream, pair.master, &io);
	assert_int_equal(brood__stream_read(&stream), 0);
	assert_int_equal(write(pair.slave, "shown\n", 6), 6);
	brood__fd_close(&pair.slave);
	while (r == 0) {
		struct pollfd news = { stream.fd, POLLIN, 0 };

		assert_int_equal(poll(&news, 1, 20000), 1);
		r = brood__stream_read(&stream);
	}
	assert_int_equal(r, 1);
	assert_int_equal(stream.fd, -1);
	assert_int_equal(brood__capture_finish(&stream.capture, &bytes), 0);
	assert_string_equal(bytes.data, "shown\r\n");
	free(bytes.data);
	brood__stream_done(&stream);
	close_pair(&pair);
}

/* Writes until that is over. Returns what the last one does. */
static int write_all(struct brood__stream *stream)
{
	for (int i = 0; i < 1000; i++) {
		int r = brood__stream_write(stream);

		if (r != 0)
			return r;
	}
	return 0;
}

static void typing_to_nobody_comes_to_an_end(void **state)
{
	struct pair pair = open_pair();
	struct brood__stream stream;
	size_t size = (size_t)4 << 20;
	char *text = malloc(size);
	struct brood_io io = brood_memory(text, size);
	struct brood_io nothing = brood_text("");
	int code = -EPROTO;
	struct brood_io failing = brood_source(fail_with, &code);

	(void)state;
	assert_non_null(text);
	memset(text, '\n', size);
	brood__fd_close(&pair.slave);
	set_up(&stream, pair.master, &io);
	assert_int_equal(write_all(&stream), 1);
	assert_int_equal(stream.fd, -1);
	brood__stream_done(&stream);
	close_pair(&pair);
	/* There is no room for its end either. */
	pair = open_pair();
	change_modes(pair.slave, be_quiet);
	fill(&pair);
	brood__fd_close(&pair.slave);
	set_up(&stream, pair.master, &nothing);
	assert_int_equal(brood__stream_end_input(&stream), -EIO);
	assert_int_equal(brood__stream_write(&stream), 1);
	assert_int_equal(stream.fd, -1);
	brood__stream_done(&stream);
	set_up(&stream, pair.master, &failing);
	assert_int_equal(brood__stream_write(&stream), -EPROTO);
	assert_int_equal(stream.fd, -1);
	brood__stream_done(&stream);
	close_pair(&pair);
	free(text);
}

static void what_has_no_end_to_be_typed_is_a_failure(void **state)
{
	struct brood__stream stream;
	struct brood_io nothing = brood_text("");
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	set_up(&stream, ends[1], &nothing);
	assert_int_equal(brood__stream_write(&stream), -ENOTTY);
	assert_int_equal(stream.fd, -1);
	brood__stream_done(&stream);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pair_is_as_the_kernel_makes_it),
		cmocka_unit_test(it_is_nobodys_terminal_and_never_below_3),
		cmocka_unit_test(the_end_is_typed_once_behind_a_line),
		cmocka_unit_test(the_end_is_typed_twice_behind_half_a_line),
		cmocka_unit_test(the_end_is_what_the_modes_say),
		cmocka_unit_test(more_than_it_holds_is_typed_as_it_is_read),
		cmocka_unit_test(a_source_without_anything_types_the_end),
		cmocka_unit_test(all_being_typed_does_not_hang_up),
		cmocka_unit_test(the_end_waits_for_room),
		cmocka_unit_test(what_is_shown_ends_with_the_other_side),
		cmocka_unit_test(typing_to_nobody_comes_to_an_end),
		cmocka_unit_test(what_has_no_end_to_be_typed_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
