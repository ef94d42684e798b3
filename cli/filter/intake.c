/* SPDX-License-Identifier: MIT */
#include "filter/intake.h"

#include "common/message.h"
#include "filter/stop.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define USUAL_PIPE_BYTES 65536
#define GROWN_BYTES      (1 << 20)

void intake_begin(struct intake *intake, struct source *source, const char *name)
{
	const struct filter_config *config = intake->config;

	/* What comes before the first time that is seen is older than a --since, for all we know.
	 */
	source_init(source, name, !config->has_since);
	keeper_init(&source->progress.kept, config->before);
}

void intake_look(struct intake *intake, struct source *source)
{
	struct chunk chunk;

	while (!source->is_done && !intake->is_broken &&
		source_take(source, &intake->limits, &chunk))
		if (selection_chunk(intake->selection, source, &chunk) < 0)
			intake->is_broken = true;
	if (source->is_done)
		source->first = source->last;
}

void intake_look_rest(struct intake *intake, struct source *source)
{
	struct chunk chunk;

	if (!source->is_done && source_take_rest(source, &intake->limits, &chunk) &&
		selection_chunk(intake->selection, source, &chunk) < 0)
		intake->is_broken = true;
}

/* A full pipe has a writer that waits. */
static void grow(const struct intake *intake, struct source *source, size_t n)
{
	if (source->has_grown || n < USUAL_PIPE_BYTES)
		return;
	source->has_grown = true;
	int size = intake->config->has_pipe_size ? -1 : fcntl(source->fd, F_GETPIPE_SZ);
	if (size > 0 && size < GROWN_BYTES)
		(void)fcntl(source->fd, F_SETPIPE_SZ, GROWN_BYTES);
}

ssize_t intake_read(struct intake *intake, struct source *source)
{
	ssize_t n = read(source->fd, source_room(source, INTAKE_BYTES), INTAKE_BYTES);

	if (n < 0)
		return -errno;
	if (n > 0) {
		grow(intake, source, (size_t)n);
		source_add(source, (size_t)n);
	} else {
		source->is_at_end = true;
	}
	intake_look(intake, source);
	return n;
}

void intake_complain(struct intake *intake, const char *name, const char *words)
{
	intake->has_trouble = true;
	if (intake->config->no_messages)
		return;
	/* In the order in which it happened, where both go to one place. */
	(void)filter_output_flush(intake->output);
	message("filter: %s: %s", name, words);
}

bool intake_is_over(const struct intake *intake)
{
	return intake->is_broken || intake->selection->is_over || intake->output->error != 0 ||
	       stop_signal() != 0;
}

void intake_set_pipe(const struct intake *intake, int fd)
{
	const struct filter_config *config = intake->config;

	if (config->has_pipe_size && config->pipe_size > 0 && config->pipe_size <= INT32_MAX &&
		fcntl(fd, F_GETPIPE_SZ) > 0)
		(void)fcntl(fd, F_SETPIPE_SZ, (int)config->pipe_size);
}
