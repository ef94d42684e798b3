/* SPDX-License-Identifier: MIT */
#include "hygiene.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_DESCRIPTORS = 256, LAST_SIGNAL = 64 };

struct picture {
	char targets[MOST_DESCRIPTORS][128]; /* "": not open */
	int n_open;
	sigset_t mask;
	struct sigaction dispositions[LAST_SIGNAL + 1];
	char directory[PATH_MAX];
	mode_t umask;
};

static struct picture before;

static void picture_descriptors(struct picture *picture)
{
	DIR *folder = opendir("/proc/self/fd");
	assert_non_null(folder);
	struct dirent *entry;
	while ((entry = readdir(folder))) {
		int fd = atoi(entry->d_name);
		if (entry->d_name[0] == '.' || fd == dirfd(folder))
			continue;
		picture->n_open++;
		if (fd >= MOST_DESCRIPTORS)
			continue;
		char *target = picture->targets[fd];
		ssize_t length = readlinkat(
			dirfd(folder), entry->d_name, target, sizeof picture->targets[fd] - 1);
		target[length < 0 ? 0 : length] = '\0';
	}
	closedir(folder);
}

static void take(struct picture *picture)
{
	memset(picture, 0, sizeof *picture);
	picture_descriptors(picture);
	pthread_sigmask(SIG_SETMASK, NULL, &picture->mask);
	for (int number = 1; number <= LAST_SIGNAL; number++)
		sigaction(number, NULL, &picture->dispositions[number]);
	assert_non_null(getcwd(picture->directory, sizeof picture->directory));
	picture->umask = umask(0);
	umask(picture->umask);
}

static void compare_descriptors(const struct picture *after)
{
	for (int fd = 0; fd < MOST_DESCRIPTORS; fd++)
		if (strcmp(before.targets[fd], after->targets[fd]) != 0)
			fail_msg("descriptor %d: was '%s', is '%s'", fd, before.targets[fd],
				after->targets[fd]);
	if (before.n_open != after->n_open)
		fail_msg("%d descriptors were open, %d are", before.n_open, after->n_open);
}

static void compare_signals(const struct picture *after)
{
	for (int number = 1; number <= LAST_SIGNAL; number++) {
		if (sigismember(&before.mask, number) != sigismember(&after->mask, number))
			fail_msg("signal %d: mask was %d, is %d", number,
				sigismember(&before.mask, number),
				sigismember(&after->mask, number));
		const struct sigaction *was = &before.dispositions[number];
		const struct sigaction *is = &after->dispositions[number];
		if (was->sa_handler != is->sa_handler || was->sa_flags != is->sa_flags)
			fail_msg("signal %d: its disposition has changed", number);
	}
}

static void expect_no_child(void)
{
	int status = 0;
	pid_t pid = waitpid(-1, &status, WNOHANG | __WALL);
	if (pid > 0)
		fail_msg("child %d was left as a zombie, wait status %#x", (int)pid, status);
	if (pid == 0)
		fail_msg("a child is still running");
	if (errno != ECHILD)
		fail_msg("waitpid: %s", strerror(errno));
}

/*
 * Ignored signals and a blocked mask pass through execve, and a test runner may leave some; a
 * descriptor that it left open would be none of ours.
 */
void hygiene_start(void)
{
	for (int number = 1; number <= LAST_SIGNAL; number++)
		if (number != SIGKILL && number != SIGSTOP)
			signal(number, SIG_DFL);
	sigset_t none;
	sigemptyset(&none);
	pthread_sigmask(SIG_SETMASK, &none, NULL);
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			exit(99);
	setvbuf(stdout, NULL, _IOLBF, 0);
}

int hygiene_setup(void **state)
{
	(void)state;
	take(&before);
	return 0;
}

int hygiene_teardown(void **state)
{
	(void)state;
	struct picture after;
	expect_no_child();
	take(&after);
	compare_descriptors(&after);
	compare_signals(&after);
	if (strcmp(before.directory, after.directory) != 0)
		fail_msg("working directory: was %s, is %s", before.directory, after.directory);
	if (before.umask != after.umask)
		fail_msg("umask: was %o, is %o", before.umask, after.umask);
	return 0;
}

int hygiene_open_descriptors(void)
{
	struct picture now = { .n_open = 0 };
	picture_descriptors(&now);
	return now.n_open;
}
