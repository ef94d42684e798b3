/* SPDX-License-Identifier: MIT */
/* Any descriptor line by line. */

#include "check.h"

#include <sys/time.h>

static void expect_line(struct brood_scanner *scanner, const char *wanted, size_t n, uint32_t flags)
{
	const char *line = NULL;
	size_t length = 0;
	uint32_t got = 99;

	assert_int_equal(brood_scanner_next(scanner, &line, &length, &got), 1);
	assert_int_equal(length, n);
	assert_memory_equal(line, wanted, n);
	assert_int_equal(got, flags);
}

static void expect_code(struct brood_scanner *scanner, int code)
{
	const char *line = NULL;
	size_t length = 0;

	assert_int_equal(brood_scanner_next(scanner, &line, &length, NULL), code);
}

static void put(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void make_pipe(int ends[2], int flags)
{
	assert_int_equal(pipe2(ends, O_CLOEXEC | flags), 0);
}

/* covers: API-SCAN.lines API-SCAN.end API-SCAN.free */
static void a_pipe_to_its_end(void **state)
{
	struct brood_scanner *scanner = NULL;
	int ends[2];

	(void)state;
	make_pipe(ends, 0);
	assert_int_equal(write(ends[1], "one\n\ntw\0o\r\nlast", 15), 15);
	close(ends[1]);
	assert_int_equal(brood_scanner_new(&scanner, ends[0], 0), 0);
	expect_line(scanner, "one", 3, 0);
	expect_line(scanner, "", 0, 0);
	expect_line(scanner, "tw\0o\r", 5, 0);
	expect_line(scanner, "last", 4, BROOD_LINE_UNTERMINATED);
	expect_code(scanner, 0);
	expect_code(scanner, 0);
	brood_scanner_free(scanner);
	/* It is still the caller's. */
	assert_int_equal(close(ends[0]), 0);
}

/* covers: API-SCAN.pieces */
static void lines_longer_than_the_longest_come_in_pieces(void **state)
{
	struct brood_scanner *scanner = NULL;
	int ends[2];

	(void)state;
	make_pipe(ends, 0);
	put(ends[1], "abcd\nabcdefghij\nxyzzy");
	close(ends[1]);
	assert_int_equal(brood_scanner_new(&scanner, ends[0], 4), 0);
	expect_line(scanner, "abcd", 4, 0);
	expect_line(scanner, "abcd", 4, BROOD_LINE_CUT);
	expect_line(scanner, "efgh", 4, BROOD_LINE_CUT | BROOD_LINE_CONTINUED);
	expect_line(scanner, "ij", 2, BROOD_LINE_CONTINUED);
	expect_line(scanner, "xyzz", 4, BROOD_LINE_CUT);
	expect_line(scanner, "y", 1, BROOD_LINE_CONTINUED | BROOD_LINE_UNTERMINATED);
	expect_code(scanner, 0);
	brood_scanner_free(scanner);
	close(ends[0]);
}

/* covers: API-SCAN.lines */
static void a_file_larger_than_the_buffer(void **state)
{
	struct brood_scanner *scanner = NULL;
	int fd = memfd_create("lines", MFD_CLOEXEC);
	char line[4100];

	(void)state;
	assert_true(fd >= 0);
	for (size_t i = 0; i < 2000; i++) {
		size_t n = i * 2;

		memset(line, 'a' + (int)(i % 26), n);
		line[n] = '\n';
		assert_int_equal(write(fd, line, n + 1), n + 1);
	}
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(brood_scanner_new(&scanner, fd, 0), 0);
	for (size_t i = 0; i < 2000; i++) {
		memset(line, 'a' + (int)(i % 26), i * 2);
		expect_line(scanner, line, i * 2, 0);
	}
	expect_code(scanner, 0);
	brood_scanner_free(scanner);
	close(fd);
}

/* covers: API-SCAN.eagain */
static void nothing_is_lost_where_it_would_block(void **state)
{
	struct brood_scanner *scanner = NULL;
	int ends[2];

	(void)state;
	make_pipe(ends, O_NONBLOCK);
	assert_int_equal(brood_scanner_new(&scanner, ends[0], 0), 0);
	expect_code(scanner, -EAGAIN);
	put(ends[1], "one\nhal");
	expect_line(scanner, "one", 3, 0);
	expect_code(scanner, -EAGAIN);
	expect_code(scanner, -EAGAIN);
	put(ends[1], "f\nrest");
	expect_line(scanner, "half", 4, 0);
	expect_code(scanner, -EAGAIN);
	close(ends[1]);
	expect_line(scanner, "rest", 4, BROOD_LINE_UNTERMINATED);
	expect_code(scanner, 0);
	brood_scanner_free(scanner);
	close(ends[0]);
}

/* covers: API-SCAN.failure */
static void what_came_before_a_failure_comes_first(void **state)
{
	struct brood_scanner *scanner = NULL;
	int ends[2];
	int folder = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	make_pipe(ends, O_NONBLOCK);
	put(ends[1], "one\ntwo");
	assert_int_equal(brood_scanner_new(&scanner, ends[0], 0), 0);
	expect_line(scanner, "one", 3, 0);
	expect_code(scanner, -EAGAIN);
	assert_int_equal(dup3(folder, ends[0], O_CLOEXEC), ends[0]);
	expect_line(scanner, "two", 3, BROOD_LINE_UNTERMINATED);
	expect_code(scanner, -EISDIR);
	expect_code(scanner, -EISDIR);
	brood_scanner_free(scanner);
	assert_int_equal(brood_scanner_new(&scanner, folder, 0), 0);
	expect_code(scanner, -EISDIR);
	brood_scanner_free(scanner);
	close(ends[0]);
	close(ends[1]);
	close(folder);
}

static int alarm_pipe;

static void on_alarm(int signal)
{
	static int times;

	(void)signal;
	/* The read is in progress again, or will be. */
	if (++times == 2)
		put(alarm_pipe, "late\n");
}

/* covers: API-SCAN.eintr */
static void signals_do_not_disturb(void **state)
{
	struct brood_scanner *scanner = NULL;
	struct sigaction action = { .sa_handler = on_alarm }, before;
	struct itimerval soon = { { 0, 10000 }, { 0, 10000 } };
	struct itimerval never = { 0 };
	int ends[2];

	(void)state;
#ifdef __SANITIZE_THREAD__
	/* It keeps signals back until a call that it knows blocks; ours is none of them. */
	skip();
#endif
	make_pipe(ends, 0);
	alarm_pipe = ends[1];
	assert_int_equal(sigaction(SIGALRM, &action, &before), 0);
	assert_int_equal(brood_scanner_new(&scanner, ends[0], 0), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
	expect_line(scanner, "late", 4, 0);
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	assert_int_equal(sigaction(SIGALRM, &before, NULL), 0);
	brood_scanner_free(scanner);
	close(ends[0]);
	close(ends[1]);
}

/* covers: API-SCAN.misuse */
static void misuse_is_told(void **state)
{
	struct brood_scanner *scanner = NULL;
	const char *line;
	size_t length;
	int ends[2];

	(void)state;
	assert_int_equal(brood_scanner_new(NULL, 0, 0), BROOD_EMISUSE);
	assert_int_equal(brood_scanner_new(&scanner, -1, 0), -EBADF);
	assert_null(scanner);
	assert_int_equal(brood_scanner_new(&scanner, 9999, 0), 0);
	assert_int_equal(brood_scanner_next(NULL, &line, &length, NULL), BROOD_EMISUSE);
	assert_int_equal(brood_scanner_next(scanner, NULL, &length, NULL), BROOD_EMISUSE);
	assert_int_equal(brood_scanner_next(scanner, &line, NULL, NULL), BROOD_EMISUSE);
	expect_code(scanner, -EBADF);
	brood_scanner_free(scanner);
	brood_scanner_free(NULL);
	/* Flags need not be asked for. */
	make_pipe(ends, 0);
	put(ends[1], "one\n");
	assert_int_equal(brood_scanner_new(&scanner, ends[0], 0), 0);
	expect_code(scanner, 1);
	brood_scanner_free(scanner);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		hygienic(a_pipe_to_its_end),
		hygienic(lines_longer_than_the_longest_come_in_pieces),
		hygienic(a_file_larger_than_the_buffer),
		hygienic(nothing_is_lost_where_it_would_block),
		hygienic(what_came_before_a_failure_comes_first),
		hygienic(signals_do_not_disturb),
		hygienic(misuse_is_told),
	};

	return hygiene_run("scanner", tests);
}
