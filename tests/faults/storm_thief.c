/* SPDX-License-Identifier: MIT */
/*
 * storm_thief [STARTS]: someone else reaps our children: a thread that waits for any child, then
 * the kernel, because SIGCHLD is ignored or SA_NOCLDWAIT is set. The library must tell the true
 * exit code or that it is lost, and never make one up.
 */

#include "tap.h"

#include <brood/brood.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_BATCHES 50

static char *helper;
static atomic_int thief_ends, n_stolen;
static bool kernel_remembers;

struct tally {
	int right, recovered, lost, invented, failed;
};

static void *steal(void *data)
{
	/* With __WALL it gets children that have not come to execve too. */
	int options = *(int *)data;
	while (!thief_ends) {
		int status;
		if (waitpid(-1, &status, options) > 0)
			atomic_fetch_add(&n_stolen, 1);
		else
			sched_yield();
	}
	return NULL;
}

static void count(struct tally *tally, int code, int wanted, const struct brood_result *result)
{
	const struct brood_status *status = result->n_stages == 1 ? result->stages : NULL;
	if (code == BROOD_ELOST) {
		if (status && status->how == BROOD_LOST)
			tally->lost++;
		else
			tally->invented++;
		return;
	}
	if (code != (wanted == 0 ? 0 : BROOD_EEXIT)) {
		tally->failed++;
		tap_note("returned %s instead of exit code %d", brood_code_name(code), wanted);
		return;
	}
	if (!status || status->how != BROOD_EXITED || status->exit_code != wanted)
		tally->invented++;
	else if (result->notes & BROOD_NOTE_STATUS_RECOVERED)
		tally->recovered++;
	else
		tally->right++;
}

static struct tally run_many(int n)
{
	struct tally tally = { 0 };
	struct brood_result result = BROOD_RESULT_INIT;
	for (int i = 0; i < n; i++) {
		char text[12];
		int wanted = i % 3 == 0 ? 0 : i % 256;
		snprintf(text, sizeof text, "%d", wanted);
		struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV(helper, "exit", text));
		count(&tally, brood_run(&cmd, NULL, &result, NULL), wanted, &result);
	}
	brood_result_done(&result);
	return tally;
}

/* On a busy machine the thief may get no turn in time. */
static struct tally run_until_stolen(int *n)
{
	struct tally all = { 0 };
	const int batch = *n;
	*n = 0;
	for (int i = 0; i < MOST_BATCHES && all.recovered + all.lost == 0; i++) {
		struct tally some = run_many(batch);
		all.right += some.right;
		all.recovered += some.recovered;
		all.lost += some.lost;
		all.invented += some.invented;
		all.failed += some.failed;
		*n += batch;
	}
	return all;
}

static int count_misreported_failures(int n)
{
	int n_bad = 0;
	for (int i = 0; i < n; i++) {
		struct brood_error error = BROOD_ERROR_INIT;
		struct brood_cmd cmd = BROOD_CMD(.argv = BROOD_ARGV("/nonexistent/program"));
		struct brood_job *job = NULL;
		int code = brood_start(&job, &cmd, 1, NULL, &error);
		if (code != -ENOENT || job)
			n_bad++;
		brood_job_free(job);
	}
	return n_bad;
}

static void judge(const char *thief, struct tally tally, int n, bool all_stolen)
{
	tap_ok(tally.invented == 0, "%s: no status was made up: %d were", thief, tally.invented);
	tap_ok(tally.failed == 0, "%s: nothing else failed: %d did", thief, tally.failed);
	if (kernel_remembers)
		tap_ok(tally.lost == 0, "%s: every stolen status was recovered: %d were lost",
			thief, tally.lost);
	if (all_stolen)
		tap_ok(tally.right == 0 && tally.recovered + tally.lost == n,
			"%s: every status was stolen and said to be: %d recovered, %d lost", thief,
			tally.recovered, tally.lost);
	tap_note("%s: %d of %d recovered, %d lost", thief, tally.recovered, n, tally.lost);
}

static void try_thread(int n, int options, const char *name)
{
	pthread_t thief;
	thief_ends = 0;
	n_stolen = 0;
	if (pthread_create(&thief, NULL, steal, &options) != 0)
		exit(99);
	int n_bad = count_misreported_failures(n / 4);
	struct tally tally = run_until_stolen(&n);
	thief_ends = 1;
	pthread_join(thief, NULL);
	judge(name, tally, n, false);
	tap_ok(n_bad == 0, "%s: a start that failed says why: %d did not", name, n_bad);
	tap_ok(n_stolen > 0, "%s: it did steal: %d", name, n_stolen);
	tap_ok(tally.recovered + tally.lost > 0, "%s: and the library saw it", name);
}

static void try_kernel(int n, void (*handler)(int), int flags, const char *name)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };
	struct sigaction old;
	sigaction(SIGCHLD, &action, &old);
	struct tally tally = run_many(n);
	int n_bad = count_misreported_failures(n / 4);
	sigaction(SIGCHLD, &old, NULL);
	judge(name, tally, n, true);
	tap_ok(n_bad == 0, "%s: a start that failed says why: %d did not", name, n_bad);
}

/* PIDFD_INFO_EXIT came with Linux 6.15. */
static bool does_kernel_remember(void)
{
	const char *denied = getenv("BROOD_TEST_DENIED");
	struct utsname name;
	int major = 0;
	int minor = 0;
	/* A pidfd that clone does not give is opened too late for a child that is stolen before. */
	if (denied && (strstr(denied, "pidfd-info") || strstr(denied, "clone-pidfd")))
		return false;
	if (uname(&name) < 0 || sscanf(name.release, "%d.%d", &major, &minor) != 2)
		return false;
	return major > 6 || (major == 6 && minor >= 15);
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 400;
	helper = getenv("FAULT_CHILD");
	if (!helper)
		return 99;
	kernel_remembers = does_kernel_remember();
	try_thread(n, 0, "a thread in waitpid(-1)");
	try_thread(n, __WALL, "a thread in waitpid(-1) with __WALL");
	try_kernel(n, SIG_IGN, 0, "SIGCHLD ignored");
	try_kernel(n, SIG_DFL, SA_NOCLDWAIT, "SA_NOCLDWAIT");
	return tap_end();
}
