/* SPDX-License-Identifier: MIT */
#include "exec/probe.h"

#include "common/message.h"
#include "exec/resolve.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* "HTTP/1.1 200" */
#define STATUS_LENGTH 12

static int say(const char *words)
{
	char line[512];
	int length = snprintf(line, sizeof line, "%.500s\n", words);

	(void)write_all(STDOUT_FILENO, line, (size_t)length);
	return 1;
}

/* A port of our own that nobody listens at may have been chosen for our end of the connection. */
static bool is_to_itself(int fd)
{
	struct sockaddr_storage ours = { 0 }, theirs = { 0 };
	socklen_t our_length = sizeof ours, their_length = sizeof theirs;

	return getsockname(fd, (struct sockaddr *)&ours, &our_length) == 0 &&
	       getpeername(fd, (struct sockaddr *)&theirs, &their_length) == 0 &&
	       our_length == their_length && memcmp(&ours, &theirs, our_length) == 0;
}

static int error_of(int fd)
{
	int error = 0;
	socklen_t length = sizeof error;

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0)
		return errno;
	return error == 0 && is_to_itself(fd) ? ECONNREFUSED : error;
}

/* All at once, since one that is never answered must not hide another. Returns a descriptor or
   -errno. */
static int connect_any(const struct resolved *list, size_t n)
{
	struct pollfd polls[RESOLVE_MOST];
	size_t n_open = 0;
	int error = ECONNREFUSED;

	for (size_t i = 0; i < n; i++) {
		polls[i] = (struct pollfd){ .events = POLLOUT };
		polls[i].fd = socket(list[i].address.any.sa_family,
			SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (polls[i].fd < 0) {
			error = errno;
		} else if (connect(polls[i].fd, &list[i].address.any, list[i].length) < 0 &&
			   errno != EINPROGRESS) {
			error = errno;
			close(polls[i].fd);
			polls[i].fd = -1;
		}
		n_open += polls[i].fd >= 0;
	}
	while (n_open > 0) {
		if (poll(polls, n, -1) < 0 && errno != EINTR)
			return -errno;
		for (size_t i = 0; i < n; i++) {
			if (polls[i].fd < 0 || polls[i].revents == 0)
				continue;
			int failed = error_of(polls[i].fd);
			if (failed == 0)
				return polls[i].fd;
			error = failed;
			close(polls[i].fd);
			polls[i].fd = -1;
			n_open--;
		}
	}
	return -error;
}

/* Returns a descriptor, or -1 after having said what is wrong. */
static int connect_to(const struct wait_spec *spec)
{
	struct resolved list[RESOLVE_MOST];
	const char *why = NULL;

	say("its address is looked up");
	size_t n = resolve(spec->host, spec->port, list, &why);
	if (n == 0) {
		say(why);
		return -1;
	}
	say("it does not answer");
	int fd = connect_any(list, n);
	if (fd < 0)
		say(message_errno(-fd));
	return fd;
}

static int probe_tcp(const struct wait_spec *spec)
{
	return connect_to(spec) < 0;
}

static int probe_unix(const struct wait_spec *spec)
{
	static const int types[] = { SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = strlen(spec->path);

	memcpy(address.sun_path, spec->path, length + 1);
	if (address.sun_path[0] == '@')
		address.sun_path[0] = '\0';
	else
		length++;
	say("it does not answer");
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		int fd = socket(AF_UNIX, types[i] | SOCK_CLOEXEC, 0);
		if (fd < 0)
			break;
		if (connect(fd, (struct sockaddr *)&address,
			    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)) == 0)
			return 0;
		if (errno != EPROTOTYPE)
			break;
		close(fd);
	}
	return say(message_errno(errno));
}

static int send_all(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t n = send(fd, bytes, length, MSG_NOSIGNAL);
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return -errno;
		if (n < 0)
			(void)poll(&(struct pollfd){ .fd = fd, .events = POLLOUT }, 1, -1);
		else {
			bytes += n;
			length -= (size_t)n;
		}
	}
	return 0;
}

/* Reads up to size bytes, fewer at the end of the stream. */
static ssize_t receive(int fd, char *bytes, size_t size)
{
	size_t length = 0;

	while (length < size) {
		ssize_t n = recv(fd, bytes + length, size - length, 0);
		if (n == 0)
			break;
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return -errno;
		if (n < 0)
			(void)poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, -1);
		else
			length += (size_t)n;
	}
	return (ssize_t)length;
}

/* A whole client is not needed to read twelve bytes: the status line is all that counts. */
static int probe_http(const struct wait_spec *spec)
{
	struct text request = { 0 };
	char answer[STATUS_LENGTH + 1] = "", words[64];
	bool is_v6 = strchr(spec->host, ':') != NULL;
	int fd = connect_to(spec);

	if (fd < 0)
		return 1;
	say("it accepts connections, but does not answer");
	text_format(&request,
		"GET %s HTTP/1.1\r\nHost: %s%s%s:%u\r\nUser-Agent: brood\r\nAccept: */*\r\n"
		"Connection: close\r\n\r\n",
		spec->path, is_v6 ? "[" : "", spec->host, is_v6 ? "]" : "", spec->port);
	int r = send_all(fd, request.bytes, request.length);
	text_done(&request);
	ssize_t n = receive(fd, answer, STATUS_LENGTH);
	if (n < 0 || (n == 0 && r < 0))
		return say(message_errno(n < 0 ? (int)-n : -r));
	if (n < STATUS_LENGTH || strncmp(answer, "HTTP/1.", 7) != 0 || answer[8] != ' ')
		return say(n == 0 ? "it closes the connection without an answer"
				  : "its answer is not HTTP");
	if (answer[9] == '2' || answer[9] == '3')
		return 0;
	snprintf(words, sizeof words, "HTTP status %s", answer + 9);
	return say(words);
}

static int probe_file(const struct wait_spec *spec)
{
	struct stat info;

	say("its file system does not answer");
	return stat(spec->path, &info) == 0 ? 0 : say(message_errno(errno));
}

int probe(void *data)
{
	const struct wait_spec *spec = data;

	switch (spec->kind) {
	case WAIT_TCP:
		return probe_tcp(spec);
	case WAIT_UNIX:
		return probe_unix(spec);
	case WAIT_HTTP:
		return probe_http(spec);
	case WAIT_FILE:
		return probe_file(spec);
	case WAIT_EXEC:
		break;
	}
	return 1;
}
