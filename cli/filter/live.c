/* SPDX-License-Identifier: MIT */
#include "filter/live.h"

#include "common/memory.h"
#include "common/message.h"
#include "filter/follow.h"
#include "filter/stop.h"

#include <brood/fifo.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

/* At the end, so much is still taken out of a FIFO: what it can hold and a little more. */
#define MOST_LEFT ((size_t)4 << 20)

struct stream {
	struct source source;
	const char *fifo; /* its path; NULL: it is none */
	bool is_made;     /* by us */
};

struct live {
	struct intake *intake;
	struct stream *streams;
	size_t n_streams;
	struct follow *follow; /* NULL: no file is */
	struct pollfd *polled; /* the output, the files, the streams */
	bool is_stdin_done;
};

#define POLLED_OUTPUT  0
#define POLLED_FILES   1
#define POLLED_STREAMS 2

static void complain(const char *path, const struct brood_error *error)
{
	const char *words = brood_code_name(error->code);

	if (error->code == -EEXIST || error->code == -EINVAL)
		message("filter: %s: is not a FIFO", path);
	else
		message("filter: %s: %s", path,
			error->code > -4096 ? message_errno(-error->code) : words);
}

static int open_fifo(struct live *live, struct stream *stream, const char *path)
{
	struct brood_error error = BROOD_ERROR_INIT;
	int made = brood_fifo_create(path, live->intake->config->mode, 0, &error);

	if (made < 0) {
		complain(path, &error);
		return -1;
	}
	stream->fifo = path;
	stream->is_made = made > 0;
	int fd = brood_fifo_open(path, BROOD_FIFO_BOTH, 0, &error);
	if (fd < 0) {
		complain(path, &error);
		return -1;
	}
	intake_begin(live->intake, &stream->source, path);
	stream->source.fd = fd;
	intake_set_pipe(live->intake, fd);
	return 0;
}

static int open_all(struct live *live)
{
	const struct filter_config *config = live->intake->config;

	live->streams = memory_get((config->n_fifos + 1) * sizeof *live->streams);
	live->polled = memory_get((POLLED_STREAMS + config->n_fifos + 1) * sizeof *live->polled);
	for (size_t i = 0; i < config->n_fifos; i++) {
		struct stream *stream = &live->streams[live->n_streams++];
		*stream = (struct stream){ .source.fd = -1 };
		if (open_fifo(live, stream, config->fifos[i]) < 0)
			return -1;
	}
	if (config->follow) {
		live->follow = follow_new(live->intake);
		return live->follow ? 0 : -1;
	}
	if (config->n_fifos == 0) {
		struct stream *stream = &live->streams[live->n_streams++];
		*stream = (struct stream){ 0 };
		intake_begin(live->intake, &stream->source, config->label);
		stream->source.fd = STDIN_FILENO;
		intake_set_pipe(live->intake, STDIN_FILENO);
	}
	return 0;
}

static bool is_open(const struct stream *stream)
{
	return !stream->source.is_done && !stream->source.is_at_end;
}

static bool is_finished(const struct live *live)
{
	if (live->follow && !follow_is_done(live->follow))
		return false;
	for (size_t i = 0; i < live->n_streams; i++)
		if (is_open(&live->streams[i]))
			return false;
	return true;
}

/* Waits until something can be done. Returns what poll(2) does. */
static int wait_for_any(struct live *live)
{
	struct output *output = live->intake->output;
	struct pollfd *polled = live->polled;

	/* Asked for nothing, a pipe still tells that its reader has gone. */
	polled[POLLED_OUTPUT] = (struct pollfd){
		.fd = output->is_pipe || filter_output_is_pending(output) ? output->fd : -1,
		.events = filter_output_is_pending(output) ? POLLOUT : 0,
	};
	polled[POLLED_FILES] = (struct pollfd){
		.fd = live->follow ? follow_fd(live->follow) : -1,
		.events = POLLIN,
	};
	for (size_t i = 0; i < live->n_streams; i++)
		polled[POLLED_STREAMS + i] = (struct pollfd){
			.fd = is_open(&live->streams[i]) ? live->streams[i].source.fd : -1,
			.events = POLLIN,
		};
	return poll(polled, POLLED_STREAMS + live->n_streams,
		live->follow ? follow_patience(live->follow) : -1);
}

static void read_stream(struct live *live, struct stream *stream)
{
	ssize_t n = intake_read(live->intake, &stream->source);

	if (n >= 0 || n == -EAGAIN || n == -EINTR)
		return;
	intake_complain(live->intake, stream->source.name, message_errno((int)-n));
	stream->source.is_at_end = true;
}

static void turn(struct live *live)
{
	struct intake *intake = live->intake;
	struct pollfd *polled = live->polled;

	int n = wait_for_any(live);
	if (n < 0)
		return;
	if (polled[POLLED_OUTPUT].revents & POLLERR && intake->output->is_pipe)
		intake->output->error = -EPIPE;
	if (live->follow)
		follow_look(live->follow);
	for (size_t i = 0; i < live->n_streams; i++)
		if (polled[POLLED_STREAMS + i].revents != 0)
			read_stream(live, &live->streams[i]);
	(void)filter_output_flush(intake->output);
}

/* What writers have put into a FIFO until now would be lost with it. */
static void read_left(struct live *live)
{
	struct intake *intake = live->intake;

	for (size_t i = 0; i < live->n_streams; i++) {
		struct stream *stream = &live->streams[i];
		size_t left = MOST_LEFT;
		while (stream->fifo && is_open(stream) && left > 0 && !intake->is_broken &&
			!intake->selection->is_over && intake->output->error == 0) {
			ssize_t n = intake_read(intake, &stream->source);
			if (n <= 0)
				break;
			left -= (size_t)n < left ? (size_t)n : left;
		}
	}
	if (live->follow && !intake_is_over(intake))
		follow_look(live->follow);
}

static void remove_fifo(struct stream *stream)
{
	struct brood_error error = BROOD_ERROR_INIT;

	if (stream->is_made && brood_fifo_remove(stream->fifo, &error) < 0)
		complain(stream->fifo, &error);
}

static void close_all(struct live *live, bool is_whole)
{
	struct selection *selection = live->intake->selection;
	bool is_ended = is_whole && !live->intake->is_broken && !selection->is_over;

	for (size_t i = 0; i < live->n_streams; i++) {
		struct stream *stream = &live->streams[i];
		remove_fifo(stream);
		if (is_ended)
			selection_end(selection, &stream->source);
		selection->n_cut += stream->source.n_cut;
		source_done(&stream->source);
	}
	if (live->follow && is_ended)
		follow_end(live->follow);
	follow_free(live->follow);
	free(live->streams);
	free(live->polled);
}

int live_read(struct intake *intake)
{
	struct live live = { .intake = intake };

	int r = open_all(&live);
	if (r == 0) {
		if (live.follow)
			follow_look(live.follow);
		(void)filter_output_flush(intake->output);
		while (!is_finished(&live) && !intake_is_over(intake))
			turn(&live);
		if (stop_signal() != 0)
			read_left(&live);
	}
	close_all(&live, r == 0);
	return r;
}
