/* SPDX-License-Identifier: MIT */
/* The files of a process in /proc. */

#include "process/procfile.h"

#include "base/error.h"
#include "base/strings.h"
#include "sys/fd.h"
#include "sys/pidfd.h"
#include "sys/raw.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH_ROOM 64
#define FILE_ROOM 2048

static int open_at(int dir, const char *name, int flags)
{
	long fd;
	do
		fd = RAW4(SYS_openat, dir, name, flags | O_CLOEXEC, 0);
	while (fd == -EINTR);
	return brood__fd_above_stdio((int)fd);
}

int brood__procfile_open_file(int dir, const char *name)
{
	return open_at(dir, name, O_RDONLY);
}

ssize_t brood__procfile_read(int dir, const char *name, char *buffer, size_t size)
{
	AUTO_FD fd = open_at(dir, name, O_RDONLY);
	size_t length = 0;
	if (fd < 0)
		return fd;
	while (length < size) {
		ssize_t n = brood__fd_read(fd, buffer + length, size - length);
		if (n < 0)
			return n;
		if (n == 0)
			break;
		length += (size_t)n;
	}
	return (ssize_t)length;
}

static const char *path_of(char *path, const char *before, int64_t number)
{
	struct brood__text text = brood__text_over(path, PATH_ROOM);
	brood__text_add(&text, before);
	brood__text_add_int(&text, number);
	return path;
}

int64_t brood__procfile_pid_of(int pidfd)
{
	char path[PATH_ROOM];
	char bytes[FILE_ROOM];
	ssize_t n = brood__procfile_read(
		AT_FDCWD, path_of(path, "/proc/thread-self/fdinfo/", pidfd), bytes, sizeof bytes);
	if (n < 0)
		return n;
	int64_t pid = brood__proc_parse_pidfd(bytes, (size_t)n);
	return pid == 0 || pid == -1 ? -ESRCH : pid;
}

/* Whether /proc shows our own PID namespace: in others the numbers are of other processes. */
static bool is_our_proc(void)
{
	char path[PATH_ROOM];
	char self[PATH_ROOM];
	long n = RAW4(SYS_readlinkat, AT_FDCWD, "/proc/self", self, sizeof self - 1);
	self[n > 0 ? n : 0] = '\0';
	path_of(path, "", getpid());
	return n > 0 && strcmp(self, path) == 0;
}

/* A child that has no pidfd is there, under this number, until we reap it. */
static int64_t number_of_child(const struct brood__process *process)
{
	struct brood__exit ignored;
	if (atomic_load(&process->reaped) ||
		brood__wait_exit(-1, process->pid, WNOHANG | WNOWAIT, &ignored) < 0)
		return -ESRCH;
	return is_our_proc() ? process->pid : -ENOENT;
}

static int64_t number_of(const struct brood__process *process)
{
	if (process->pidfd < 0)
		return number_of_child(process);
	int64_t pid = brood__procfile_pid_of(process->pidfd);
	/* Who has changed its ids may not read even its own fdinfo, before Linux 5.14. */
	if (pid != -EACCES || !is_our_proc())
		return pid;
	return brood__pidfd_signal(process->pidfd, 0) == -ESRCH ? -ESRCH : process->pid;
}

int brood__procfile_open(const struct brood__process *process)
{
	char path[PATH_ROOM];
	int64_t number = number_of(process);
	if (number < 0)
		return (int)number;
	/* Not O_PATH, which would not be told that it is hidden. */
	AUTO_FD dir = open_at(AT_FDCWD, path_of(path, "/proc/", number), O_RDONLY | O_DIRECTORY);
	if (dir < 0 && dir != -ENOENT && dir != -EPERM)
		return dir;
	/* It is there still: so it was when the folder was opened, and the number its own. */
	int64_t again = number_of(process);
	if (again < 0)
		return (int)again;
	return dir < 0 ? -EACCES : brood__fd_steal(&dir);
}

int brood__procfile_fail(struct brood_error *error, int code, pid_t pid, const char *name)
{
	char subject[PATH_ROOM];
	struct brood__text text = brood__text_over(subject, sizeof subject);
	brood__text_add(&text, "/proc/");
	brood__text_add_int(&text, pid);
	if (*name)
		brood__text_add(&text, "/");
	brood__text_add(&text, name);
	return brood__fail(error, code, BROOD_STEP_OPEN, subject);
}

int brood__procfile_stat(int dir, struct brood__proc_stat *ret_stat)
{
	char bytes[FILE_ROOM];
	ssize_t n = brood__procfile_read(dir, "stat", bytes, sizeof bytes);
	return n < 0 ? (int)n : brood__proc_parse_stat(bytes, (size_t)n, ret_stat);
}

static bool is_going_on(int dir)
{
	struct brood__proc_stat stat;
	return brood__procfile_stat(dir, &stat) == 0 && stat.state != 'Z' && stat.state != 'X';
}

int brood__procfile_open_rest(int dir, const struct brood__proc_stat *stat)
{
	if (stat->state != 'Z' || stat->threads < 2)
		return -ESRCH;
	int tasks = open_at(dir, "task", O_RDONLY | O_DIRECTORY);
	if (tasks < 0)
		return tasks;
	DIR *folder = fdopendir(tasks);
	int thread = folder ? -ESRCH : -errno;
	if (!folder) {
		brood__fd_close(&tasks);
		return thread;
	}
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): the folder is nobody else's */
	for (const struct dirent *entry; thread < 0 && (entry = readdir(folder));) {
		if (entry->d_name[0] == '.')
			continue;
		thread = open_at(dirfd(folder), entry->d_name, O_RDONLY | O_DIRECTORY);
		if (thread >= 0 && !is_going_on(thread)) {
			brood__fd_close(&thread);
			thread = -ESRCH;
		}
	}
	closedir(folder);
	return thread;
}

int brood__procfile_stat_of(const struct brood__process *process, struct brood__proc_stat *ret_stat,
	struct brood_error *error)
{
	AUTO_FD dir = brood__procfile_open(process);
	if (dir < 0)
		return brood__procfile_fail(error, dir, process->pid, "");
	int r = brood__procfile_stat(dir, ret_stat);
	return r < 0 ? brood__procfile_fail(error, r, process->pid, "stat") : 0;
}

/*
 * Whether stat tells what wait(2) would. Older kernels show the code of the first thread, which may
 * have gone long before the process has ended with another one.
 */
static bool is_exit_code_the_processs(void)
{
	struct utsname name;
	int major = 0;
	int minor = 0;
	/* NOLINTNEXTLINE(cert-err34-c): the kernel's own numbers */
	return uname(&name) == 0 && sscanf(name.release, "%d.%d", &major, &minor) == 2 &&
	       (major > 6 || (major == 6 && minor >= 1));
}

/* What stat says is 0 for those who may not trace the process, which the link to its program tells
 * apart. */
static bool may_trace(int dir)
{
	char path[PATH_ROOM];
	return RAW4(SYS_readlinkat, dir, "exe", path, sizeof path) == -ENOENT;
}

int brood__procfile_exit_of(const struct brood__process *process, struct brood__exit *ret_exit)
{
	struct brood__proc_stat stat;
	AUTO_FD dir = brood__procfile_open(process);
	if (dir < 0 || !is_exit_code_the_processs() || !may_trace(dir) ||
		brood__procfile_stat(dir, &stat) < 0 || stat.state != 'Z' || !stat.has_exit)
		return 0;
	*ret_exit = brood__exit_of(stat.exit_status);
	return 1;
}
