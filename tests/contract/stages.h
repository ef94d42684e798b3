/* SPDX-License-Identifier: MIT */
#ifndef TESTS_CONTRACT_STAGES_H
#define TESTS_CONTRACT_STAGES_H

/*
 * What the tests of jobs of several stages share. A row is a job whose stages all have the line as
 * descriptor 3 and the control, which ends when it is released, as 4.
 *
 *	struct brood_cmd cmds[] = { plain(ACT("ready", "pause")), quiet(ACT("ready", "pause")) };
 *	row_start(&row, cmds, 2, NULL, 2);
 *	... row.job, row.pids[1] ...
 *	row_end(&row);
 */

#include "check.h"

#include <poll.h>

enum { MOST_STAGES = 64 };

/* A copy of arguments that outlives the block and the function that it is made in: until 256 others
 * have been made. */
static inline char *const *lasting(char *const *argv)
{
	static struct {
		char *argv[32];
		char text[2048];
	} copies[256];
	static unsigned int turn;
	size_t length = 0;
	size_t n = 0;
	unsigned int slot = turn++ % 256;
	for (; argv[n]; n++) {
		size_t size = strlen(argv[n]) + 1;
		check(n + 1 < 32 && length + size <= sizeof copies[slot].text);
		copies[slot].argv[n] = memcpy(copies[slot].text + length, argv[n], size);
		length += size;
	}
	copies[slot].argv[n] = NULL;
	return copies[slot].argv;
}

#undef ACT
#undef PLAY
#define ACT(...)  lasting(BROOD_ARGV(helper("act"), __VA_ARGS__))
#define PLAY(...) lasting(BROOD_ARGV(helper("play"), __VA_ARGS__))
/* Any other program. */
#define RUN(...) lasting(BROOD_ARGV(__VA_ARGS__))

struct row {
	struct line line;
	struct line control;
	struct brood_fd_map fds[2];
	struct brood_cmd cmds[MOST_STAGES];
	struct brood_job *job;
	size_t n;
	pid_t pids[MOST_STAGES];
};

/* A command whose output goes to the next one, or is the caller's. */
static inline struct brood_cmd plain(char *const *argv)
{
	struct brood_cmd cmd = BROOD_CMD(.argv = argv);
	return cmd;
}

/* A command whose standard output is captured. */
static inline struct brood_cmd captured(char *const *argv)
{
	struct brood_cmd cmd = BROOD_CMD(.argv = argv, .out = brood_capture(0, 0));
	return cmd;
}

/* Makes line and control, and gives them to copies of the commands. */
static inline void row_prepare(struct row *row, const struct brood_cmd *cmds, size_t n)
{
	check(n <= MOST_STAGES);
	row->line = line_open();
	row->control = line_open();
	row->fds[0] = (struct brood_fd_map){ row->line.writing, 3 };
	row->fds[1] = (struct brood_fd_map){ row->control.reading, 4 };
	row->n = n;
	row->job = NULL;
	for (size_t i = 0; i < n; i++) {
		row->cmds[i] = cmds[i];
		row->cmds[i].fds = row->fds;
		row->cmds[i].n_fds = 2;
		row->pids[i] = 0;
	}
}

static inline void row_release(struct row *row)
{
	if (row->control.writing >= 0)
		close(row->control.writing);
	row->control.writing = -1;
}

static inline void row_ready(const struct row *row, int ready)
{
	for (; ready > 0; ready--)
		check_number(line_ready(&row->line), 'r');
}

static inline void row_start(struct row *row, const struct brood_cmd *cmds, size_t n,
	const struct brood_options *options, int ready)
{
	struct brood_error error = BROOD_ERROR_INIT;
	row_prepare(row, cmds, n);
	int r = brood_start(&row->job, row->cmds, n, options, &error);
	check_code(r, 0, &error);
	line_started(&row->line);
	close(row->control.reading);
	row->control.reading = -1;
	for (size_t i = 0; i < n; i++) {
		struct brood_status status = BROOD_STATUS_INIT;
		check_code(brood_job_status(row->job, i, &status), 0, NULL);
		check(status.pid > 0);
		row->pids[i] = status.pid;
	}
	row_ready(row, ready);
}

/* Frees the job, if there is one, and waits until every stage and all that it made is gone. */
static inline void row_end(struct row *row)
{
	brood_job_free(row->job);
	row->job = NULL;
	row_release(row);
	if (row->line.reading >= 0)
		line_gone(&row->line);
	for (size_t i = 0; i < row->n; i++)
		reap_leftover(row->pids[i]);
}

/* Whether nobody holds the line any more, now. What was said and not heard is dropped. */
static inline bool row_is_deserted(const struct row *row)
{
	char bytes[64];
	struct pollfd end = { .fd = row->line.reading, .events = POLLIN };
	while (poll(&end, 1, 0) == 1 && end.revents & POLLIN) {
		if (read(row->line.reading, bytes, sizeof bytes) <= 0)
			return true;
	}
	return end.revents & POLLHUP;
}

/* Waits to the end. */
static inline int row_wait(struct row *row, struct brood_result *result)
{
	struct brood_error error = BROOD_ERROR_INIT;
	int r = brood_job_wait(row->job, BROOD_FOREVER, result, &error);
	check_number(r < 0 ? error.code : 0, r);
	return r;
}

/* Runs a pipeline that must end well. */
static inline void pipeline_of(const struct brood_cmd *cmds, size_t n,
	const struct brood_options *options, struct brood_result *result)
{
	struct brood_error error = BROOD_ERROR_INIT;
	int r = brood_pipeline(cmds, n, options, result, &error);
	check_code(r, 0, &error);
	check_number(result->n_stages, (int64_t)n);
}

/* A descriptor of a child, as the helper show_fds has written it down. */
struct seen {
	int fd;
	unsigned long long device;
	unsigned long long inode;
	unsigned int flags;
};

/* Reads what show_fds wrote to a file. Returns how many there are. */
static inline size_t read_seen(const char *path, struct seen *seen, size_t most)
{
	size_t n = 0;
	int cloexec;
	long long offset;
	FILE *file = fopen(path, "re");
	if (!file)
		complain(__FILE__, __LINE__, "%s: %s", path, strerror(errno));
	while (n < most && fscanf(file, "%d %llu %llu %d %lld %o", &seen[n].fd, &seen[n].device,
				   &seen[n].inode, &cloexec, &offset, &seen[n].flags) == 6)
		n++;
	fclose(file);
	return n;
}

/* Without a guard SIGCHLD tells of stages; it is blocked meanwhile, so that it can be waited for.
 */
static inline void sigchld_block(sigset_t *old)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	pthread_sigmask(SIG_BLOCK, &set, old);
}

static inline void sigchld_await(void)
{
	sigset_t set;
	const struct timespec patience = { .tv_sec = 20 };
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	int r;
	do
		r = sigtimedwait(&set, NULL, &patience);
	while (r < 0 && errno == EINTR);
	if (r != SIGCHLD)
		complain(__FILE__, __LINE__, "no SIGCHLD came for 20 s");
}

/* Goes on when SIGCHLD comes, until brood_job_check() has found something. */
static inline void await_check(struct brood_job *job)
{
	int r;
	while ((r = brood_job_check(job)) == 0)
		sigchld_await();
	check_code(r, 1, NULL);
}

/* The next event must be this one. */
static inline struct brood_event expect_event(struct brood_job *job, int kind, size_t stage)
{
	struct brood_event event;
	int r = brood_job_next(job, 20 * BROOD_SECOND, &event);
	check_code(r, 0, NULL);
	check_number(event.kind, kind);
	check_number((int64_t)event.stage, (int64_t)stage);
	check(event.job == job);
	return event;
}

#endif
