/* SPDX-License-Identifier: MIT */
/* One of a child's three streams: what is read, handed on, waits, and is written. */

#include "pump/stream.h"
#include "sys/fd.h"

#include <brood/error.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* Output: *ret_fd is where a child would write. */
static void open_output(struct brood__stream *stream, const struct brood_io *io, int *ret_fd)
{
	*stream = (struct brood__stream)BROOD__STREAM_NONE;
	assert_int_equal(brood__stream_set_up(stream, io, 1, NULL), 0);
	assert_int_equal(stream->kind, io->kind);
	assert_int_equal(brood__pipe_open(&stream->fd, ret_fd), 0);
	assert_int_equal(brood__fd_set_nonblocking(stream->fd, 1), 0);
}

/* Input: *ret_fd is where a child would read. */
static void open_input(struct brood__stream *stream, const struct brood_io *io, int *ret_fd)
{
	*stream = (struct brood__stream)BROOD__STREAM_NONE;
	assert_int_equal(brood__stream_set_up(stream, io, 0, NULL), 0);
	assert_int_equal(brood__pipe_open(ret_fd, &stream->fd), 0);
	assert_int_equal(brood__fd_set_nonblocking(stream->fd, 1), 0);
}

static void put(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void expect_taken(struct brood__stream *stream, const char *wanted, uint32_t wanted_flags)
{
	const char *data = NULL;
	size_t length = 0;
	uint32_t flags = 99;

	assert_true(brood__stream_has_news(stream));
	assert_false(brood__stream_wants(stream));
	assert_true(brood__stream_take(stream, &data, &length, &flags));
	assert_int_equal(length, strlen(wanted));
	assert_memory_equal(data, wanted, length);
	assert_int_equal(flags, wanted_flags);
}

static void expect_no_news(struct brood__stream *stream)
{
	const char *data;
	size_t length;
	uint32_t flags;

	assert_false(brood__stream_has_news(stream));
	assert_false(brood__stream_take(stream, &data, &length, &flags));
	assert_int_equal(brood__stream_wants(stream), stream->fd >= 0);
}

static void many_jobs_may_have_streams(void **state)
{
	(void)state;
	assert_true(sizeof(struct brood__stream) <= 160);
}

static void chunks_wait_to_be_taken(void **state)
{
	struct brood_io io = brood_sink(NULL, NULL);
	struct brood__stream stream;
	int end;

	(void)state;
	open_output(&stream, &io, &end);
	expect_no_news(&stream);
	assert_int_equal(brood__stream_read(&stream), 0);
	expect_no_news(&stream);
	put(end, "one");
	assert_int_equal(brood__stream_read(&stream), 0);
	put(end, "two");
	/* Nothing more is read before that was taken. */
	assert_int_equal(brood__stream_read(&stream), 0);
	expect_taken(&stream, "one", 0);
	expect_no_news(&stream);
	assert_int_equal(brood__stream_read(&stream), 0);
	close(end);
	assert_int_equal(brood__stream_read(&stream), 0);
	expect_taken(&stream, "two", 0);
	assert_int_equal(brood__stream_read(&stream), 1);
	assert_int_equal(stream.fd, -1);
	expect_no_news(&stream);
	brood__stream_done(&stream);
}

static void lines_wait_to_be_taken(void **state)
{
	struct brood_io io = brood_lines(NULL, NULL, 6);
	struct brood__stream stream;
	int end;

	(void)state;
	open_output(&stream, &io, &end);
	put(end, "one\ntwo\nthr");
	assert_int_equal(brood__stream_read(&stream), 0);
	put(end, "ee\nmuch longer");
	expect_taken(&stream, "one", 0);
	assert_int_equal(brood__stream_read(&stream), 0);
	expect_taken(&stream, "two", 0);
	expect_no_news(&stream);
	assert_int_equal(brood__stream_read(&stream), 0);
	expect_taken(&stream, "three", 0);
	expect_taken(&stream, "much l", BROOD_LINE_CUT);
	expect_no_news(&stream);
	close(end);
	assert_int_equal(brood__stream_read(&stream), 1);
	assert_int_equal(stream.fd, -1);
	expect_taken(&stream, "onger", BROOD_LINE_CONTINUED | BROOD_LINE_UNTERMINATED);
	expect_no_news(&stream);
	brood__stream_done(&stream);
}

/* Writes that much and drains it. Returns what the chunk begins with. */
static void drain_behind_waiting(size_t n)
{
	struct brood_io io = brood_sink(NULL, NULL);
	struct brood__stream stream;
	const char *data = NULL;
	char *text = malloc(n);
	size_t length = 0;
	uint32_t flags;
	int end;

	assert_non_null(text);
	for (size_t i = 0; i < n; i++)
		text[i] = (char)(i % 253);
	open_output(&stream, &io, &end);
	put(end, "waiting ");
	assert_int_equal(brood__stream_read(&stream), 0);
	assert_int_equal(fcntl(end, F_SETPIPE_SZ, 1 << 20), 1 << 20);
	assert_int_equal(write(end, text, n), n);
	assert_int_equal(brood__stream_drain(&stream), 0);
	assert_int_equal(stream.fd, -1);
	assert_true(brood__stream_take(&stream, &data, &length, &flags));
	assert_int_equal(length, 8 + n);
	assert_memory_equal(data, "waiting ", 8);
	assert_memory_equal(data + 8, text, n);
	expect_no_news(&stream);
	brood__stream_done(&stream);
	free(text);
	close(end);
}

static void what_is_drained_waits_behind_what_waits(void **state)
{
	struct brood_io io = brood_lines(NULL, NULL, 0);
	struct brood__stream stream;
	int end;

	(void)state;
	drain_behind_waiting(1);
	drain_behind_waiting((size_t)1 << 20);
	open_output(&stream, &io, &end);
	put(end, "one\nha");
	assert_int_equal(brood__stream_read(&stream), 0);
	put(end, "lf\nlast");
	assert_int_equal(brood__stream_drain(&stream), 0);
	assert_int_equal(stream.fd, -1);
	expect_taken(&stream, "one", 0);
	expect_taken(&stream, "half", 0);
	expect_taken(&stream, "last", BROOD_LINE_UNTERMINATED);
	expect_no_news(&stream);
	brood__stream_done(&stream);
	close(end);
	open_output(&stream, &io, &end);
	close(end);
	assert_int_equal(brood__stream_drain(&stream), 1);
	brood__stream_done(&stream);
}

static void news_that_nobody_wants_are_dropped(void **state)
{
	struct brood_io ios[2] = { brood_sink(NULL, NULL), brood_lines(NULL, NULL, 0) };

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct brood__stream stream;
		int end;

		open_output(&stream, &ios[i], &end);
		put(end, "one\n");
		assert_int_equal(brood__stream_read(&stream), 0);
		assert_true(brood__stream_has_news(&stream));
		brood__stream_drop_news(&stream);
		expect_no_news(&stream);
		put(end, "two\n");
		assert_int_equal(brood__stream_read(&stream), 0);
		expect_no_news(&stream);
		put(end, "three");
		close(end);
		/* The first read is not full, so the end is found by the next. */
		assert_int_equal(brood__stream_read(&stream), 0);
		assert_int_equal(brood__stream_read(&stream), 1);
		expect_no_news(&stream);
		brood__stream_done(&stream);
	}
}

static int answer(void *data, const char *bytes, size_t length)
{
	(void)bytes;
	(void)length;
	return *(const int *)data;
}

static int answer_line(void *data, const char *line, size_t length, uint32_t flags)
{
	(void)flags;
	return answer(data, line, length);
}

static void functions_end_their_streams(void **state)
{
	static const int answers[] = { 1, 77, -EAGAIN, -EPROTO, BROOD_ELIMIT };

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		int says = answers[i];
		struct brood_io ios[2] = { brood_sink(answer, &says),
			brood_lines(answer_line, &says, 0) };

		for (int k = 0; k < 2; k++) {
			struct brood__stream stream;
			int end;

			open_output(&stream, &ios[k], &end);
			assert_true(brood__stream_wants(&stream));
			put(end, "text\n");
			assert_int_equal(brood__stream_read(&stream), says > 0 ? 1 : says);
			assert_int_equal(stream.fd, -1);
			brood__stream_done(&stream);
			open_output(&stream, &ios[k], &end);
			put(end, "text");
			assert_int_equal(brood__stream_drain(&stream),
				says < 0 ? says : k == 0 /* enough is an end */);
			assert_int_equal(stream.fd, -1);
			brood__stream_done(&stream);
			close(end);
		}
	}
}

static void a_capture_keeps_head_and_tail_and_tells_when_strict(void **state)
{
	struct brood_io io = brood_capture(5, 0);
	struct brood__chunks chunks = { .limit = 4096 };
	struct brood__stream stream;
	struct brood_bytes bytes;
	struct brood_bytes all = { 0 };
	const struct brood_chunk *chunk = NULL;
	const char *from;
	int end;

	(void)state;
	open_output(&stream, &io, &end);
	stream.chunks = &chunks;
	stream.chunk_fd = 1;
	put(end, "1234");
	assert_int_equal(brood__stream_read(&stream), 0);
	put(end, "56789");
	close(end);
	assert_int_equal(brood__stream_drain(&stream), 1);
	assert_int_equal(brood__capture_finish(brood__stream_capture(&stream), &bytes), 0);
	assert_string_equal(bytes.data, "12389");
	assert_int_equal(bytes.total, 9);
	free(bytes.data);
	brood__stream_done(&stream);
	io.flags = BROOD_CAPTURE_STRICT;
	open_output(&stream, &io, &end);
	stream.chunks = &chunks;
	stream.chunk_stage = 3;
	stream.chunk_fd = 2;
	put(end, "12345");
	assert_int_equal(brood__stream_read(&stream), 0);
	put(end, "6");
	assert_int_equal(brood__stream_read(&stream), BROOD_ELIMIT);
	assert_int_equal(stream.fd, -1);
	brood__stream_done(&stream);
	close(end);
	brood__chunks_finish(&chunks, &all);
	/* All that came, in place and beyond the limit. */
	static const char wanted[] = "123456789"
				     "12345"
				     "6";
	size_t at = 0;
	while ((chunk = brood_chunk_next(&all, chunk, &from))) {
		assert_int_equal(chunk->fd, at < 9 ? 1 : 2);
		assert_int_equal(chunk->stage, at < 9 ? 0 : 3);
		assert_memory_equal(from, wanted + at, chunk->length);
		at += chunk->length;
	}
	assert_int_equal(at, sizeof wanted - 1);
	assert_int_equal(all.total, at);
	free(all.data);
}

static void memory_of_the_caller_is_no_chunk(void **state)
{
	char memory[8];
	struct brood_io io = brood_into(memory, sizeof memory);
	struct brood__chunks chunks = { .limit = 4096 };
	struct brood__stream stream;
	int end;

	(void)state;
	open_output(&stream, &io, &end);
	stream.chunks = &chunks;
	put(end, "1234");
	assert_int_equal(brood__stream_read(&stream), 0);
	assert_int_equal(chunks.total, 0);
	brood__stream_done(&stream);
	close(end);
}

static void closing_takes_it_out_of_an_epoll(void **state)
{
	struct brood_io io = brood_capture(0, 0);
	struct epoll_event event = { .events = EPOLLIN };
	struct brood__stream stream;
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	int twin;
	int end;

	(void)state;
	open_output(&stream, &io, &end);
	twin = fcntl(stream.fd, F_DUPFD_CLOEXEC, 3); /* as a forked child has it */
	assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_ADD, stream.fd, &event), 0);
	stream.epoll_fd = epoll;
	put(end, "x");
	assert_int_equal(epoll_wait(epoll, &event, 1, 0), 1);
	brood__stream_close(&stream);
	assert_int_equal(stream.epoll_fd, -1);
	assert_int_equal(epoll_wait(epoll, &event, 1, 0), 0);
	brood__stream_close(&stream);
	brood__stream_done(&stream);
	close(twin);
	close(end);
	close(epoll);
}

static int64_t count_up(void *data, char *buffer, size_t size)
{
	int *left = data;

	assert_true(size >= 1);
	if (*left == 0)
		return 0;
	buffer[0] = (char)('0' + (*left)--);
	return 1;
}

static void a_source_with_a_descriptor_is_waited_for(void **state)
{
	int left = 2;
	int ready[2];
	struct brood_io io = brood_source(count_up, &left);
	struct brood__stream stream;
	char buffer[8];
	int end;

	(void)state;
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	io.fd = ready[0];
	open_input(&stream, &io, &end);
	assert_true(brood__stream_wants_source(&stream));
	assert_false(brood__stream_wants(&stream));
	assert_int_equal(brood__stream_write(&stream), 0);
	assert_int_equal(left, 1);
	assert_true(brood__stream_wants_source(&stream));
	assert_int_equal(brood__stream_write(&stream), 0);
	assert_int_equal(brood__stream_write(&stream), 1);
	assert_false(brood__stream_wants_source(&stream));
	assert_false(brood__stream_wants(&stream));
	assert_int_equal(read(end, buffer, sizeof buffer), 2);
	assert_memory_equal(buffer, "21", 2);
	assert_int_equal(read(end, buffer, sizeof buffer), 0);
	brood__stream_done(&stream);
	close(end);
	close(ready[0]);
	close(ready[1]);
}

static void a_full_pipe_is_waited_for_instead_of_the_source(void **state)
{
	int left = 100;
	struct brood_io io = brood_source(count_up, &left);
	struct brood__stream stream;
	char block[4096] = { 0 };
	int end;

	(void)state;
	io.fd = 0; /* any */
	open_input(&stream, &io, &end);
	while (write(stream.fd, block, sizeof block) > 0)
		;
	assert_int_equal(brood__stream_write(&stream), 0);
	assert_int_equal(left, 99);
	assert_true(brood__stream_wants(&stream));
	assert_false(brood__stream_wants_source(&stream));
	assert_int_equal(brood__stream_write(&stream), 0);
	assert_int_equal(left, 99);
	brood__stream_done(&stream);
	close(end);
}

static void nobody_reading_is_an_end_without_a_signal(void **state)
{
	struct brood_io io = brood_text("text");
	struct brood__stream stream;
	int end;

	(void)state;
	assert_ptr_equal(signal(SIGPIPE, SIG_DFL), SIG_DFL);
	open_input(&stream, &io, &end);
	close(end);
	assert_int_equal(brood__stream_write(&stream), 1);
	assert_int_equal(stream.fd, -1);
	brood__stream_done(&stream);
}

static void numbers_are_looked_at_wherever_they_are_named(void **state)
{
	struct brood_io open_one = brood_fd(2);
	struct brood_io closed = brood_fd(999);
	struct brood_io source = brood_source(count_up, NULL);
	struct brood_io branches[] = { brood_capture(0, 0), brood_fd(2) };
	struct brood_io tee = brood_tee(branches, 2);
	struct brood_io tty = brood_tty(0, 0);

	(void)state;
	assert_int_equal(fcntl(999, F_GETFD), -1);
	assert_int_equal(brood__stream_check_numbers(&open_one), 0);
	assert_int_equal(brood__stream_check_numbers(&closed), -EBADF);
	assert_int_equal(brood__stream_check_numbers(&source), 0);
	source.fd = 999;
	assert_int_equal(brood__stream_check_numbers(&source), -EBADF);
	assert_int_equal(brood__stream_check_numbers(&tty), 0);
	tty.pointer = &tee;
	assert_int_equal(brood__stream_check_numbers(&tty), 0);
	branches[1] = closed;
	assert_int_equal(brood__stream_check_numbers(&tee), -EBADF);
	assert_int_equal(brood__stream_check_numbers(&tty), -EBADF);
	tty.pointer = &source;
	assert_int_equal(brood__stream_check_numbers(&tty), -EBADF);
}

static void files_are_opened_by_their_defaults(void **state)
{
	char path[] = "/tmp/brood-stream-XXXXXX";
	char fifo[64];
	int file = mkstemp(path);
	struct brood_io io = brood_file(path, 0, 0);
	struct stat status;
	int fd;

	(void)state;
	put(file, "old");
	fd = brood__stream_open_file(&io, 0);
	assert_int_equal(fcntl(fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK), O_RDONLY);
	close(fd);
	fd = brood__stream_open_file(&io, 2);
	assert_int_equal(fcntl(fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK), O_WRONLY);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fstat(fd, &status), 0);
	assert_int_equal(status.st_size, 0);
	close(fd);
	snprintf(fifo, sizeof fifo, "%s-fifo", path);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	io = brood_file(fifo, 0, 0);
	assert_int_equal(brood__stream_open_file(&io, 1), -ENXIO);
	fd = brood__stream_open_file(&io, 0);
	assert_true(fd > 2);
	assert_false(fcntl(fd, F_GETFL) & O_NONBLOCK);
	close(fd);
	close(file);
	unlink(path);
	unlink(fifo);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_jobs_may_have_streams),
		cmocka_unit_test(chunks_wait_to_be_taken),
		cmocka_unit_test(lines_wait_to_be_taken),
		cmocka_unit_test(what_is_drained_waits_behind_what_waits),
		cmocka_unit_test(news_that_nobody_wants_are_dropped),
		cmocka_unit_test(functions_end_their_streams),
		cmocka_unit_test(a_capture_keeps_head_and_tail_and_tells_when_strict),
		cmocka_unit_test(memory_of_the_caller_is_no_chunk),
		cmocka_unit_test(closing_takes_it_out_of_an_epoll),
		cmocka_unit_test(a_source_with_a_descriptor_is_waited_for),
		cmocka_unit_test(a_full_pipe_is_waited_for_instead_of_the_source),
		cmocka_unit_test(nobody_reading_is_an_end_without_a_signal),
		cmocka_unit_test(numbers_are_looked_at_wherever_they_are_named),
		cmocka_unit_test(files_are_opened_by_their_defaults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
