/* SPDX-License-Identifier: MIT */
#include "filter/output.h"

#include "common/memory.h"
#include "common/message.h"
#include "filter/runs.h"
#include "filter/stop.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define BUFFER_BYTES ((size_t)128 << 10)
/* So long a run is written from where it stands. */
#define DIRECT_BYTES ((size_t)32 << 10)
#define GROWN_BYTES  (1 << 20)
/* What a pipe takes without blocking once poll(2) says so, and nearly any other thing. */
#define SMALL_BYTES 4096

/* Another description of the same pipe or terminal, which does not block. Without /proc, or without
   the right to, it is done in small pieces. */
static void open_again(struct output *output)
{
	int fd = open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return;
	output->fd = fd;
	output->owns_fd = true;
	output->never_blocks = true;
}

static int open_spill(struct output *output, const char *path)
{
	int r = spill_open(&output->spill, path);

	if (r == 0)
		return 0;
	free(output->bytes);
	if (output->owns_fd)
		close(output->fd);
	if (r == -EEXIST)
		message("filter: %s: is not empty (--on-full spill)", path);
	else if (r == -EWOULDBLOCK)
		message("filter: %s: is in use (--on-full spill)", path);
	else
		message("filter: %s: %s (--on-full spill)", path, message_errno(-r));
	return -1;
}

int filter_output_open(struct output *output, const struct filter_config *config)
{
	struct stat st;

	*output = (struct output){
		.fd = STDOUT_FILENO,
		.eol = config->nul_lines ? '\0' : '\n',
		.policy = config->on_full,
		.bytes = memory_get(BUFFER_BYTES),
		.size = BUFFER_BYTES,
		.spill.fd = -1,
	};
	if (fstat(STDOUT_FILENO, &st) < 0)
		st.st_mode = 0;
	output->is_pipe = S_ISFIFO(st.st_mode);
	output->is_socket = S_ISSOCK(st.st_mode);
	output->may_grow = output->is_pipe && !config->has_pipe_size;
	if (output->is_pipe && config->has_pipe_size && config->pipe_size > 0 &&
		config->pipe_size <= INT32_MAX)
		(void)fcntl(STDOUT_FILENO, F_SETPIPE_SZ, (int)config->pipe_size);
	if (output->policy == FILTER_FULL_BLOCK)
		return 0;
	output->never_blocks = S_ISREG(st.st_mode) || output->is_socket;
	if (!output->never_blocks)
		open_again(output);
	if (output->policy == FILTER_FULL_SPILL)
		return open_spill(output, config->spill_path);
	backlog_init(&output->backlog, config->keep);
	return 0;
}

/* A pipe that takes large pieces wakes its reader less often. */
static void grow(struct output *output, size_t length)
{
	if (!output->may_grow || length < DIRECT_BYTES)
		return;
	output->may_grow = false;
	if (fcntl(output->fd, F_GETPIPE_SZ) < GROWN_BYTES)
		(void)fcntl(output->fd, F_SETPIPE_SZ, GROWN_BYTES);
}

/* What to do about a write that failed. Returns 0: try again. */
static int after_failure(const struct output *output, int error)
{
	struct pollfd writable = { .fd = output->fd, .events = POLLOUT };

	if (stop_signal() != 0 && stop_is_late())
		return -EINTR;
	if (error == EAGAIN)
		(void)poll(&writable, 1, -1);
	return error == EAGAIN || error == EINTR ? 0 : -error;
}

/* Writes all that is gathered, and a run of lines behind it, however long it takes. */
static void write_through(struct output *output, const char *run, size_t run_length)
{
	/* writev(2) does not write to what it is given. */
	struct iovec parts[2] = {
		{ output->bytes + output->first, output->length - output->first },
		{ (char *)(uintptr_t)run, run_length },
	};

	grow(output, parts[0].iov_len + run_length);
	while (output->error == 0 && parts[0].iov_len + parts[1].iov_len > 0) {
		ssize_t written = writev(output->fd, parts, 2);
		if (written < 0) {
			output->error = after_failure(output, errno);
			continue;
		}
		for (size_t i = 0; i < 2; i++) {
			size_t n = (size_t)written < parts[i].iov_len ? (size_t)written
								      : parts[i].iov_len;
			parts[i].iov_base = (char *)parts[i].iov_base + n;
			parts[i].iov_len -= n;
			written -= (ssize_t)n;
		}
	}
	output->first = output->length = 0;
}

/* Returns how much was taken; 0: it is full. */
static size_t write_some(struct output *output, const char *bytes, size_t length)
{
	struct pollfd writable = { .fd = output->fd, .events = POLLOUT };
	ssize_t written;

	do {
		if (output->is_socket)
			written = send(output->fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);
		else if (output->never_blocks)
			written = write(output->fd, bytes, length);
		else if (poll(&writable, 1, 0) == 1)
			written = write(
				output->fd, bytes, length < SMALL_BYTES ? length : SMALL_BYTES);
		else
			return 0;
	} while (written < 0 && errno == EINTR);
	if (written >= 0)
		return (size_t)written;
	if (errno != EAGAIN)
		output->error = -errno;
	return 0;
}

static bool is_kept(const struct output *output)
{
	return output->backlog.n_lines > 0 ||
	       (output->spill.fd >= 0 && !spill_is_empty(&output->spill));
}

/* The next of what is kept. */
static void refill(struct output *output)
{
	output->first = output->length = 0;
	if (output->spill.fd >= 0) {
		ssize_t n = spill_take(&output->spill, output->bytes, output->size);
		if (n < 0)
			output->error = (int)n;
		else
			output->length = (size_t)n;
		return;
	}
	size_t next = backlog_next(&output->backlog);
	if (next > output->size) {
		output->bytes = memory_resize(output->bytes, next);
		output->size = next;
	}
	output->length = backlog_take(&output->backlog, output->bytes, output->size);
}

static void say_dropped(struct output *output)
{
	if (output->n_unsaid > 0)
		message("dropped %" PRIu64 " %s", output->n_unsaid,
			output->n_unsaid == 1 ? "line" : "lines");
	output->n_unsaid = 0;
}

/* As much as is taken. */
static void write_what_fits(struct output *output)
{
	grow(output, output->length - output->first);
	while (output->error == 0) {
		if (output->first == output->length) {
			output->first = output->length = 0;
			if (!is_kept(output)) {
				say_dropped(output);
				return;
			}
			refill(output);
			continue;
		}
		size_t n = write_some(
			output, output->bytes + output->first, output->length - output->first);
		if (n == 0)
			return;
		output->first += n;
	}
}

static void keep(struct output *output, const char *bytes, size_t length)
{
	if (output->spill.fd >= 0) {
		int r = spill_add(&output->spill, bytes, length);
		if (r == 0)
			return;
		/* Order counts more than not to wait: it all goes out first. */
		message("filter: %s: %s (--on-full spill); waiting for the output instead",
			output->spill.path, message_errno(-r));
		while (output->error == 0 && is_kept(output)) {
			write_through(output, NULL, 0);
			refill(output);
		}
		write_through(output, bytes, length);
		return;
	}
	for (size_t at = 0; at < length;) {
		size_t end = line_end(bytes, at, length, output->eol);
		uint64_t n = backlog_add(&output->backlog, bytes + at, end - at);
		output->n_dropped += n;
		output->n_unsaid += n;
		at = end;
	}
}

/* Without ever waiting: into the buffer while nothing waits before it, else to what is kept. */
static void add_or_keep(struct output *output, const char *bytes, size_t length)
{
	if (!is_kept(output) && length > output->size - output->length)
		write_what_fits(output);
	if (!is_kept(output) && output->first > 0) {
		output->length -= output->first;
		memmove(output->bytes, output->bytes + output->first, output->length);
		output->first = 0;
	}
	size_t room = output->size - output->length, n = 0;
	if (!is_kept(output) && length <= room)
		n = length;
	else if (!is_kept(output)) {
		const char *last = memrchr(bytes, output->eol, room);
		n = last ? (size_t)(last - bytes) + 1 : 0;
	}
	if (n > 0)
		memcpy(output->bytes + output->length, bytes, n);
	output->length += n;
	if (n < length)
		keep(output, bytes + n, length - n);
}

void filter_output_lines(struct output *output, const char *bytes, size_t length)
{
	if (output->error != 0 || length == 0)
		return;
	if (output->policy != FILTER_FULL_BLOCK) {
		add_or_keep(output, bytes, length);
		return;
	}
	if (length >= DIRECT_BYTES) {
		write_through(output, bytes, length);
		return;
	}
	if (length > output->size - output->length)
		write_through(output, NULL, 0);
	memcpy(output->bytes + output->length, bytes, length);
	output->length += length;
}

int filter_output_flush(struct output *output)
{
	if (output->policy != FILTER_FULL_BLOCK)
		write_what_fits(output);
	else if (output->length > 0)
		write_through(output, NULL, 0);
	return output->error;
}

bool filter_output_is_pending(const struct output *output)
{
	return output->error == 0 && (output->first < output->length || is_kept(output));
}

/* Not more than a signal's patience. */
static void write_rest(struct output *output)
{
	while (filter_output_is_pending(output)) {
		struct pollfd writable = { .fd = output->fd, .events = POLLOUT };
		write_what_fits(output);
		if (!filter_output_is_pending(output))
			return;
		if (stop_signal() != 0 && stop_is_late())
			return;
		(void)poll(&writable, 1, -1);
	}
}

int filter_output_close(struct output *output)
{
	(void)filter_output_flush(output);
	if (output->policy != FILTER_FULL_BLOCK)
		write_rest(output);
	if (output->spill.fd >= 0 && is_kept(output))
		message("filter: %s holds what the output has not taken", output->spill.path);
	else if (output->backlog.n_lines > 0) {
		output->n_dropped += output->backlog.n_lines;
		output->n_unsaid += output->backlog.n_lines;
	}
	say_dropped(output);
	spill_close(&output->spill);
	backlog_done(&output->backlog);
	free(output->bytes);
	output->bytes = NULL;
	if (output->owns_fd)
		close(output->fd);
	return output->error;
}
