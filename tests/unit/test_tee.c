/* SPDX-License-Identifier: MIT */
/* Output that goes to several places at once. */

#include "pump/stream.h"
#include "pump/tee.h"
#include "sys/fd.h"

#include <brood/error.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* What a function got, and when it says what. */
struct taker {
	char bytes[256];
	size_t length;
	int calls;
	int stop_at; /* this call returns answer; 0: none does */
	int answer;
};

static int take(void *data, const char *bytes, size_t length)
{
	struct taker *taker = data;

	assert_true(length < sizeof taker->bytes - taker->length);
	memcpy(taker->bytes + taker->length, bytes, length);
	taker->length += length;
	return ++taker->calls == taker->stop_at ? taker->answer : 0;
}

static int take_line(void *data, const char *line, size_t length, uint32_t flags)
{
	int r = take(data, line, length);

	(void)flags;
	return take(data, "|", 1) + r;
}

/* A pipe whose reading end is a tee's stream; *ret_fd is where a child would write. */
static int open_tee(struct brood__stream *stream, const struct brood_io *branches, size_t n, int fd,
	int *ret_fd, const char **ret_path)
{
	struct brood_io io = brood_tee(branches, n);
	int r;

	*stream = (struct brood__stream)BROOD__STREAM_NONE;
	r = brood__stream_set_up(stream, &io, fd, ret_path);
	if (r < 0)
		return r;
	assert_int_equal(brood__pipe_open(&stream->fd, ret_fd), 0);
	assert_int_equal(brood__fd_set_nonblocking(stream->fd, 1), 0);
	return 0;
}

static void put(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void expect_capture(struct brood__stream *stream, const char *wanted)
{
	struct brood_bytes bytes;

	assert_non_null(brood__stream_capture(stream));
	assert_int_equal(brood__capture_finish(brood__stream_capture(stream), &bytes), 0);
	assert_string_equal(bytes.data, wanted);
	assert_int_equal(bytes.length, strlen(wanted));
	free(bytes.data);
}

static void expect_content(int fd, const char *wanted)
{
	char content[256] = { 0 };
	ssize_t n = pread(fd, content, sizeof content - 1, 0);

	assert_int_equal(n, strlen(wanted));
	assert_string_equal(content, wanted);
}

static void every_branch_gets_every_byte(void **state)
{
	struct taker chunks = { 0 };
	struct taker lines = { 0 };
	char path[] = "/tmp/brood-tee-XXXXXX";
	int file = mkstemp(path);
	int memory = memfd_create("branch", MFD_CLOEXEC);
	char into[8];
	struct brood_io branches[] = { brood_capture(0, 0), brood_sink(take, &chunks),
		brood_lines(take_line, &lines, 0), brood_fd(memory), brood_file(path, 0, 0),
		brood_into(into, sizeof into) };
	struct brood__stream stream;
	int end;

	(void)state;
	assert_int_equal(open_tee(&stream, branches, 6, 1, &end, NULL), 0);
	memset(branches, 0, sizeof branches); /* they were copied */
	memset(into, '~', sizeof into);
	put(end, "one\ntw");
	assert_int_equal(brood__stream_read(&stream), 0);
	assert_string_equal(lines.bytes, "one|");
	put(end, "o\nlast");
	assert_int_equal(brood__stream_read(&stream), 0);
	brood__fd_close(&end);
	assert_int_equal(brood__stream_read(&stream), 1);
	assert_int_equal(stream.fd, -1);
	assert_string_equal(chunks.bytes, "one\ntwo\nlast");
	assert_int_equal(chunks.calls, 2);
	assert_string_equal(lines.bytes, "one|two|last|");
	expect_content(memory, "one\ntwo\nlast");
	expect_content(file, "one\ntwo\nlast");
	assert_string_equal(into, "one\ntwo");
	expect_capture(&stream, "one\ntwo\nlast");
	brood__stream_done(&stream);
	assert_int_equal(close(memory), 0);
	close(file);
	unlink(path);
}

static void the_own_number_is_that_of_the_child(void **state)
{
	struct brood_io branch = brood_inherit();
	int memory = memfd_create("branch", MFD_CLOEXEC);
	int kept = fcntl(2, F_DUPFD_CLOEXEC, 3);
	struct brood__stream stream;
	int end;
	int r;

	(void)state;
	assert_int_equal(open_tee(&stream, &branch, 1, 2, &end, NULL), 0);
	put(end, "for standard error");
	dup2(memory, 2);
	r = brood__stream_read(&stream);
	brood__stream_done(&stream);
	dup2(kept, 2);
	assert_int_equal(r, 0);
	expect_content(memory, "for standard error");
	close(kept);
	close(memory);
	close(end);
}

/* Three functions, of which the middle one returns that at its second call. */
static void expect_left_out(int answer)
{
	struct taker takers[3] = { { .stop_at = 4, .answer = 1 },
		{ .stop_at = 2, .answer = answer }, { .stop_at = 3, .answer = -EXFULL } };
	struct brood_io branches[] = { brood_sink(take, &takers[0]), brood_sink(take, &takers[1]),
		brood_sink(take, &takers[2]) };
	struct brood__stream stream;
	int end;

	assert_int_equal(open_tee(&stream, branches, 3, 1, &end, NULL), 0);
	put(end, "1");
	assert_int_equal(brood__stream_read(&stream), 0);
	put(end, "2");
	assert_int_equal(brood__stream_read(&stream), answer < 0 ? answer : 0);
	assert_true(stream.fd >= 0);
	put(end, "3");
	assert_int_equal(brood__stream_read(&stream), -EXFULL);
	assert_true(stream.fd >= 0);
	put(end, "4");
	assert_int_equal(brood__stream_read(&stream), 1);
	assert_int_equal(stream.fd, -1);
	assert_string_equal(takers[0].bytes, "1234");
	assert_string_equal(takers[1].bytes, "12");
	assert_string_equal(takers[2].bytes, "123");
	brood__stream_done(&stream);
	close(end);
}

static void who_fails_or_has_enough_is_left_out(void **state)
{
	(void)state;
	expect_left_out(-EPROTO);
	expect_left_out(-EAGAIN);
	expect_left_out(1);
	expect_left_out(77);
}

static int have_enough(void *data, const char *line, size_t length, uint32_t flags)
{
	return take_line(data, line, length, flags) + 1;
}

static void who_has_enough_gets_no_last_line(void **state)
{
	struct taker lines = { 0 };
	struct brood_io branches[] = { brood_lines(have_enough, &lines, 0), brood_capture(0, 0) };
	struct brood__stream stream;
	int end;

	(void)state;
	assert_int_equal(open_tee(&stream, branches, 2, 1, &end, NULL), 0);
	put(end, "one\ntwo\nlast");
	close(end);
	assert_int_equal(brood__stream_read(&stream), 0);
	assert_int_equal(brood__stream_read(&stream), 1);
	assert_string_equal(lines.bytes, "one|");
	expect_capture(&stream, "one\ntwo\nlast");
	brood__stream_done(&stream);
}

static void the_last_failure_closes(void **state)
{
	struct taker takers[2] = { { .stop_at = 1, .answer = -EPROTO },
		{ .stop_at = 1, .answer = -EXFULL } };
	struct brood_io branches[] = { brood_sink(take, &takers[0]), brood_sink(take, &takers[1]) };
	struct brood__stream stream;
	int end;

	(void)state;
	assert_int_equal(open_tee(&stream, branches, 2, 1, &end, NULL), 0);
	put(end, "x");
	/* Of two at once the first in their order. */
	assert_int_equal(brood__stream_read(&stream), -EPROTO);
	assert_int_equal(stream.fd, -1);
	assert_int_equal(takers[1].calls, 1);
	brood__stream_done(&stream);
	close(end);
}

static void a_pipe_that_nobody_reads_raises_no_signal(void **state)
{
	int kinds[2][2];
	struct brood__stream stream;
	int end;

	(void)state;
	assert_ptr_equal(signal(SIGPIPE, SIG_DFL), SIG_DFL);
	assert_int_equal(pipe2(kinds[0], O_CLOEXEC), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, kinds[1]), 0);
	for (int i = 0; i < 2; i++) {
		struct brood_io branches[] = { brood_fd(kinds[i][1]), brood_capture(0, 0) };

		close(kinds[i][0]);
		assert_int_equal(open_tee(&stream, branches, 2, 1, &end, NULL), 0);
		put(end, "on");
		assert_int_equal(brood__stream_read(&stream), -EPIPE);
		put(end, "ward");
		assert_int_equal(brood__stream_read(&stream), 0);
		close(end);
		assert_int_equal(brood__stream_read(&stream), 1);
		expect_capture(&stream, "onward");
		brood__stream_done(&stream);
		assert_int_equal(close(kinds[i][1]), 0);
	}
}

/* Reads until the end, in a process of its own. Returns it; it exits with 0 if n bytes came. */
static pid_t read_elsewhere(const int ends[2], size_t n)
{
	pid_t pid = fork();
	char buffer[1000];
	size_t sum = 0;
	ssize_t now;

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	close(ends[1]);
	while ((now = read(ends[0], buffer, sizeof buffer)) > 0) {
		for (ssize_t i = 0; i < now; i++) {
			if (buffer[i] != (char)((sum + (size_t)i) % 251))
				_exit(1);
		}
		sum += (size_t)now;
	}
	_exit(sum != n);
}

static void a_descriptor_that_does_not_block_is_waited_for(void **state)
{
	size_t n = 1000000;
	int ends[2];
	int status;
	pid_t pid;
	char chunk[251];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	assert_int_equal(fcntl(ends[1], F_SETPIPE_SZ, 4096), 4096);
	assert_int_equal(brood__fd_set_nonblocking(ends[0], 0), 0);
	pid = read_elsewhere(ends, n / 251 * 251);
	for (int i = 0; i < 251; i++)
		chunk[i] = (char)i;
	{
		struct brood_io branch = brood_fd(ends[1]);
		struct brood__outlet *outlets;
		char *bytes = malloc(n);

		assert_non_null(bytes);
		for (size_t i = 0; i < n / 251; i++)
			memcpy(bytes + i * 251, chunk, 251);
		assert_int_equal(brood__tee_open(&branch, 1, 1, &outlets, NULL), 0);
		assert_int_equal(brood__fd_set_nonblocking(ends[1], 1), 0);
		assert_int_equal(brood__tee_write(outlets, 1, bytes, n / 251 * 251), 0);
		brood__tee_done(outlets, 1);
		free(bytes);
	}
	close(ends[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close(ends[0]);
}

static void a_strict_capture_that_is_overrun_is_told(void **state)
{
	struct taker taker = { 0 };
	struct brood_io branches[] = { brood_capture(4, BROOD_CAPTURE_STRICT),
		brood_sink(take, &taker) };
	struct brood__stream stream;
	int end;

	(void)state;
	assert_int_equal(open_tee(&stream, branches, 2, 1, &end, NULL), 0);
	put(end, "1234");
	assert_int_equal(brood__stream_read(&stream), 0);
	put(end, "56");
	assert_int_equal(brood__stream_read(&stream), BROOD_ELIMIT);
	assert_true(stream.fd >= 0);
	assert_string_equal(taker.bytes, "123456");
	expect_capture(&stream, "1256");
	brood__stream_done(&stream);
	close(end);
}

static void a_capture_goes_before_memory_and_all_memory_ends(void **state)
{
	char first[4] = "~~~";
	char second[16] = "~~~~~~~~~~~~~~~";
	struct brood_io branches[] = { brood_into(first, sizeof first),
		brood_into(second, sizeof second), brood_capture(6, 0) };
	struct brood__stream stream;
	int end;

	(void)state;
	assert_int_equal(open_tee(&stream, branches, 3, 1, &end, NULL), 0);
	put(end, "1234567");
	assert_int_equal(brood__stream_read(&stream), 0);
	close(end);
	assert_int_equal(brood__stream_read(&stream), 1);
	assert_string_equal(first, "123");
	assert_string_equal(second, "1234567");
	expect_capture(&stream, "123567");
	brood__stream_done(&stream);
	/* Without a capture the first memory is the result. */
	assert_int_equal(open_tee(&stream, branches, 2, 1, &end, NULL), 0);
	assert_ptr_equal(brood__stream_capture(&stream)->data, first);
	brood__stream_done(&stream);
	close(end);
	/* And without that nothing is. */
	branches[0] = brood_fd(1);
	assert_int_equal(open_tee(&stream, branches, 1, 1, &end, NULL), 0);
	assert_null(brood__stream_capture(&stream));
	brood__stream_done(&stream);
	close(end);
}

static int count_descriptors(void)
{
	int n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void files_are_opened_at_once_and_closed_at_the_end(void **state)
{
	char path[] = "/tmp/brood-tee-XXXXXX";
	int file = mkstemp(path);
	struct brood_io branches[] = { brood_file(path, O_WRONLY | O_APPEND, 0),
		brood_file(path, O_WRONLY | O_APPEND, 0), brood_file("/nowhere/to/be", 0, 0) };
	struct brood__stream stream;
	const char *wrong = "";
	int before = count_descriptors();
	int end = -1;

	(void)state;
	put(file, "old ");
	assert_int_equal(open_tee(&stream, branches, 3, 1, &end, &wrong), -ENOENT);
	assert_string_equal(wrong, "/nowhere/to/be");
	assert_int_equal(count_descriptors(), before);
	brood__stream_done(&stream);
	branches[2] = brood_null();
	assert_int_equal(open_tee(&stream, branches, 3, 1, &end, &wrong), -EINVAL);
	assert_null(wrong);
	assert_int_equal(count_descriptors(), before);
	assert_int_equal(open_tee(&stream, branches, 2, 1, &end, &wrong), 0);
	assert_int_equal(count_descriptors(), before + 4);
	put(end, "new ");
	assert_int_equal(brood__stream_read(&stream), 0);
	brood__fd_close(&end);
	assert_int_equal(brood__stream_read(&stream), 1);
	assert_int_equal(count_descriptors(), before);
	expect_content(file, "old new new ");
	brood__stream_done(&stream);
	close(file);
	unlink(path);
}

static void a_full_device_is_a_failure(void **state)
{
	struct taker taker = { 0 };
	struct brood_io branches[] = { brood_file("/dev/full", O_WRONLY, 0),
		brood_sink(take, &taker) };
	struct brood__stream stream;
	int end;

	(void)state;
	assert_int_equal(open_tee(&stream, branches, 2, 1, &end, NULL), 0);
	put(end, "a");
	assert_int_equal(brood__stream_read(&stream), -ENOSPC);
	put(end, "b");
	close(end);
	assert_int_equal(brood__stream_drain(&stream), 1);
	assert_string_equal(taker.bytes, "ab");
	brood__stream_done(&stream);
}

static void what_is_left_is_drained_past_failures(void **state)
{
	struct taker failing = { .stop_at = 1, .answer = -EPROTO };
	struct taker lines = { 0 };
	struct brood_io branches[] = { brood_sink(take, &failing), brood_capture(0, 0),
		brood_lines(take_line, &lines, 0) };
	struct brood__stream stream;
	int end;

	(void)state;
	assert_int_equal(open_tee(&stream, branches, 3, 1, &end, NULL), 0);
	put(end, "a\nb");
	/* The end has not come, but nothing more is waited for. */
	assert_int_equal(brood__stream_drain(&stream), -EPROTO);
	assert_int_equal(stream.fd, -1);
	assert_string_equal(lines.bytes, "a|b|");
	expect_capture(&stream, "a\nb");
	brood__stream_done(&stream);
	close(end);
	/* Neither does the end hide a failure. */
	failing.calls = 0;
	assert_int_equal(open_tee(&stream, branches, 2, 1, &end, NULL), 0);
	put(end, "a");
	close(end);
	assert_int_equal(brood__stream_drain(&stream), -EPROTO);
	brood__stream_done(&stream);
	lines = (struct taker){ .stop_at = 3, .answer = -EXFULL };
	assert_int_equal(open_tee(&stream, branches + 1, 2, 1, &end, NULL), 0);
	put(end, "a\nb");
	assert_int_equal(brood__stream_drain(&stream), -EXFULL);
	brood__stream_done(&stream);
	close(end);
}

static void what_is_captured_is_chunks_too(void **state)
{
	struct taker taker = { 0 };
	char memory[16];
	struct brood_io branches[] = { brood_sink(take, &taker), brood_capture(0, 0) };
	struct brood__chunks chunks = { .limit = 4096 };
	struct brood__stream stream;
	struct brood_bytes all = { 0 };
	const struct brood_chunk *chunk;
	const char *bytes;
	int end;

	(void)state;
	assert_int_equal(open_tee(&stream, branches, 2, 1, &end, NULL), 0);
	stream.chunks = &chunks;
	stream.chunk_stage = 7;
	stream.chunk_fd = 2;
	put(end, "text");
	assert_int_equal(brood__stream_read(&stream), 0);
	brood__stream_done(&stream);
	close(end);
	branches[1] = brood_into(memory, sizeof memory);
	assert_int_equal(open_tee(&stream, branches, 2, 1, &end, NULL), 0);
	stream.chunks = &chunks;
	stream.chunk_fd = 1;
	put(end, "not this");
	assert_int_equal(brood__stream_read(&stream), 0);
	brood__stream_done(&stream);
	close(end);
	brood__chunks_finish(&chunks, &all);
	chunk = brood_chunk_next(&all, NULL, &bytes);
	assert_non_null(chunk);
	assert_int_equal(chunk->stage, 7);
	assert_int_equal(chunk->fd, 2);
	assert_int_equal(chunk->length, 4);
	assert_memory_equal(bytes, "text", 4);
	assert_null(brood_chunk_next(&all, chunk, &bytes));
	free(all.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_branch_gets_every_byte),
		cmocka_unit_test(the_own_number_is_that_of_the_child),
		cmocka_unit_test(who_fails_or_has_enough_is_left_out),
		cmocka_unit_test(who_has_enough_gets_no_last_line),
		cmocka_unit_test(the_last_failure_closes),
		cmocka_unit_test(a_pipe_that_nobody_reads_raises_no_signal),
		cmocka_unit_test(a_descriptor_that_does_not_block_is_waited_for),
		cmocka_unit_test(a_strict_capture_that_is_overrun_is_told),
		cmocka_unit_test(a_capture_goes_before_memory_and_all_memory_ends),
		cmocka_unit_test(files_are_opened_at_once_and_closed_at_the_end),
		cmocka_unit_test(a_full_device_is_a_failure),
		cmocka_unit_test(what_is_left_is_drained_past_failures),
		cmocka_unit_test(what_is_captured_is_chunks_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
