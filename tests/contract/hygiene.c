/* SPDX-License-Identifier: MIT */
#include "hygiene.h"

#include "picture.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LAST_SIGNAL = 64 };

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

/* The thread sanitizer has a thread of its own, from the first one of ours on. */
#if defined __SANITIZE_THREAD__
#	define HAS_THREAD_SANITIZER 1
#elif defined __has_feature
#	if __has_feature(thread_sanitizer)
#		define HAS_THREAD_SANITIZER 1
#	endif
#endif

#ifdef HAS_THREAD_SANITIZER
static void *end_at_once(void *data)
{
	return data;
}
#endif

/*
 * Ignored signals and a blocked mask pass through execve, and a test runner may leave some; a
 * descriptor that it left open would be none of ours.
 */
void hygiene_start(void)
{
	/* Those that a libc keeps for itself, too; the others with the flags that it gives them. */
	const uint64_t by_default[4] = { 0 };
	for (int number = 1; number <= LAST_SIGNAL; number++)
		if (signal(number, SIG_DFL) == SIG_ERR)
			syscall(SYS_rt_sigaction, number, by_default, NULL, sizeof by_default[0]);
	sigset_t none;
	sigemptyset(&none);
	pthread_sigmask(SIG_SETMASK, &none, NULL);
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			exit(99);
	setvbuf(stdout, NULL, _IOLBF, 0);
#ifdef HAS_THREAD_SANITIZER
	pthread_t thread;
	if (pthread_create(&thread, NULL, end_at_once, NULL) == 0)
		pthread_join(thread, NULL);
#endif
}

static struct picture before;
static struct picture after;

int hygiene_setup(void **state)
{
	(void)state;
	picture_take(&before);
	return 0;
}

int hygiene_teardown(void **state)
{
	(void)state;
	char text[1024];
	expect_no_child();
	picture_take(&after);
	/* A task that has been waited for is on the kernel's lists for a moment. */
	const struct timespec pause = { 0, 5000000 };
	for (int i = 0; i < 200; i++) {
		if (!picture_differs(&before, &after, PICTURE_SAME, text, sizeof text))
			return 0;
		nanosleep(&pause, NULL);
		picture_take(&after);
	}
	fail_msg("%s", text);
	return -1;
}

int hygiene_open_descriptors(void)
{
	int n = 0;
	DIR *folder = opendir("/proc/self/fd");
	assert_non_null(folder);
	struct dirent *entry;
	while ((entry = readdir(folder)))
		n += entry->d_name[0] != '.' && atoi(entry->d_name) != dirfd(folder);
	closedir(folder);
	return n;
}
