/* SPDX-License-Identifier: MIT */
/*
 * A job below a guard, for faults in either of them: probe_guarded CHILD [ERRNO ...]. A guard may
 * die of a fault, and then the front does its work. So what must hold is less than for other
 * probes: the end comes soon, its code is one that is documented, no status is invented, and
 * nothing is left behind. The probe is a subreaper, as the program brood is.
 *
 * Exit code 0: all of that holds, nothing printed.
 */

#include <brood/brood.h>
#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int n_bad;

/* A filter, as struct sock_filter. */
static const struct {
	uint16_t code;
	uint8_t jt, jf;
	uint32_t k;
} allow_all[] = { { 0x06, 0, 0, 0x7fff0000u } };

__attribute__((format(printf, 1, 2))) static void bad(const char *format, ...)
{
	va_list list;
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fputc('\n', stderr);
	n_bad++;
}

static int errno_number(const char *name)
{
	for (int number = 1; name && number < 134; number++) {
		const char *candidate = strerrorname_np(number);
		if (candidate && strcmp(candidate, name) == 0)
			return number;
	}
	return 0;
}

/* A fault may hit the looking: it hits one call, so that looking again helps. */
static int count_fds(void)
{
	for (int try = 0; try < 3; try++) {
		DIR *folder = opendir("/proc/self/fd");
		int n = 0;
		errno = 0;
		while (folder && readdir(folder))
			n++;
		bool failed = !folder || errno != 0;
		if (folder)
			closedir(folder);
		if (!failed)
			return n;
	}
	return -1;
}

static double seconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void check_no_child(void)
{
	int status = 0;
	for (int try = 0; try < 3; try++) {
		pid_t pid = waitpid(-1, &status, WNOHANG | __WALL);
		if (pid < 0 && errno == ECHILD)
			return;
		if (pid == 0)
			bad("a child still runs");
		else if (pid > 0)
			bad("zombie %d was left, wait status %#x", (int)pid, status);
		if (pid >= 0)
			return;
	}
}

static bool is_documented(int code, const struct brood_error *error, int injected)
{
	switch (code) {
	case -EOWNERDEAD:
		return error->step == BROOD_STEP_GUARD;
	case -EINTR:
		return injected == EINTR || error->step == BROOD_STEP_KILLED_EARLY;
	case BROOD_ELOST:
		return true;
	default:
		return injected && code == -injected;
	}
}

/* What must be is written in the tables of the calls: wanted is what it is without a fault. */
static void check(int code, int wanted, const struct brood_error *error,
	const struct brood_result *result, int injected)
{
	if (code != wanted && !is_documented(code, error, injected))
		bad("returned %s, step %s", brood_code_name(code), brood_step_name(error->step));
	if (code == BROOD_EEXIT &&
		(result->stages[0].how != BROOD_EXITED || result->stages[0].exit_code != 7))
		bad("it is said to have ended with %d, signal %d", result->stages[0].exit_code,
			result->stages[0].signal);
	if (!injected && result->notes & ~BROOD_NOTE_ESCALATED)
		bad("notes %#x", result->notes);
}

static int run(const char *child, bool ends, int injected)
{
	struct brood_result result = BROOD_RESULT_INIT;
	struct brood_error error = BROOD_ERROR_INIT;
	const struct brood_stop steps[] = { { SIGTERM, 0, 20 * BROOD_MILLISECOND } };
	struct brood_options options = BROOD_OPTIONS(.flags = BROOD_KILL_TREE | BROOD_ADOPTED |
							      BROOD_MEASURE_TREE,
		.timeout = ends ? 5 * BROOD_SECOND : 50 * BROOD_MILLISECOND, .stop = steps,
		.n_stop = 1);
	/* Anybody may become himself. It takes a child with memory of its own. */
	const struct brood_credentials credentials = {
		.size = sizeof credentials, .flags = BROOD_SET_UID, .uid = geteuid()
	};
	const struct brood_sandbox sandbox = { .size = sizeof sandbox,
		.flags = BROOD_NO_NEW_PRIVS,
		.seccomp = allow_all,
		.seccomp_length = 1 };
	struct brood_cmd cmd = BROOD_CMD(.argv = ends ? BROOD_ARGV(child, "exit", "7")
						      : BROOD_ARGV(child, "linger"),
		.dir = "/", .credentials = ends ? &credentials : NULL,
		.sandbox = ends ? &sandbox : NULL);
	int code = brood_run(&cmd, &options, &result, &error);
	check(code, ends ? BROOD_EEXIT : BROOD_ETIMEOUT, &error, &result, injected);
	brood_result_done(&result);
	return code;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	int injected = errno_number(argc > 2 ? argv[2] : NULL);
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	int n_fds = count_fds();
	double begin = seconds();
	sched_get_priority_max(SCHED_OTHER);
	run(argv[1], true, injected);
	run(argv[1], false, injected);
	sched_get_priority_min(SCHED_OTHER);
	if (seconds() - begin > 9)
		bad("took %.1f s", seconds() - begin);
	check_no_child();
	int n_fds_after = count_fds();
	if (n_fds_after != n_fds)
		bad("%d descriptors instead of %d", n_fds_after, n_fds);
	return n_bad ? 1 : 0;
}
