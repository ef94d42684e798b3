/* SPDX-License-Identifier: MIT */
/*
 * A child that moves bytes as its arguments say, one after the other:
 *
 *	say FD TEXT     writes TEXT in one write; \n \r \0 \\ are understood
 *	emit FD COUNT   writes COUNT bytes of the pattern (pattern.h), going on where it was
 *	flood FD        writes the pattern until that fails
 *	copy            standard input to standard output, until the end
 *	both            standard input to standard output and standard error, until the end
 *	read FD COUNT   reads that many bytes, or up to the end
 *	drain FD        reads up to the end
 *	expect FD COUNT reads up to the end; exits with 3 unless these were COUNT bytes of pattern
 *	close FD        closes it
 *	ignore SIGNAL   ignores the signal with that number
 *	wait            waits for signals, for ever
 *	exit CODE       ends
 *
 * A write or a read that fails ends it with the errno as exit code; what it cannot read, with 99.
 */
#include "pattern.h"
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint64_t offsets[64];
static unsigned char buffer[65536];

static void write_all(int fd, const void *bytes, size_t length)
{
	const unsigned char *p = bytes;

	while (length > 0) {
		ssize_t n = write(fd, p, length);
		if (n < 0)
			_exit(errno);
		p += n;
		length -= (size_t)n;
	}
}

static size_t read_some(int fd, size_t size)
{
	ssize_t n = read(fd, buffer, size < sizeof buffer ? size : sizeof buffer);
	if (n < 0)
		_exit(errno);
	return (size_t)n;
}

static void say(int fd, const char *text)
{
	size_t length = 0;

	for (const char *p = text; *p && length < sizeof buffer; p++) {
		char c = *p;
		if (c == '\\' && p[1]) {
			c = *++p;
			c = (char)(c == 'n' ? '\n' : c == 'r' ? '\r' : c == '0' ? '\0' : c);
		}
		buffer[length++] = (unsigned char)c;
	}
	if (write(fd, buffer, length) != (ssize_t)length)
		_exit(errno);
}

static void emit(int fd, uint64_t count)
{
	uint64_t *offset = &offsets[fd & 63];

	while (count > 0) {
		size_t n = count < sizeof buffer ? (size_t)count : sizeof buffer;
		pattern_fill(buffer, n, *offset);
		write_all(fd, buffer, n);
		*offset += n;
		count -= n;
	}
}

static void copy(int other)
{
	size_t n;

	while ((n = read_some(0, sizeof buffer)) > 0) {
		write_all(1, buffer, n);
		if (other)
			write_all(other, buffer, n);
	}
}

static void read_count(int fd, uint64_t count)
{
	while (count > 0) {
		size_t n = read_some(fd, count < sizeof buffer ? (size_t)count : sizeof buffer);
		if (n == 0)
			return;
		count -= n;
	}
}

static void expect(int fd, uint64_t count)
{
	uint64_t total = 0;
	size_t n;

	while ((n = read_some(fd, sizeof buffer)) > 0) {
		if (pattern_match(buffer, n, total) != n)
			_exit(3);
		total += n;
	}
	if (total != count)
		_exit(3);
}

static void play_alone(const char *verb)
{
	if (strcmp(verb, "copy") == 0) {
		copy(0);
	} else if (strcmp(verb, "both") == 0) {
		copy(2);
	} else if (strcmp(verb, "wait") == 0) {
		for (;;)
			pause();
	} else {
		_exit(99);
	}
}

static int play_on(const char *verb, int number)
{
	if (strcmp(verb, "flood") == 0)
		emit(number, UINT64_MAX);
	else if (strcmp(verb, "drain") == 0)
		read_count(number, UINT64_MAX);
	else if (strcmp(verb, "close") == 0)
		close(number);
	else if (strcmp(verb, "ignore") == 0)
		signal(number, SIG_IGN);
	else if (strcmp(verb, "exit") == 0)
		_exit(number);
	else
		return 0;
	return 1;
}

static int play_with(const char *verb, int number, const char *what)
{
	if (strcmp(verb, "say") == 0)
		say(number, what);
	else if (strcmp(verb, "emit") == 0)
		emit(number, strtoull(what, NULL, 10));
	else if (strcmp(verb, "read") == 0)
		read_count(number, strtoull(what, NULL, 10));
	else if (strcmp(verb, "expect") == 0)
		expect(number, strtoull(what, NULL, 10));
	else
		return 0;
	return 1;
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (i + 2 < argc && play_with(argv[i], atoi(argv[i + 1]), argv[i + 2]))
			i += 2;
		else if (i + 1 < argc && play_on(argv[i], atoi(argv[i + 1])))
			i += 1;
		else
			play_alone(argv[i]);
	}
	return 0;
}
