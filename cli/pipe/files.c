/* SPDX-License-Identifier: MIT */
#include "pipe/files.h"

#include "common/duration.h"
#include "common/exit_code.h"
#include "common/memory.h"
#include "common/message.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define OUTPUT_FLAGS (O_WRONLY | O_CREAT)
/* For a system call and its wrapper. */
#define STACK_SIZE ((size_t)64 << 10)

/* One FIFO, opened by a thread of its own. */
struct opening {
	struct openings *all;
	size_t node;
	int *target; /* where the descriptor goes */
	char *path;
	int flags;
	pthread_t thread;
	bool is_done;
	int result; /* a descriptor or -errno */
};

/* Those that wait. It outlives a wait that was given up: its threads are still there until we end.
 */
struct openings {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct opening *list;
	size_t n;
};

char *pipe_directory_of(const struct pipe_run *run, const struct pipe_stage *stage)
{
	const char *outer = run->config->dir, *inner = stage->dir;
	struct text path = { 0 };

	if (!outer && !inner)
		return NULL;
	if (outer && inner && inner[0] != '/')
		text_format(&path, "%s/%s", outer, inner);
	else
		text_string(&path, inner ? inner : outer);
	return path.bytes;
}

static int complain(const struct pipe_run *run, size_t node, const char *path, int number)
{
	message("pipe: stage %s: %s: %s", run->plan->nodes[node].number, path,
		message_errno(number));
	return EXIT_BROOD;
}

static char *path_of(const struct pipe_run *run, size_t node, const char *path)
{
	char *dir = pipe_directory_of(run, run->plan->nodes[node].stage);
	struct text whole = { 0 };

	if (dir && path[0] != '/')
		text_format(&whole, "%s/%s", dir, path);
	else
		text_string(&whole, path);
	free(dir);
	return whole.bytes;
}

static void put_off(struct openings *openings, const struct opening *opening)
{
	openings->list = memory_resize(openings->list, (openings->n + 1) * sizeof *openings->list);
	openings->list[openings->n++] = *opening;
}

/* Opens it now, or notes that it is a FIFO. */
static int open_file(const struct pipe_run *run, struct openings *openings, size_t node,
	int *target, const char *name, int flags)
{
	struct stat status;
	char *path = path_of(run, node, name);

	flags |= O_CLOEXEC | O_NOCTTY;
	if (stat(path, &status) == 0 && S_ISFIFO(status.st_mode)) {
		const struct opening opening = { .all = openings,
			.node = node,
			.target = target,
			.path = path,
			.flags = flags };
		put_off(openings, &opening);
		return 0;
	}
	*target = open(path, flags, 0666);
	int code = *target < 0 ? complain(run, node, path, errno) : 0;
	free(path);
	return code;
}

static int open_stage(struct pipe_run *run, struct openings *openings, size_t node)
{
	const struct pipe_stage *stage = run->plan->nodes[node].stage;
	struct pipe_process *process = &run->processes[node];
	int code = 0;

	if (stage->in_path)
		code = open_file(run, openings, node, &process->in, stage->in_path, O_RDONLY);
	if (code == 0 && stage->out_path)
		code = open_file(run, openings, node, &process->out, stage->out_path,
			OUTPUT_FLAGS | (stage->out_is_appended ? O_APPEND : O_TRUNC));
	if (code == 0 && stage->err_path)
		code = open_file(run, openings, node, &process->err, stage->err_path,
			OUTPUT_FLAGS | (stage->err_is_appended ? O_APPEND : O_TRUNC));
	return code;
}

static void *open_fifo(void *data)
{
	struct opening *opening = data;
	int fd = open(opening->path, opening->flags, 0666);

	(void)pthread_mutex_lock(&opening->all->lock);
	opening->result = fd < 0 ? -errno : fd;
	opening->is_done = true;
	(void)pthread_cond_signal(&opening->all->changed);
	(void)pthread_mutex_unlock(&opening->all->lock);
	return NULL;
}

/* Signals are for the thread that waits, and end us as long as nothing runs. */
static int start_threads(struct openings *openings)
{
	pthread_attr_t attributes;
	sigset_t all, before;
	size_t n = 0;

	int r = pthread_attr_init(&attributes);
	if (r != 0)
		return r;
	(void)pthread_attr_setstacksize(&attributes, STACK_SIZE);
	sigfillset(&all);
	(void)pthread_sigmask(SIG_BLOCK, &all, &before);
	while (r == 0 && n < openings->n) {
		struct opening *opening = &openings->list[n];
		r = pthread_create(&opening->thread, &attributes, open_fifo, opening);
		n += r == 0;
	}
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	(void)pthread_attr_destroy(&attributes);
	return r;
}

/* The first one that is not open, NULL: all are. */
static const struct opening *find_waiting(const struct openings *openings)
{
	for (size_t i = 0; i < openings->n; i++)
		if (!openings->list[i].is_done)
			return &openings->list[i];
	return NULL;
}

static const struct opening *find_failed(const struct openings *openings)
{
	for (size_t i = 0; i < openings->n; i++)
		if (openings->list[i].is_done && openings->list[i].result < 0)
			return &openings->list[i];
	return NULL;
}

/* Returns 0 when all are open, the errno of one that cannot be, or ETIMEDOUT; *ret_which is the one
   concerned. */
static int await(struct openings *openings, int64_t limit, const struct opening **ret_which)
{
	const struct timespec until = { limit / BROOD_SECOND, limit % BROOD_SECOND };
	int r = 0;

	(void)pthread_mutex_lock(&openings->lock);
	for (;;) {
		*ret_which = find_failed(openings);
		if (*ret_which) {
			r = -(*ret_which)->result;
			break;
		}
		*ret_which = find_waiting(openings);
		if (!*ret_which || r != 0)
			break;
		r = limit == INT64_MAX
			    ? pthread_cond_wait(&openings->changed, &openings->lock)
			    : pthread_cond_timedwait(&openings->changed, &openings->lock, &until);
	}
	(void)pthread_mutex_unlock(&openings->lock);
	return *ret_which ? r : 0;
}

static int explain(const struct pipe_run *run, const struct opening *opening, int number)
{
	char limit[DURATION_TEXT_SIZE];

	if (number != ETIMEDOUT)
		return complain(run, opening->node, opening->path, number);
	message("pipe: stage %s: %s: time limit of %s reached, and nobody has opened it for %s",
		run->plan->nodes[opening->node].number, opening->path,
		duration_text(run->config->timeout, limit),
		(opening->flags & O_ACCMODE) == O_RDONLY ? "writing" : "reading");
	return EXIT_TIMEOUT;
}

static void take_results(struct openings *openings)
{
	for (size_t i = 0; i < openings->n; i++) {
		struct opening *opening = &openings->list[i];
		(void)pthread_join(opening->thread, NULL);
		*opening->target = opening->result;
		free(opening->path);
	}
}

static void openings_done(struct openings *openings)
{
	(void)pthread_cond_destroy(&openings->changed);
	(void)pthread_mutex_destroy(&openings->lock);
	free(openings->list);
	free(openings);
}

static int open_fifos(struct pipe_run *run, struct openings *openings, size_t *ret_node)
{
	const struct opening *which = &openings->list[0];
	pthread_condattr_t attributes;

	(void)pthread_mutex_init(&openings->lock, NULL);
	(void)pthread_condattr_init(&attributes);
	(void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&openings->changed, &attributes);
	(void)pthread_condattr_destroy(&attributes);
	int r = start_threads(openings);
	if (r == 0)
		r = await(openings, run->limit_at, &which);
	if (r == 0) {
		take_results(openings);
		openings_done(openings);
		return 0;
	}
	*ret_node = which->node;
	return explain(run, which, r);
}

int pipe_open_files(struct pipe_run *run, size_t *ret_node)
{
	struct openings *openings = memory_get(sizeof *openings);
	int code = 0;

	*openings = (struct openings){ 0 };
	for (size_t i = 0; i < run->plan->n_stages && code == 0; i++) {
		*ret_node = i;
		code = open_stage(run, openings, i);
	}
	if (code == 0 && openings->n > 0)
		return open_fifos(run, openings, ret_node);
	for (size_t i = 0; i < openings->n; i++)
		free(openings->list[i].path);
	free(openings->list);
	free(openings);
	return code;
}
