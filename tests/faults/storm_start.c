/* SPDX-License-Identifier: MIT */
/*
 * storm_start [STARTS]: eight threads start children with pipes at once. Every program is a script
 * that its thread has written and closed a moment before, the classic way to ETXTBSY; every child
 * says which descriptors it has, so that one of another thread's child would be seen.
 */

#include "tap.h"

#include <brood/brood.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define N_THREADS 8

static const char *helper;
static char dir[] = "/tmp/brood-storm-XXXXXX";
static int n_each;
static atomic_int n_done, n_failed, n_busy, n_retried, n_strangers, n_wrong;
static pthread_mutex_t first_lock = PTHREAD_MUTEX_INITIALIZER;
static char first_failure[400];

static void keep_first(int code, const struct brood_result *result, const struct brood_error *error)
{
	pthread_mutex_lock(&first_lock);
	if (first_failure[0] == '\0')
		brood_explain(code, result, error, first_failure, sizeof first_failure);
	pthread_mutex_unlock(&first_lock);
}

static int write_script(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	if (fd < 0)
		return -errno;
	int r = dprintf(fd, "#!%s fds\n", helper) < 0 ? -EIO : 0;
	return close(fd) < 0 ? -errno : r;
}

static void start_one(char *path)
{
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(path), .in = brood_text("x"));
	int code = write_script(path);
	if (code == 0)
		code = brood_output(&cmd, NULL, &result, &error);
	if (code < 0) {
		atomic_fetch_add(code == -ETXTBSY ? &n_busy : &n_failed, 1);
		keep_first(code, &result, &error);
	} else if (result.out.length < 6 || memcmp(result.out.data, "0\n1\n2\n", 6) != 0) {
		atomic_fetch_add(&n_wrong, 1);
	} else if (result.out.length > 6) {
		atomic_fetch_add(&n_strangers, 1);
	}
	if (result.notes & BROOD_NOTE_RETRIED_BUSY)
		atomic_fetch_add(&n_retried, 1);
	atomic_fetch_add(&n_done, 1);
	brood_result_done(&result);
	unlink(path);
}

static void *storm(void *data)
{
	char path[100];
	snprintf(path, sizeof path, "%s/script-%d", dir, *(int *)data);
	for (int i = 0; i < n_each; i++)
		start_one(path);
	return NULL;
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 2000;
	pthread_t threads[N_THREADS];
	int numbers[N_THREADS];
	helper = getenv("FAULT_CHILD");
	if (!helper || !mkdtemp(dir))
		return 99;
	n_each = n / N_THREADS;
	for (int i = 0; i < N_THREADS; i++) {
		numbers[i] = i;
		if (pthread_create(&threads[i], NULL, storm, &numbers[i]) != 0)
			return 99;
	}
	for (int i = 0; i < N_THREADS; i++)
		pthread_join(threads[i], NULL);
	rmdir(dir);
	tap_ok(n_done == n_each * N_THREADS, "all of %d starts by %d threads came to an end",
		n_each * N_THREADS, N_THREADS);
	tap_ok(n_busy == 0, "no ETXTBSY reached the caller: %d did", n_busy);
	tap_ok(n_failed == 0, "no start failed otherwise: %d did %s", n_failed, first_failure);
	tap_ok(n_strangers == 0, "no child had a descriptor of another one: %d had", n_strangers);
	tap_ok(n_wrong == 0, "every child had its own three: %d had not", n_wrong);
	tap_note("%d starts had to be tried again", n_retried);
	return tap_end();
}
