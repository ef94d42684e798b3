/* SPDX-License-Identifier: MIT */
#include "run/output.h"

#include "common/duration.h"
#include "common/message.h"
#include "common/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A longer line goes to the file in pieces. */
#define LONGEST_CARRY ((size_t)64 << 10)
/* What may wait for a reader that does not read any more. */
#define MOST_PENDING ((size_t)8 << 20)

static void target_fail(struct output_target *target, int number)
{
	unsigned long long lost = target->lost + target->pending.length;

	if (number == ETIMEDOUT)
		message("%s: nobody reads it; %llu bytes are lost", target->name, lost);
	/* The reader had enough: as for any other program in a pipeline, no reason for words. */
	else if (number != EPIPE)
		message("%s: %s", target->name, message_errno(number));
	target->error = number;
	text_done(&target->pending);
}

/* Writes as much as it can; returns less than length if that failed or if we are in a hurry. */
static size_t push(struct output_target *target, const char *bytes, size_t length)
{
	size_t done = 0;

	while (done < length) {
		ssize_t n = write(target->fd, bytes + done, length - done);
		if (n >= 0) {
			done += (size_t)n;
			continue;
		}
		if (errno == EAGAIN) {
			struct pollfd writable = { .fd = target->fd, .events = POLLOUT };
			if (poll(&writable, 1, -1) >= 0)
				continue;
		}
		if (errno != EINTR) {
			target_fail(target, errno);
			break;
		}
		if (signals_is_hurried())
			break;
	}
	return done;
}

static void push_pending(struct output_target *target)
{
	struct text *pending = &target->pending;

	if (pending->length == 0)
		return;
	size_t done = push(target, pending->bytes, pending->length);
	if (target->error != 0)
		return;
	memmove(pending->bytes, pending->bytes + done, pending->length - done);
	pending->length -= done;
}

static bool is_writable(int fd)
{
	struct pollfd writable = { .fd = fd, .events = POLLOUT };

	return poll(&writable, 1, 0) > 0;
}

static void target_write(struct output_target *target, const char *bytes, size_t length)
{
	size_t done = 0;

	if (!target->name || target->error != 0)
		return;
	/* In a hurry, do not wait for its reader again with each chunk. */
	if (target->pending.length == 0 || is_writable(target->fd))
		push_pending(target);
	if (target->pending.length == 0 && target->error == 0)
		done = push(target, bytes, length);
	if (done == length || target->error != 0)
		return;
	/* It is being stopped: let that come to its end, and tell what was lost then. */
	if (target->lost > 0 || target->pending.length + length - done > MOST_PENDING)
		target->lost += length - done;
	else
		text_add(&target->pending, bytes + done, length - done);
}

static bool is_alive(const struct output_target *target)
{
	return target->name && target->error == 0;
}

/* Puts the mark of this moment before each line that begins in this chunk. */
static void render(struct output_stream *stream, const char *chunk, size_t length)
{
	struct output *output = stream->output;
	struct text *rendered = &output->rendered;
	struct text *mark = &output->mark;
	const char *end = chunk + length;

	mark->length = 0;
	if (output->stamp.format) {
		stamp_now(&output->stamp);
		text_add(mark, output->stamp.text.bytes, output->stamp.text.length);
		text_add(mark, " ", 1);
	}
	text_add(mark, output->prefix.bytes, output->prefix.length);

	rendered->length = 0;
	while (chunk < end) {
		const char *newline = memchr(chunk, '\n', (size_t)(end - chunk));
		size_t piece = (size_t)((newline ? newline + 1 : end) - chunk);
		text_reserve(rendered, mark->length + piece);
		if (!stream->in_line) {
			memcpy(rendered->bytes + rendered->length, mark->bytes, mark->length);
			rendered->length += mark->length;
		}
		memcpy(rendered->bytes + rendered->length, chunk, piece);
		rendered->length += piece;
		stream->in_line = !newline;
		chunk += piece;
	}
}

/* Both streams end up in one file: whole lines only, so that they do not get into each other. */
static void write_lines(struct output_stream *stream, const char *bytes, size_t length)
{
	struct output_target *file = &stream->output->file;
	struct text *carry = &stream->carry;
	const char *newline = memrchr(bytes, '\n', length);
	size_t whole = newline ? (size_t)(newline - bytes) + 1 : 0;

	if (carry->length + length - whole > LONGEST_CARRY)
		whole = length;
	if (whole > 0 && carry->length > 0) {
		target_write(file, carry->bytes, carry->length);
		carry->length = 0;
	}
	if (whole > 0)
		target_write(file, bytes, whole);
	text_add(carry, bytes + whole, length - whole);
}

void output_touch(struct output *output)
{
	output->last = duration_now();
}

brood_duration output_silence(const struct output *output)
{
	return duration_now() - output->last;
}

static int on_chunk(void *data, const char *chunk, size_t length)
{
	struct output_stream *stream = data;
	struct output *output = stream->output;

	if (output->is_decorated) {
		render(stream, chunk, length);
		chunk = output->rendered.bytes;
		length = output->rendered.length;
	}
	target_write(&stream->terminal, chunk, length);
	if (output->keeps_tail)
		tail_add(&output->tail, chunk, length);
	if (output->file.name && output->is_separate)
		write_lines(stream, chunk, length);
	else
		target_write(&output->file, chunk, length);
	output_touch(output);
	/* Once nobody wants it, the command shall notice as it would without us: by EPIPE. */
	return is_alive(&stream->terminal) || is_alive(&output->file) || output->keeps_tail ? 0 : 1;
}

bool output_is_needed(const struct run_config *config)
{
	return config->output || config->stamp || config->has_prefix || config->quiet ||
	       config->idle > 0;
}

int output_open(struct output *output, const struct run_config *config)
{
	bool is_shown = !config->quiet && (config->tee || !config->output);

	*output = (struct output){
		.is_separate = is_shown,
		.is_decorated = config->stamp || config->has_prefix,
		.stamp.format = config->stamp,
		.keeps_tail = config->quiet,
	};
	for (int i = 0; i < 2; i++)
		output->streams[i].output = output;
	if (is_shown) {
		output->streams[0].terminal = (struct output_target){ .fd = STDOUT_FILENO,
			.name = "standard output" };
		output->streams[1].terminal = (struct output_target){ .fd = STDERR_FILENO,
			.name = "standard error" };
	}
	if (config->prefix)
		text_string(&output->prefix, config->prefix);
	else if (config->has_prefix) {
		text_safe(&output->prefix, config->name, strlen(config->name));
		text_string(&output->prefix, ": ");
	}
	if (!config->output)
		return 0;
	int fd = open(config->output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);
	if (fd < 0) {
		message("%s: %s (-o)", config->output, message_errno(errno));
		return -1;
	}
	output->file = (struct output_target){ .fd = fd, .name = config->output };
	return 0;
}

void output_connect(struct output *output, struct brood_cmd *cmd)
{
	cmd->out = brood_sink(on_chunk, &output->streams[0]);
	cmd->err = output->is_separate ? brood_sink(on_chunk, &output->streams[1]) : brood_merge();
}

void output_begin(struct output *output)
{
	for (int i = 0; i < 2; i++) {
		struct output_stream *stream = &output->streams[i];
		/* The marks of the next one shall stand at the beginning of a line. */
		if (output->is_decorated && stream->in_line) {
			target_write(&stream->terminal, "\n", 1);
			target_write(&output->file, "\n", 1);
		}
		stream->in_line = false;
	}
	tail_done(&output->tail);
	output_touch(output);
}

static int target_finish(struct output_target *target, const struct timespec *deadline)
{
	struct timespec now = { 0 };

	while (target->name && target->pending.length > 0) {
		push_pending(target);
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (target->pending.length > 0 && target->error == 0 &&
			(now.tv_sec > deadline->tv_sec ||
				(now.tv_sec == deadline->tv_sec &&
					now.tv_nsec >= deadline->tv_nsec)))
			target_fail(target, ETIMEDOUT);
	}
	if (target->lost > 0 && target->error == 0)
		target_fail(target, ETIMEDOUT);
	return target->error;
}

int output_finish(struct output *output, brood_duration delay)
{
	struct timespec deadline = { 0 };
	int result = 0;

	clock_gettime(CLOCK_MONOTONIC, &deadline);
	if (delay > BROOD_HOUR)
		delay = BROOD_HOUR;
	if (delay > 0) {
		deadline.tv_sec += (deadline.tv_nsec + delay) / BROOD_SECOND;
		deadline.tv_nsec = (deadline.tv_nsec + delay) % BROOD_SECOND;
	}
	for (int i = 0; i < 2; i++) {
		struct output_stream *stream = &output->streams[i];
		target_write(&output->file, stream->carry.bytes, stream->carry.length);
		stream->carry.length = 0;
		int error = target_finish(&stream->terminal, &deadline);
		result = error ? error : result;
	}
	int error = target_finish(&output->file, &deadline);
	return error ? error : result;
}

int output_close(struct output *output)
{
	int error = 0;

	if (!is_alive(&output->file))
		return 0;
	if (close(output->file.fd) < 0 && errno != EINTR) {
		error = errno;
		target_fail(&output->file, error);
	}
	output->file.name = NULL;
	return error;
}

void output_show_tail(struct output *output)
{
	size_t length = 0;

	if (output->tail.length == 0)
		return;
	const char *bytes = tail_end(&output->tail, &length);
	if (write_all(STDERR_FILENO, bytes, length) == 0 && output->tail.last != '\n')
		(void)write_all(STDERR_FILENO, "\n", 1);
}

void output_done(struct output *output)
{
	for (int i = 0; i < 2; i++) {
		text_done(&output->streams[i].terminal.pending);
		text_done(&output->streams[i].carry);
	}
	text_done(&output->file.pending);
	text_done(&output->prefix);
	text_done(&output->mark);
	text_done(&output->rendered);
	stamp_done(&output->stamp);
	tail_done(&output->tail);
}
