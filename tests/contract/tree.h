/* SPDX-License-Identifier: MIT */
#ifndef TESTS_CONTRACT_TREE_H
#define TESTS_CONTRACT_TREE_H

/* What the tests of process trees share. */

#include "check.h"

#include <dirent.h>
#include <poll.h>

#define TREE_OPTIONS(...) BROOD_OPTIONS(.flags = BROOD_KILL_TREE, __VA_ARGS__)

/* Steps that kill soon. */
static inline const struct brood_stop *hasty(void)
{
	static struct brood_stop steps[] = { { SIGTERM, 0, 50 * BROOD_MILLISECOND } };
	steps[0].grace = 50 * BROOD_MILLISECOND * slowness();
	return steps;
}
#define HASTY .stop = hasty(), .n_stop = 1

/* A plain child, one in a session of its own, a daemon that forked twice, and one in another group
 * that ignores TERM; all say that they are ready. */
#define FOUR_SURVIVORS                                                                             \
	"{", "ready", "pause", "}", "{", "setsid", "ready", "pause", "}", "{", "setsid", "{",      \
		"setsid", "ready", "pause", "}", "exit", "0", "}", "{", "ignore", "15", "setpgid", \
		"ready", "pause", "}"

/* Whether a guard can be started: where programs in memory cannot be executed, only an installed
 * one can. */
static inline bool has_guard(void)
{
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_options options = TREE_OPTIONS(.tree = BROOD_TREE_GUARD);
	struct brood_cmd cmd = quiet(ACT("exit", "0"));
	int r = brood_run(&cmd, &options, NULL, &error);
	if (r == 0)
		return true;
	check_number(error.step, BROOD_STEP_GUARD);
	return false;
}

/* Skips the test where a filter, or valgrind, keeps guards away. */
static inline void need_guard(void)
{
	bool may_be_away = denied("execveat") || denied("memfd_create") || denied("valgrind");
	if (may_be_away && !has_guard())
		skip();
}

/* The first number behind a letter of /proc/PID/stat: its parent. 0: there is no such process. */
static inline pid_t parent_of(pid_t pid)
{
	char path[64];
	int parent = 0;
	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	FILE *file = fopen(path, "re");
	if (!file)
		return 0;
	if (fscanf(file, "%*d (%*[^)]) %*c %d", &parent) != 1)
		parent = 0;
	fclose(file);
	return parent;
}

static inline bool is_called(pid_t pid, const char *name)
{
	char path[64];
	char text[64] = "";
	snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
	FILE *file = fopen(path, "re");
	if (file && !fgets(text, sizeof text, file))
		text[0] = 0;
	if (file)
		fclose(file);
	text[strcspn(text, "\n")] = 0;
	return strcmp(text, name) == 0;
}

/* The guard of a job that runs. */
static inline pid_t guard_of(pid_t job)
{
	pid_t guard = parent_of(job);
	if (!is_called(guard, "brood-guard"))
		complain(__FILE__, __LINE__, "the parent of %d is no guard", (int)job);
	return guard;
}

static inline int count_entries(const char *path)
{
	int n = 0;
	DIR *folder = opendir(path);
	while (folder && readdir(folder))
		n++;
	if (folder)
		closedir(folder);
	return n;
}

/* Stops a guard that has nothing of the job's any more: its socket, its signals, its front. */
static inline void halt_guard(pid_t guard)
{
	char path[64];
	int64_t end = now_ns() + 20 * BROOD_SECOND;
	snprintf(path, sizeof path, "/proc/%d/fd", (int)guard);
	while (count_entries(path) > 2 + 3) {
		if (now_ns() > end)
			complain(__FILE__, __LINE__, "the guard has kept descriptors");
	}
	check_number(kill(guard, SIGSTOP), 0);
}

/* A child, or grandchild as we are no subreaper, is a zombie or away. */
static inline void await_gone(pid_t pid)
{
	int64_t end = now_ns() + 20 * BROOD_SECOND;
	while (kill(pid, 0) == 0) {
		reap_leftover(pid);
		if (now_ns() > end)
			complain(__FILE__, __LINE__, "process %d is still there", (int)pid);
	}
}

/* Whether nobody holds the line any more, now. What was said and not heard is dropped. */
static inline bool is_deserted(const struct line *line)
{
	char bytes[64];
	struct pollfd end = { .fd = line->reading, .events = POLLIN };
	while (poll(&end, 1, 0) == 1 && end.revents & POLLIN) {
		if (read(line->reading, bytes, sizeof bytes) <= 0)
			return true;
	}
	return end.revents & POLLHUP;
}

/* Waits to the end; nobody may hold the line any more when that returns. */
static inline int wait_to_end(struct scene *scene, struct brood_result *result)
{
	struct brood_error error = BROOD_ERROR_INIT;
	int r = brood_job_wait(scene->job, BROOD_FOREVER, result, &error);
	check_number(r < 0 ? error.code : 0, r);
	check(is_deserted(&scene->line));
	return r;
}

#endif
