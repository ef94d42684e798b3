/* SPDX-License-Identifier: MIT */
#include "kit.h"

#include "hygiene.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LINE_PATIENCE_MS = 20000 };

char *helper(const char *name)
{
	static char paths[8][PATH_MAX];
	static unsigned int turn;
	const char *folder = getenv("HELPERS");
	assert_non_null(folder);
	char *path = paths[turn++ % 8];
	assert_true(snprintf(path, PATH_MAX, "%s/%s", folder, name) < PATH_MAX);
	return path;
}

struct line line_open(void)
{
	int ends[2];
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	return (struct line){ .reading = ends[0], .writing = ends[1] };
}

void line_started(struct line *line)
{
	close(line->writing);
	line->writing = -1;
}

static ssize_t read_line(const struct line *line, char *byte)
{
	struct pollfd pollfd = { .fd = line->reading, .events = POLLIN };
	int n = 0;
	do {
		n = poll(&pollfd, 1, LINE_PATIENCE_MS * slowness());
	} while (n < 0 && errno == EINTR);
	if (n == 0)
		fail_msg("nothing came through the line for %d ms", LINE_PATIENCE_MS * slowness());
	return read(line->reading, byte, 1);
}

int line_ready(const struct line *line)
{
	char byte = 0;
	if (read_line(line, &byte) != 1)
		fail_msg("the child was gone before it was ready");
	return byte;
}

void line_gone(struct line *line)
{
	char byte = 0;
	if (line->writing >= 0)
		line_started(line);
	while (read_line(line, &byte) > 0)
		;
	close(line->reading);
	line->reading = -1;
}

int line_is_gone(const struct line *line)
{
	struct pollfd pollfd = { .fd = line->reading, .events = POLLIN };
	return poll(&pollfd, 1, 0) == 1 && !(pollfd.revents & POLLIN) && pollfd.revents & POLLHUP;
}

int64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

struct brood_cmd quiet(char *const *argv)
{
	struct brood_cmd cmd = BROOD_CMD(.argv = argv, .out = brood_null());
	return cmd;
}

int run_quietly(char *const *argv, struct brood_result *result)
{
	struct brood_cmd cmd = quiet(argv);
	return brood_run(&cmd, NULL, result, NULL);
}

void make_folder(char folder[FOLDER_SIZE])
{
	strcpy(folder, "/tmp/brood-test-XXXXXX");
	assert_non_null(mkdtemp(folder));
}

void remove_folder(const char *folder)
{
	assert_int_equal(run_quietly(BROOD_ARGV("/bin/rm", "-rf", folder), NULL), 0);
}

void scene_start(
	struct scene *scene, struct brood_cmd cmd, const struct brood_options *options, int ready)
{
	struct brood_error error = BROOD_ERROR_INIT;
	scene->line = line_open();
	scene->control = line_open();
	scene->fds[0] = (struct brood_fd_map){ scene->line.writing, 3 };
	scene->fds[1] = (struct brood_fd_map){ scene->control.reading, 4 };
	cmd.fds = scene->fds;
	cmd.n_fds = 2;
	int r = brood_start(&scene->job, &cmd, 1, options, &error);
	if (r != 0)
		fail_msg("brood_start: %s at %s %s", brood_code_name(r),
			brood_step_name(error.step), error.subject);
	line_started(&scene->line);
	close(scene->control.reading);
	scene->control.reading = -1;
	scene->pid = brood_job_pid(scene->job);
	for (; ready > 0; ready--)
		assert_int_equal(line_ready(&scene->line), 'r');
}

void scene_release(struct scene *scene)
{
	if (scene->control.writing >= 0)
		close(scene->control.writing);
	scene->control.writing = -1;
}

void scene_end(struct scene *scene)
{
	brood_job_free(scene->job);
	scene->job = NULL;
	scene_release(scene);
	line_gone(&scene->line);
	reap_leftover(scene->pid);
}

void await_zombie(pid_t pid)
{
	siginfo_t info;
	int r = 0;
	do {
		r = waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT | __WALL);
	} while (r < 0 && errno == EINTR);
	assert_int_equal(r, 0);
}

void await_state(pid_t pid, char state)
{
	int64_t end = now_ns() + (int64_t)LINE_PATIENCE_MS * slowness() * 1000000;
	char path[64];
	char is = 0;
	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	while (is != state) {
		FILE *file = fopen(path, "re");
		assert_non_null(file);
		if (fscanf(file, "%*d (%*[^)]) %c", &is) != 1)
			is = 0;
		fclose(file);
		if (is != state && now_ns() > end)
			fail_msg("process %d did not come to state %c", (int)pid, state);
	}
}

/* A child that had no time to go when its job was freed is reaped by whatever is called later. */
void reap_leftover(pid_t pid)
{
	siginfo_t info;
	int64_t end = now_ns() + (int64_t)LINE_PATIENCE_MS * slowness() * 1000000;
	while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT | __WALL) == 0 && now_ns() < end)
		assert_int_equal(run_quietly(ACT("exit", "0"), NULL), 0);
}

/* The number behind a word of a file, or the first one; -1: none. */
static long long number_in(const char *path, const char *word, int base)
{
	char line[256];
	long long number = -1;
	FILE *file = fopen(path, "re");
	while (file && number < 0 && fgets(line, sizeof line, file))
		if (strncmp(line, word, strlen(word)) == 0)
			number = strtoll(line + strlen(word), NULL, base);
	if (file)
		fclose(file);
	return number;
}

int may_trace(void)
{
	long long scope = number_in("/proc/sys/kernel/yama/ptrace_scope", "", 10);
	long long capabilities = number_in("/proc/self/status", "CapEff:", 16);
	int has_right = capabilities > 0 && (capabilities >> 19 & 1); /* CAP_SYS_PTRACE */
	return !denied("ptrace") && scope < 3 && (scope < 2 || has_right);
}

int slowness(void)
{
	const char *text = getenv("BROOD_TEST_SLOW");
	int times = text ? atoi(text) : 1;
	return times > 1 ? times : 1;
}

int denied(const char *what)
{
	const char *list = getenv("BROOD_TEST_DENIED");
	return list && strstr(list, what) != NULL;
}

void need_threads(void)
{
	if (denied("clone3=EPERM"))
		skip();
}
