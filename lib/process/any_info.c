/* SPDX-License-Identifier: MIT */
/* Looking at any process. */

#include "base/error.h"
#include "base/size.h"
#include "process/any.h"
#include "process/procfile.h"
#include "sys/clock.h"
#include "sys/fd.h"
#include "sys/raw.h"
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define STATUS_ROOM 8192
#define MOST_STATUS (1 << 20) /* 65536 groups, and the rest */
#define CHUNK       4096
#define SECOND      INT64_C(1000000000)

static int state_of(char letter)
{
	static const struct {
		char letter;
		int state;
	} states[] = {
		{ 'R', BROOD_STATE_RUNNING },
		{ 'S', BROOD_STATE_SLEEPING },
		{ 'D', BROOD_STATE_WAITING },
		{ 'T', BROOD_STATE_STOPPED },
		{ 't', BROOD_STATE_TRACED },
		{ 'Z', BROOD_STATE_ZOMBIE },
		{ 'X', BROOD_STATE_DEAD },
		{ 'I', BROOD_STATE_IDLE },
	};
	for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
		if (states[i].letter == letter)
			return states[i].state;
	}
	return BROOD_STATE_UNKNOWN;
}

static int64_t ns_of_ticks(uint64_t ticks)
{
	uint64_t per_second = (uint64_t)sysconf(_SC_CLK_TCK);
	return (int64_t)(ticks / per_second) * SECOND +
	       (int64_t)(ticks % per_second * (uint64_t)SECOND / per_second);
}

static void take_stat(struct brood_info *info, const struct brood__proc_stat *stat)
{
	int64_t started = ns_of_ticks(stat->start_ticks);
	int64_t since_boot = brood__clock_read(CLOCK_BOOTTIME);
	info->pid = (pid_t)stat->pid;
	info->ppid = (pid_t)stat->parent;
	info->pgid = (pid_t)stat->group;
	info->sid = (pid_t)stat->session;
	info->state = state_of(stat->state);
	info->nice = (int)stat->nice;
	info->threads = stat->threads;
	info->start_ticks = stat->start_ticks;
	info->started_ns = brood__clock_now() - since_boot + started;
	info->started_at_ns = brood__clock_read(CLOCK_REALTIME) - since_boot + started;
	info->user_ns = ns_of_ticks(stat->user_ticks);
	info->system_ns = ns_of_ticks(stat->system_ticks);
	info->memory = stat->resident_pages * (uint64_t)sysconf(_SC_PAGESIZE);
	info->virtual_memory = stat->virtual_bytes;
	memcpy(info->name, stat->name, sizeof info->name);
}

static void take_status(struct brood_info *info, const struct brood__proc_status *status)
{
	/* All ones, if it is absent, are so in a shorter type too. */
	info->uid = (uid_t)status->uid;
	info->euid = (uid_t)status->euid;
	info->gid = (gid_t)status->gid;
	info->egid = (gid_t)status->egid;
	info->peak_memory = status->peak_kib == BROOD__PROC_ABSENT ? UINT64_MAX
								   : status->peak_kib * 1024;
}

/* Reads what may not be there, or not for us. */
static size_t read_optional(int dir, const char *name, char *buffer, size_t size)
{
	ssize_t n = brood__procfile_read(dir, name, buffer, size);
	return n < 0 ? 0 : (size_t)n;
}

/* A process may be in so many groups that what follows them is far away. */
static int read_status(int dir, struct brood__proc_status *ret_status)
{
	char bytes[STATUS_ROOM];
	ssize_t n = brood__procfile_read(dir, "status", bytes, sizeof bytes);
	if (n != sizeof bytes) {
		if (n >= 0)
			brood__proc_parse_status(bytes, (size_t)n, ret_status);
		return n < 0 ? (int)n : 0;
	}
	char *all = malloc(MOST_STATUS);
	if (!all)
		return -ENOMEM;
	n = brood__procfile_read(dir, "status", all, MOST_STATUS);
	if (n >= 0)
		brood__proc_parse_status(all, (size_t)n, ret_status);
	free(all);
	return n < 0 ? (int)n : 0;
}

/* Takes from another thread what all have in common. */
static void take_thread(struct brood__proc_stat *stat, int thread)
{
	struct brood__proc_stat other;
	if (brood__procfile_stat(thread, &other) < 0)
		return;
	stat->state = other.state;
	stat->virtual_bytes = other.virtual_bytes;
	stat->resident_pages = other.resident_pages;
}

static int look(
	const struct brood__process *process, struct brood_info *info, struct brood_error *error)
{
	char bytes[STATUS_ROOM];
	struct brood__proc_stat stat;
	struct brood__proc_status status;
	struct brood__proc_io io;
	AUTO_FD dir = brood__procfile_open(process);
	if (dir < 0)
		return brood__procfile_fail(error, dir, process->pid, "");
	int r = brood__procfile_stat(dir, &stat);
	if (r < 0)
		return brood__procfile_fail(error, r, process->pid, "stat");
	AUTO_FD thread = brood__procfile_open_rest(dir, &stat);
	if (thread >= 0)
		take_thread(&stat, thread);
	take_stat(info, &stat);
	r = read_status(thread >= 0 ? thread : dir, &status);
	if (r < 0)
		return brood__procfile_fail(error, r, process->pid, "status");
	take_status(info, &status);
	brood__proc_parse_io(bytes, read_optional(dir, "io", bytes, sizeof bytes), &io);
	info->read_bytes = io.read_bytes;
	info->written_bytes = io.written_bytes;
	info->read_chars = io.read_chars;
	info->written_chars = io.written_chars;
	return 0;
}

int brood_process_info(
	struct brood_process *process, struct brood_info *ret_info, struct brood_error *error)
{
	struct brood_info info = { .size = sizeof info };
	if (!ret_info)
		return brood__fail(error, BROOD_EMISUSE, BROOD_STEP_OPEN, "ret_info");
	int r = brood__any_enter(process);
	if (r < 0)
		return brood__fail(error, r, BROOD_STEP_OPEN, "process");
	r = look(&process->process, &info, error);
	brood__any_leave(process);
	if (r < 0)
		return r;
	r = brood__struct_give(ret_info, &info, sizeof info);
	return r < 0 ? brood__fail(error, r, BROOD_STEP_OPEN, "info.size") : 0;
}

/* Reads all of it, and gives what there is room for. */
static ssize_t read_arguments(int dir, char *buffer, size_t size)
{
	char rest[CHUNK];
	AUTO_FD fd = brood__procfile_open_file(dir, "cmdline");
	size_t length = 0;
	ssize_t n = fd;
	while (fd >= 0) {
		bool fits = length < size;
		n = brood__fd_read(
			fd, fits ? buffer + length : rest, fits ? size - length : sizeof rest);
		if (n <= 0)
			break;
		length += (size_t)n;
	}
	return n < 0 ? n : (ssize_t)length;
}

static ssize_t read_path(int dir, char *buffer, size_t size)
{
	char path[PATH_MAX + sizeof " (deleted)"];
	long n = RAW4(SYS_readlinkat, dir, "exe", path, sizeof path);
	if (n == -ENOENT)
		return -ENOEXEC;
	if (n < 0 || size == 0)
		return n;
	size_t fits = (size_t)n < size ? (size_t)n : size - 1;
	memcpy(buffer, path, fits);
	buffer[fits] = '\0';
	return n;
}

static ssize_t read_text(struct brood_process *process, const char *name,
	ssize_t (*read_it)(int dir, char *buffer, size_t size), char *buffer, size_t size,
	struct brood_error *error)
{
	if (!buffer && size > 0)
		return brood__fail(error, BROOD_EMISUSE, BROOD_STEP_OPEN, "buffer");
	int r = brood__any_enter(process);
	if (r < 0)
		return brood__fail(error, r, BROOD_STEP_OPEN, "process");
	AUTO_FD dir = brood__procfile_open(&process->process);
	pid_t pid = process->process.pid;
	ssize_t n = dir < 0 ? dir : read_it(dir, buffer, size);
	struct brood__proc_stat stat;
	/* Nothing there: the first thread may have ended before the others. */
	if ((n == 0 || n == -ENOEXEC) && brood__procfile_stat(dir, &stat) == 0) {
		AUTO_FD thread = brood__procfile_open_rest(dir, &stat);
		n = thread >= 0 ? read_it(thread, buffer, size) : n;
	}
	brood__any_leave(process);
	return n < 0 ? brood__procfile_fail(error, (int)n, pid, dir < 0 ? "" : name) : n;
}

ssize_t brood_process_arguments(
	struct brood_process *process, char *buffer, size_t size, struct brood_error *error)
{
	return read_text(process, "cmdline", read_arguments, buffer, size, error);
}

ssize_t brood_process_path(
	struct brood_process *process, char *buffer, size_t size, struct brood_error *error)
{
	return read_text(process, "exe", read_path, buffer, size, error);
}
